using System.Collections.Immutable;

namespace Storage.DuckDb;

/// <summary>The one place where the store's state is replaced.</summary>
internal sealed class PublishedState(StoreState initial)
{
    private readonly Lock _lock = new();
    private StoreState _state = initial;

    public StoreState Current => Volatile.Read(ref _state);

    /// <summary>The current state, held for a reader.</summary>
    public StateLease Lease()
    {
        lock (_lock) return new StateLease(_state);
    }

    /// <summary>The active tier has more batches, or the same in another form.</summary>
    public void ReplaceActive(HotView view)
    {
        lock (_lock) _state = _state with { Hot = _state.Hot.SetItem(_state.Hot.Length - 1, view) };
    }

    /// <summary>A new tier takes appends; the last one waits to be sealed.</summary>
    public void AddActive(HotView view)
    {
        lock (_lock) _state = _state with { Hot = _state.Hot.Add(view) };
    }

    /// <summary>A tier has become segments: at no moment are its events missing or double.</summary>
    public void ReplaceBySegments(HotView sealedView, ImmutableArray<Segment> segments)
    {
        lock (_lock) _state = new StoreState(_state.Hot.RemoveAll(v => v.Tier == sealedView.Tier), _state.Segments.AddRange(segments));
        sealedView.Tier.Release();
    }

    /// <summary>A segment takes the place of others; readers that hold these keep them.</summary>
    public void Replace(ImmutableArray<Segment> replaced, Segment segment)
    {
        lock (_lock) _state = _state with { Segments = _state.Segments.RemoveRange(replaced).Add(segment) };
    }

    /// <summary>Takes segments out; the caller gives their files up, which readers that hold them keep.</summary>
    public void Remove(ImmutableArray<Segment> segments)
    {
        lock (_lock) _state = _state with { Segments = _state.Segments.RemoveRange(segments) };
    }
}
