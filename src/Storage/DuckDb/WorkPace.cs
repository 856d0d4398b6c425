using System.Diagnostics;

namespace Storage.DuckDb;

/// <summary>
/// Has work in the background give way to those who wait for an answer: between two of its steps it stands still while there are some. Where questions come without a pause, what it does between them
/// is what they wait for, so it is patient; but all its waits together have a bound, so that it comes to its end however busy the store is.
/// </summary>
internal sealed class WorkPace
{
    /// <summary>How many times as long as it works it waits at most. Before that much is waited for, a store that takes much data has a reason not to be busy any more.</summary>
    private const int Patience = 32;

    /// <summary>The longest wait between two steps, however long it worked before.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    private readonly Func<bool>? _isBusy;
    private readonly Action? _waits;
    private readonly CancellationToken _stop;
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>How long it may still wait for the work that is done.</summary>
    private TimeSpan _left;

    /// <param name="isBusy">Whether the work is in the way.</param>
    /// <param name="stop">Ends the work.</param>
    /// <param name="waits">Told of each wait.</param>
    public WorkPace(Func<bool> isBusy, CancellationToken stop, Action? waits = null) => (_isBusy, _stop, _waits) = (isBusy, stop, waits);

    private WorkPace(CancellationToken stop) => _stop = stop;

    /// <summary>Ends the work.</summary>
    public CancellationToken Stop => _stop;

    /// <summary>For work that somebody waits for.</summary>
    public static WorkPace Steady(CancellationToken stop) => new(stop);

    /// <summary>Called between two steps of the work, on its thread.</summary>
    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public void Step()
    {
        _stop.ThrowIfCancellationRequested();
        if (_isBusy is null) return;
        _left += Stopwatch.GetElapsedTime(_since) * Patience;
        if (_left > TimeSpan.Zero && _isBusy())
        {
            var begin = Stopwatch.GetTimestamp();
            _waits?.Invoke();
            while (_isBusy() && Stopwatch.GetElapsedTime(begin) is var waited && waited < _left && waited < LongestWait) _stop.WaitHandle.WaitOne(Look);
            _stop.ThrowIfCancellationRequested();
            _left -= Stopwatch.GetElapsedTime(begin); // below zero where the last look came late: that is worked off first
        }

        _since = Stopwatch.GetTimestamp();
    }
}
