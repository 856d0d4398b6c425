using System.Diagnostics;
using Benchmarks.Harness;

namespace Benchmarks.Opponents;

/// <summary>Adds up what this process needs for the parts of its work that count, leaving out what prepares them.</summary>
internal sealed class CpuClock
{
    private readonly Stopwatch _wall = new();
    private TimeSpan _cpu;
    private TimeSpan _started;

    public Cost Cost => new(_cpu.TotalSeconds, _wall.Elapsed.TotalSeconds);

    public void Start()
    {
        _started = Environment.CpuUsage.TotalTime;
        _wall.Start();
    }

    public void Stop()
    {
        _wall.Stop();
        _cpu += Environment.CpuUsage.TotalTime - _started;
    }
}
