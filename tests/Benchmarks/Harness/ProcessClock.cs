using System.Globalization;
using System.Runtime.InteropServices;

namespace Benchmarks.Harness;

/// <summary>CPU time of a process in nanoseconds, which the kernel also keeps for others: <see cref="ProcessUsage"/> counts in hundredths of a second, longer than most queries.</summary>
internal sealed partial class ProcessClock
{
    /// <summary>The start of the name of the thread on which the runtime compiles again what is used much.</summary>
    private const string Compiler = ".NET Tiered";

    private readonly int _process;
    private readonly int _clock;

    public ProcessClock(int processId)
    {
        _process = processId;
        if (GetCpuClockId(processId, out _clock) != 0) throw new BenchmarkException($"the kernel gives no clock of process {processId}");
    }

    /// <summary>User and system time of all threads of the process, those that have ended included.</summary>
    public double CpuSeconds => GetTime(_clock, out var time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : throw new BenchmarkException("the process has ended");

    /// <summary>CPU time of the runtime's compiler in the background: it begins when 100 ms have passed without new code, so that its work falls behind that of a request.</summary>
    public double CompilerSeconds => Directory.EnumerateDirectories($"/proc/{_process}/task").Sum(Compiling);

    private static double Compiling(string thread)
    {
        try
        {
            if (!File.ReadAllText(Path.Combine(thread, "comm")).StartsWith(Compiler, StringComparison.Ordinal)) return 0;
            return long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture) / 1e9;
        }
        catch (IOException)
        {
            return 0; // it has ended, or the kernel does not count
        }
    }

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
