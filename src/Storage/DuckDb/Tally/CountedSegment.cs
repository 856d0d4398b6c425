using System.Collections.Immutable;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>A segment that is being counted, by several threads.</summary>
internal sealed class CountedSegment : IDisposable
{
    private readonly TallyPlan _plan;
    private readonly SegmentReader _reader;
    private readonly KeptRows _kept;
    private readonly List<HotBatch> _batches = [];
    private volatile bool _isLeft;

    private CountedSegment(TallyPlan plan, SegmentReader reader, KeptRows kept)
    {
        (_plan, _reader, _kept) = (plan, reader, kept);
        var window = plan.Request.Window;
        Groups = [.. Enumerable.Range(0, reader.Layout.GroupCount).Where(g => window.Touches(reader.Layout.Times[g].Least, reader.Layout.Times[g].Most))];
    }

    public Segment Segment => _plan.Segment;

    /// <summary>The measures, as they are computed here.</summary>
    public ImmutableArray<PlannedMeasure> Measures => _plan.Measures;

    /// <summary>Width of a time bucket, where there are some.</summary>
    public long BucketNs => _plan.Request.BucketNs ?? 0;

    /// <summary>The row groups that can hold events of the window.</summary>
    public ImmutableArray<int> Groups { get; }

    /// <summary>True when the engine has to count it.</summary>
    public bool IsLeft => _isLeft;

    /// <summary>The cells, one batch for each row group.</summary>
    public IReadOnlyList<HotBatch> Batches => _batches;

    /// <summary>Opens the file of a segment; null when the engine has to count it.</summary>
    /// <param name="plan">What to count.</param>
    /// <param name="kept">Keeps what is read of few rows.</param>
    public static CountedSegment? Open(TallyPlan plan, KeptRows kept)
    {
        SegmentReader? reader = null;
        try
        {
            reader = new SegmentReader(plan.Segment);
            return new CountedSegment(plan, reader, kept);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            reader?.Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        foreach (var batch in _batches) batch.Batch.Dispose(); // the scan holds them
    }

    /// <summary>Counts a row group.</summary>
    public void Count(int group, ImmutableArray<HotColumn> columns) => Use(group, rows =>
    {
        ColumnBuffer[] cells = [.. columns.Select(c => new ColumnBuffer(c.Name, c.Type))];
        var count = new GroupTally(_plan, rows).AddTo(cells);
        if (count == 0) return;
        var batch = BatchLayout.Build(cells, count, 0, 0);
        lock (_batches) _batches.Add(new HotBatch(batch, 0, []));
    });

    /// <summary>Looks at the matching rows of a row group. Where that is not possible, the segment is left.</summary>
    public void Use(int group, Action<GroupRows> use)
    {
        if (_isLeft) return;
        try
        {
            using var rows = new GroupRows(_plan, _reader, group, _kept);
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
