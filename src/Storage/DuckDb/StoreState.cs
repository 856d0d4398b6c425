using System.Collections.Immutable;

namespace Storage.DuckDb;

/// <summary>All parts of the store at one moment: immutable, replaced as a whole when something is published.</summary>
/// <param name="Hot">Tiers in the order of their numbers; the last takes appends, the others wait to be sealed.</param>
/// <param name="Segments">Sealed segments.</param>
internal sealed record StoreState(ImmutableArray<HotView> Hot, ImmutableArray<Segment> Segments)
{
    public long HotEvents => Hot.Sum(v => v.Events);

    public long HotBytes => Hot.Sum(v => v.Tier.Bytes);

    public long Events => HotEvents + Segments.Sum(s => s.Footer.Events);

    public long SegmentBytes => Segments.Sum(s => s.Bytes);

    /// <summary>Smallest and largest event time; both 0 when there is no event.</summary>
    public (long Min, long Max) Times
    {
        get
        {
            var mins = Hot.Where(v => v.Events > 0).Select(v => v.Tier.MinTime).Concat(Segments.Select(s => s.Footer.MinTime)).ToArray();
            if (mins.Length == 0) return (0, 0);
            var maxs = Hot.Where(v => v.Events > 0).Select(v => v.Tier.MaxTime).Concat(Segments.Select(s => s.Footer.MaxTime));
            return (mins.Min(), maxs.Max());
        }
    }
}

/// <summary>A state that a reader holds: until the lease ends its segments keep their files, and its batches their memory.</summary>
internal sealed class StateLease : IDisposable
{
    private int _disposed;

    /// <param name="state">The state; the caller has made sure that nothing is removed from it meanwhile.</param>
    public StateLease(StoreState state)
    {
        State = state;
        foreach (var segment in state.Segments) segment.Lease();
        foreach (var view in state.Hot)
            foreach (var hot in view.Batches) hot.Batch.Retain();
    }

    public StoreState State { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var segment in State.Segments) segment.Release();
        foreach (var view in State.Hot)
            foreach (var hot in view.Batches) hot.Batch.Release();
    }
}
