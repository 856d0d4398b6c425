using System.Collections.Immutable;
using System.Globalization;
using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>The events of one kind in a tier that is sealed: where they are, how they are stored, and what is known of them.</summary>
internal sealed class SealedPart
{
    private readonly ImmutableArray<SegmentColumn> _columns;
    private readonly SegmentStatistics _statistics;

    private SealedPart(SignalKind signal, ImmutableArray<HotBatch> batches, bool isMixed, WorkPace pace)
    {
        Signal = signal;
        Batches = batches;
        IsMixed = isMixed;
        var known = new HashSet<int>();
        var stored = ImmutableArray.CreateBuilder<HotColumn>();
        foreach (var hot in batches)
            for (var i = 0; i < hot.Columns.Length; i++)
                if (known.Add(hot.Columns[i])) stored.Add(new HotColumn(hot.Batch.Columns[i].Name, hot.Batch.Columns[i].Type, hot.Columns[i]));
        Stored = stored.ToImmutable();
        var layout = SegmentLayout.Of(Stored.Select(c => (c.Name, c.Type)));
        var builder = new StatisticsBuilder(layout);
        var places = PlacesIn(layout);
        foreach (var hot in batches)
        {
            pace.Step();
            if (isMixed && Signals.Of(hot.Batch) is null) builder.Add(hot, places, Signals.OfEach(hot.Batch), signal);
            else builder.Add(hot, places);
        }

        Events = builder.CountOf(WellKnownColumns.Time);
        _columns = [.. layout.Select(c => c with { Count = builder.CountOf(c.Name), IsScaled = c.Name == WellKnownColumns.DurationMs && builder.IsScaled(c.Name) }).Where(c => c.Count > 0)];
        _statistics = builder.Build(Events);
    }

    public SignalKind Signal { get; }

    public ImmutableArray<HotBatch> Batches { get; }

    /// <summary>True when the batches also hold events of other kinds, which belong to other parts.</summary>
    public bool IsMixed { get; }

    /// <summary>The columns of the batches.</summary>
    public ImmutableArray<HotColumn> Stored { get; }

    public long Events { get; }

    public SegmentStatistics Statistics => _statistics;

    /// <summary>The parts of a tier that have events, each event in one of them.</summary>
    /// <param name="view">The tier.</param>
    /// <param name="pace">Of the work, a step a batch.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ImmutableArray<SealedPart> Split(HotView view, WorkPace pace)
    {
        var batches = view.Batches.Select(b => (Batch: b, Kind: Signals.Of(b.Batch))).ToList();
        var kinds = batches.Select(b => b.Kind).OfType<SignalKind>()
            .Concat(batches.Where(b => b.Kind is null).SelectMany(b => Signals.OfEach(b.Batch.Batch))).Distinct().Order();
        return
        [
            .. kinds.Select(kind =>
            {
                var own = batches.Where(b => b.Kind is null || b.Kind == kind).ToList();
                return new SealedPart(kind, [.. own.Select(b => b.Batch)], own.Exists(b => b.Kind is null), pace);
            }),
        ];
    }

    /// <summary>What the part's segment says of itself.</summary>
    public SegmentFooter Footer(HotTier tier)
    {
        var time = (ColumnRange.OfInt64)_statistics.Columns[WellKnownColumns.Time].Range!;
        return new SegmentFooter(tier.Number, Events, time.Min, time.Max, tier.LastArrival, _columns) { Signal = Signal, FirstArrival = tier.OpenedAt < tier.LastArrival ? tier.OpenedAt : tier.LastArrival };
    }

    /// <summary>The columns of the scan that store a name, by their aliases there.</summary>
    public IEnumerable<(string Column, StorageType Type)> Places(string name)
    {
        for (var i = 0; i < Stored.Length; i++)
            if (Stored[i].Name == name) yield return ("h" + i.ToString(CultureInfo.InvariantCulture), Stored[i].Type);
    }

    /// <summary>
    /// For each number of a stored column its place among the columns of a segment, or -1: batches have a number for each column, and looking
    /// names up in each of thousands of batches costs more than what is then done with a few values.
    /// </summary>
    public int[] PlacesIn(ImmutableArray<SegmentColumn> columns)
    {
        var byName = new Dictionary<string, int>(columns.Length, StringComparer.Ordinal);
        for (var i = 0; i < columns.Length; i++) byName.Add(columns[i].Name, i);
        var places = new int[Stored.Max(c => c.Number) + 1];
        Array.Fill(places, -1);
        foreach (var column in Stored)
            if (byName.TryGetValue(column.Name, out var place)) places[column.Number] = place;
        return places;
    }
}
