using System.Collections.Immutable;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>A part of the store that is being counted, by several threads: a segment, or batches in memory.</summary>
internal sealed class CountedPart : IDisposable
{
    private readonly TallyPlan _plan;
    private readonly SegmentReader? _reader;
    private readonly KeptRows _kept;
    private readonly List<HotBatch> _batches = [];
    private volatile bool _isLeft;

    private CountedPart(TallyPlan plan, SegmentReader? reader, ImmutableArray<RowSource> groups, KeptRows kept)
    {
        (_plan, _reader, _kept) = (plan, reader, kept);
        var window = plan.Request.Window;
        Groups = [.. groups.Where(g => window.Touches(g.TimeRange.Least, g.TimeRange.Most))];
    }

    /// <summary>What it is.</summary>
    public IStoredColumns Part => _plan.Part;

    /// <summary>The measures, as they are computed here.</summary>
    public ImmutableArray<PlannedMeasure> Measures => _plan.Measures;

    /// <summary>Width of a time bucket, where there are some.</summary>
    public long BucketNs => _plan.Request.BucketNs ?? 0;

    /// <summary>Its rows that can be events of the window.</summary>
    public ImmutableArray<RowSource> Groups { get; }

    /// <summary>True when the engine has to count it.</summary>
    public bool IsLeft => _isLeft;

    /// <summary>The cells, one batch for each of its groups of rows.</summary>
    public IReadOnlyList<HotBatch> Batches => _batches;

    /// <summary>Opens a part; null when the engine has to count it.</summary>
    /// <param name="plan">What to count.</param>
    /// <param name="kept">Keeps what is read of few rows.</param>
    public static CountedPart? Open(TallyPlan plan, KeptRows kept)
    {
        if (plan.Part is HotPart hot) return new CountedPart(plan, null, hot.Groups(), kept);
        SegmentReader? reader = null;
        try
        {
            var segment = (Segment)plan.Part;
            reader = new SegmentReader(segment);
            return new CountedPart(plan, reader, [.. Enumerable.Range(0, reader.Layout.GroupCount).Select(g => new SegmentRows(segment, reader, g))], kept);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            reader?.Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        _reader?.Dispose();
        foreach (var batch in _batches) batch.Batch.Dispose(); // the scan holds them
    }

    /// <summary>Counts some of its rows.</summary>
    /// <returns>How many cells they have.</returns>
    public int Count(RowSource group, ImmutableArray<HotColumn> columns)
    {
        var count = 0;
        Use(group, rows =>
        {
            ColumnBuffer[] cells = [.. columns.Select(c => new ColumnBuffer(c.Name, c.Type))];
            count = new GroupTally(_plan, rows).AddTo(cells);
            if (count == 0) return;
            var batch = BatchLayout.Build(cells, count, 0, 0);
            lock (_batches) _batches.Add(new HotBatch(batch, 0, []));
        });
        return count;
    }

    /// <summary>Looks at those of some rows that match. Where that is not possible, the part is left.</summary>
    public void Use(RowSource group, Action<GroupRows> use)
    {
        if (_isLeft) return;
        try
        {
            using var rows = new GroupRows(_plan, group, _kept);
            rows.Select();
            use(rows);
            rows.Keep();
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e) || e is OutOfMemoryException)
        {
            // The engine reads it, or says what is wrong.
            _isLeft = true;
        }
    }
}
