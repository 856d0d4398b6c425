using System.Collections.Concurrent;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>One run of a question: decides what to read, ranks, and counts again.</summary>
internal sealed class BubbleUpRun
{
    private readonly IEventStore _store;
    private readonly Sides _sides;
    private readonly SamplePlan _plan;
    private readonly IProgress<RankingProgress>? _progress;
    private readonly List<AsideColumn> _aside = [];
    private readonly HashSet<string> _own;
    private string[] _columns = [];
    private Cohorts? _cohorts;
    private Ranking? _ranking;
    private Restatement? _restatement;
    private double _kept = 1;
    private int _scored;

    public BubbleUpRun(IEventStore store, Sides sides, SamplePlan plan, IProgress<RankingProgress>? progress)
    {
        (_store, _sides, _plan, _progress) = (store, sides, plan, progress);
        _own = sides.Own;
    }

    public async Task<Comparison> RankAsync(CancellationToken cancellationToken)
    {
        _columns = Columns();
        var own = _own.Where(c => c != WellKnownColumns.Time && _store.Schema.Contains(c)).Take(SampleRequest.PartColumns / 2).ToArray();
        await _store.SampleAsync(new SampleRequest
        {
            Query = _sides.Query,
            Marks = _sides.Marks,
            Slices = _plan.Slices,
            Columns = own.Concat(_columns).ToValueList(),
        }, part => Add(part, own.Length, cancellationToken), cancellationToken);
        return Ranked();
    }

    private Comparison Ranked()
    {
        var (cohorts, ranking) = (_cohorts!, _ranking!);
        return ranking.Finish([.. _aside.OrderBy(a => a.Name, StringComparer.Ordinal)],
            new ComparedSide(_plan.SelectedWeight, cohorts.SelectedEvents, cohorts.SelectedUnits, Math.Min(1, _plan.SelectedShare * _kept)),
            new ComparedSide(_plan.ComparedWeight, cohorts.Order.Length - cohorts.SelectedEvents, cohorts.UnitCount - cohorts.SelectedUnits, Math.Min(1, _plan.ComparedShare * _kept)));
    }

    /// <summary>The columns that events of the window may have and that are not the selection's own.</summary>
    private string[] Columns()
    {
        var (start, end) = (_sides.Window.StartUnixNs, _sides.Window.EndUnixNs);
        var stored = _store.Schema.Columns.Where(c => c.Count > 0 && c.Name != WellKnownColumns.Time && c.LastSeenUnixNs >= start && c.FirstSeenUnixNs <= end).Select(c => c.Name);
        var named = stored.Concat(_sides.Query.CalculatedFields.Select(f => f.Name)).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var name in named)
        {
            if (_own.Contains(name)) _aside.Add(new AsideColumn(name, "part of the selection"));
            else if (Restatement.DefinedBy(name, _own) is { } source) _aside.Add(new AsideColumn(name, $"follows from {source}"));
            else if (Restatement.IsPlace(name)) _aside.Add(new AsideColumn(name, "names the event or its trace"));
            else if (name == WellKnownColumns.SampleRate) _aside.Add(new AsideColumn(name, "the weight of the event"));
        }

        var aside = _aside.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        return [.. named.Where(n => !aside.Contains(n)).Order(StringComparer.Ordinal)];
    }

    private void Add(EventSample part, int own, CancellationToken cancellationToken)
    {
        if (_cohorts is null)
        {
            Begin(part);
            _restatement = new Restatement([.. part.Columns.Take(own)], _sides.SelectedTime is null ? null : part.Times);
        }
        else
        {
            own = 0;
        }

        _scored += part.Columns.Length - own;
        // One column at a time for each processor: they differ in what they take.
        var columns = Partitioner.Create(part.Columns.Skip(own), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(columns, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, Score);
        if (_progress is not null && _scored < _columns.Length) _progress.Report(new RankingProgress(_scored, _columns.Length, Ranked()));
    }

    private void Score(SampleColumn column)
    {
        if (_restatement!.Of(column) is not { } source)
        {
            _ranking!.Add(column);
            return;
        }

        lock (_aside) _aside.Add(new AsideColumn(column.Name, source == WellKnownColumns.Time ? "goes with the time" : $"says the same as {source}"));
    }

    private void Begin(EventSample part)
    {
        const int selected = 1 << Sides.Selected, compared = 1 << Sides.Compared, meeting = 1 << Sides.Meeting;
        var sides = new byte[part.Count];
        for (var i = 0; i < sides.Length; i++)
            sides[i] = (byte)((part.Marks[i] & selected) != 0 ? 1 : (part.Marks[i] & compared) == 0 ? 0 : _plan.IsCounted(part.Times[i]) ? 2 : 3);
        _cohorts = Cohorts.Of(sides, part.Traces, part.Weights, _plan.SeenShare);
        _kept = part.Kept;
        var scale = new Shares(
            _cohorts.SelectionWeight > 0 ? _plan.SelectedWeight / _cohorts.SelectionWeight : 1, _cohorts.BaselineWeight > 0 ? _plan.ComparedWeight / _cohorts.BaselineWeight : 1);
        StepTest? steps = null;
        if (_sides.SelectedTime is { } time)
        {
            var meets = _sides.Condition is null ? null : Array.ConvertAll(part.Marks, m => (m & meeting) != 0);
            // What is told of one place and another, and not of the whole, may use all that was read there.
            var all = sides.Contains((byte)3) ? Cohorts.Of(Array.ConvertAll(sides, s => (byte)Math.Min(s, (byte)2)), part.Traces, part.Weights) : _cohorts;
            var standing = new double[all.Order.Length];
            for (var i = 0; i < standing.Length; i++) standing[i] = _plan.StandsFor(i < all.SelectedEvents, part.Times[all.Order[i]]);
            steps = new StepTest(all, standing, part.Times, meets, time.StartUnixNs, time.EndUnixNs);
        }

        _ranking = new Ranking(_cohorts, _columns.Length, scale, steps);
    }
}
