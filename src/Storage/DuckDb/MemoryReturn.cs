using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>
/// Gives memory back that work has left, starting most of all: free pages of the C heap while there is work, and when there was none for a while, once, what the
/// garbage collector holds in reserve. Neither heap does that by itself soon. Where the process has more than it may, both give back in the midst of work, although that holds others up for
/// tens of milliseconds. In the first minute the engine's library is unmapped as well: once, since later it is queries that have touched it.
/// </summary>
internal sealed class MemoryReturn : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>After the start it looks more often, for a minute at most: then there is much to give back, and it is what people look at.</summary>
    private static readonly TimeSpan StartPeriod = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks at what the process has.</summary>
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(0.5);

    /// <summary>Bytes that must have been allocated since the last time: a request now and then is no reason to stop all threads for a full collection.</summary>
    private const long WorthIt = 32 << 20;

    /// <summary>After a look that gave back less, the next one is left out: what the process has is in use.</summary>
    private const long Little = 8 << 20;

    private readonly Func<long> _work;
    private readonly long _residentBytes;
    private readonly ITimer _timer;
    private readonly ITimer? _watch;
    private readonly Lock _lock = new();
    private long _seen;
    private long _settledAt = -WorthIt;
    private bool _isSettled;
    private bool _leavesOut;
    private int _startLooks = (int)(TimeSpan.FromMinutes(1) / StartPeriod);

    /// <param name="time">The clock.</param>
    /// <param name="residentBytes">See <see cref="EventStoreOptions.ResidentBytes"/>.</param>
    /// <param name="work">A number that is another one whenever something was done.</param>
    public MemoryReturn(TimeProvider time, long residentBytes, Func<long> work)
    {
        (_residentBytes, _work, _seen) = (residentBytes, work, work());
        if (residentBytes < long.MaxValue) _watch = time.CreateTimer(_ => Watch(), null, WatchPeriod, WatchPeriod);
        _timer = time.CreateTimer(_ => Look(), null, StartPeriod, StartPeriod);
    }

    /// <summary>Ends the looking; one that is under way goes on, and asks for nothing that is gone by then.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _watch?.Dispose();
    }

    private void Watch()
    {
        var before = Environment.WorkingSet;
        if (before <= _residentBytes || !_lock.TryEnter()) return;
        try
        {
            _leavesOut = !_leavesOut && !TryGiveBack(before);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private bool TryGiveBack(long before)
    {
        CHeap.Trim();
        if (Environment.WorkingSet > _residentBytes) CollectWhereWorthIt();
        return before - Environment.WorkingSet >= Little;
    }

    private void Look()
    {
        if (!_lock.TryEnter()) return; // the last look takes its time
        try
        {
            var work = _work();
            var isIdle = work == _seen;
            _seen = work;
            if (isIdle && _isSettled) return;
            if (_startLooks > 0)
            {
                _startLooks = isIdle ? 0 : _startLooks - 1;
                if (isIdle) LibraryPages.Release();
                if (_startLooks == 0) _timer.Change(Period, Period);
            }

            if (isIdle) CollectWhereWorthIt();
            CHeap.Trim();
            _isSettled = isIdle;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void CollectWhereWorthIt()
    {
        if (GC.GetTotalAllocatedBytes() - _settledAt <= WorthIt) return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _settledAt = GC.GetTotalAllocatedBytes();
    }
}
