using System.Runtime.InteropServices;

namespace Benchmarks.Harness;

/// <summary>CPU time of a process in nanoseconds, which the kernel also keeps for others: <see cref="ProcessUsage"/> counts in hundredths of a second, longer than most queries.</summary>
internal sealed partial class ProcessClock
{
    private readonly int _clock;

    public ProcessClock(int processId)
    {
        if (GetCpuClockId(processId, out _clock) != 0) throw new BenchmarkException($"the kernel gives no clock of process {processId}");
    }

    /// <summary>User and system time of all threads of the process, those that have ended included.</summary>
    public double CpuSeconds => GetTime(_clock, out var time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : throw new BenchmarkException("the process has ended");

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int GetCpuClockId(int processId, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
