using System.Diagnostics;
using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>Does something again and again beside a load, and keeps how long it took.</summary>
internal static class Probe
{
    /// <summary>
    /// Starts the work every <paramref name="interval"/>, not waiting for the one before, and counts from when it was due; no more than
    /// <paramref name="most"/> at once, then it waits and what waits is late. What the server refuses or gives up counts as long as it took, and is told to <paramref name="failed"/>.
    /// </summary>
    public static async Task<LatencyHistogram> EveryAsync(TimeSpan interval, int most, Func<int, Task> work, CancellationToken cancellationToken, Timeline? timeline = null, Action? failed = null)
    {
        var histogram = new LatencyHistogram();
        var clock = Stopwatch.StartNew();
        using var slots = new SemaphoreSlim(most);
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            var due = interval * i;
            if (due > clock.Elapsed) await Task.Delay(due - clock.Elapsed, CancellationToken.None);
            await slots.WaitAsync(CancellationToken.None);
            _ = RunAsync(i, clock.Elapsed - due < TimeSpan.FromMilliseconds(4) ? clock.Elapsed : due);
        }

        for (var i = 0; i < most; i++) await slots.WaitAsync(CancellationToken.None);
        return histogram;

        async Task RunAsync(int i, TimeSpan started)
        {
            try
            {
                try
                {
                    await work(i);
                }
                catch (BenchmarkException)
                {
                    failed?.Invoke();
                }

                histogram.Add(clock.Elapsed - started);
                timeline?.Add(clock.Elapsed, clock.Elapsed - started);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    /// <summary>How late this process's own timers are: what the machine, not the server, makes everybody wait.</summary>
    public static async Task<LatencyHistogram> TimersAsync(Timeline timeline, CancellationToken cancellationToken)
    {
        var histogram = new LatencyHistogram();
        var clock = Stopwatch.StartNew();
        while (!cancellationToken.IsCancellationRequested)
        {
            var before = clock.Elapsed;
            await Task.Delay(10, CancellationToken.None);
            var late = clock.Elapsed - before - TimeSpan.FromMilliseconds(10);
            histogram.Add(late);
            timeline.Add(clock.Elapsed, late);
        }

        return histogram;
    }
}
