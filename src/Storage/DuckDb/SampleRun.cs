using Storage.Compile;
using Storage.Compile.Relations;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// One reading of a sample: the engine says which events there are, by the few columns that decide it; the others are read where these events lie, and by
/// the engine where that cannot be.
/// </summary>
internal sealed class SampleRun(ReadSession session, StoreState state, SampleRequest request, DateTimeOffset now)
{
    private double _kept = 1;

    /// <summary>Reads part after part; see <see cref="IEventStore.SampleAsync"/>.</summary>
    public void Read(Action<EventSample> read, CancellationToken cancellationToken)
    {
        var events = SampleCompiler.Bind(request, [], session.Sql.Schema, now);
        QueryRunner.CheckPatterns(events.Query, session.Sql, cancellationToken);
        var reader = ReadByEngine(events, cancellationToken);
        for (; reader.IsFull; reader = ReadByEngine(events, cancellationToken)) _kept /= 4;
        var keys = reader.ToSample(_kept);
        if (request.Columns.IsEmpty)
        {
            read(keys);
            return;
        }

        using var places = SamplePlaces.Find(state, reader.Seqs(), Windows(events), cancellationToken);
        foreach (var names in request.Columns.Chunk(SampleRequest.PartColumns))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = SampleCompiler.Bind(request, names, session.Sql.Schema, now);
            read(places?.Read(part.Columns, cancellationToken) is { } columns ? keys.With(columns) : ReadByEngine(part, cancellationToken).ToSample(_kept));
        }
    }

    private IReadOnlyList<SampleSlice> Slices(BoundSample sample) => request.Slices.IsEmpty ? [new SampleSlice(sample.Query.Window, [])] : request.Slices;

    private List<TimeWindow> Windows(BoundSample sample) => [.. Slices(sample).Select(s => Inside(sample.Query.Window, s.Window)).Where(w => w.LengthNs > 0)];

    private static TimeWindow Inside(TimeWindow whole, TimeWindow slice) =>
        new(Math.Max(slice.StartUnixNs, whole.StartUnixNs), Math.Min(slice.EndUnixNs, whole.EndUnixNs));

    private SampleReader ReadByEngine(BoundSample sample, CancellationToken cancellationToken)
    {
        var reader = new SampleReader(sample, request.MaxEvents);
        var slices = new List<(BoundSample, ValueList<double>, SqlRelation)>();
        foreach (var slice in Slices(sample))
        {
            var window = Inside(sample.Query.Window, slice.Window);
            if (window.LengthNs <= 0) continue;
            var part = sample with { Query = sample.Query with { Window = window } };
            if (part.Query.Relational.IsEmpty)
            {
                slices.Add((part, slice.Shares, session.Sql.Source([.. part.Query.Columns, part.Trace], window, part.Query.Where)));
                continue;
            }

            // The events that its conditions on other spans leave are in a table, of which there is one at a time.
            using var related = RelationalRun.Start(part.Query, session.Sql, cancellationToken);
            part = part with { Query = (BoundCalculationQuery)related.Query };
            Stream([(part, slice.Shares, related.Session.Source(part.Query.Columns, window, part.Query.Where))]);
        }

        if (slices.Count > 0) Stream(slices);
        return reader;

        void Stream(List<(BoundSample, ValueList<double>, SqlRelation)> read)
        {
            if (!reader.IsFull) session.Stream(SampleCompiler.Events(read, _kept, QueryRunner.Dialect), reader.Read, cancellationToken);
        }
    }
}
