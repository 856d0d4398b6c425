using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>What disk and machine make everybody wait by themselves, measured beside a load: small syncs ten times a second, and timers of this process.</summary>
internal sealed class MachineWatch : IAsyncDisposable
{
    private const int BlockBytes = 64 << 10;
    private const int Blocks = 1_024;

    private readonly CancellationTokenSource _end = new();
    private readonly Timeline _syncs = new();
    private readonly Timeline _timers = new();
    private readonly Task<LatencyHistogram> _syncing;
    private readonly Task<LatencyHistogram> _waiting;

    /// <param name="path">A file on the disk of the server, written anew.</param>
    public MachineWatch(string path)
    {
        _syncing = Task.Run(() => SyncAsync(path));
        _waiting = Probe.TimersAsync(_timers, _end.Token);
    }

    /// <summary>How long syncs of 64 KiB took; waits for the end of the watch.</summary>
    public Task<LatencyHistogram> Syncs => _syncing;

    /// <summary>How late timers were; waits for the end of the watch.</summary>
    public Task<LatencyHistogram> Timers => _waiting;

    /// <summary>The most by which something else was longer than the syncs in the same three seconds, ms; 0 when it was never longer.</summary>
    public double MostOverSyncMs(Timeline other) => Math.Max(0, other.MostOverMs(_syncs));

    /// <summary>The same beside this process's own timers.</summary>
    public double MostOverTimersMs(Timeline other) => Math.Max(0, other.MostOverMs(_timers));

    /// <summary>Ends the watch; what it has measured stays.</summary>
    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_syncing, _waiting);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    private async Task<LatencyHistogram> SyncAsync(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var block = new byte[BlockBytes];
        return await Probe.EveryAsync(TimeSpan.FromMilliseconds(100), 1, i => Task.Run(() =>
        {
            RandomAccess.Write(file, block, i % Blocks * (long)BlockBytes);
            RandomAccess.FlushToDisk(file);
        }), _end.Token, _syncs);
    }
}
