using System.Globalization;
using System.Runtime.InteropServices;
using Storage.DuckDb.Native;

namespace Benchmarks.Harness;

/// <summary>Where the numbers come from.</summary>
internal static class Machine
{
    /// <summary>Processes that ran or wanted to, mean of the last minute.</summary>
    public static string Load => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    public static Report Describe()
    {
        var report = new Report($"Benchmarks of {DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC");
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        report.Note($"{Environment.ProcessorCount} cores ({Processor()}), {Report.Bytes(memory)} of memory, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, DuckDB {DuckDbDatabase.LibraryVersion}");
        report.Note($"load of the machine before: {Load}");
        return report;
    }

    private static string Processor() =>
        File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
            : RuntimeInformation.ProcessArchitecture.ToString();
}
