using System.Globalization;

namespace Benchmarks.Harness;

/// <summary>What the kernel counts for a process, this one or another.</summary>
/// <param name="CpuSeconds">User and system time of all its threads; the kernel counts in hundredths.</param>
/// <param name="ResidentBytes">Memory now.</param>
/// <param name="PeakBytes">Most memory since the start, or since <see cref="ResetPeak"/>.</param>
/// <param name="WrittenBytes">Bytes that the process had written to storage.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long ResidentBytes, long PeakBytes, long WrittenBytes)
{
    private const double TicksPerSecond = 100; // USER_HZ; the same on every Linux

    public static ProcessUsage Of(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var cpu = (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        return new ProcessUsage(
            cpu, Kilobytes($"/proc/{processId}/status", "VmRSS:"), Kilobytes($"/proc/{processId}/status", "VmHWM:"), Line($"/proc/{processId}/io", "write_bytes:"));
    }

    /// <summary>Lets the peak of a process start again from what it has now. False where the kernel does not permit it.</summary>
    public static bool ResetPeak(int processId)
    {
        try
        {
            File.WriteAllText($"/proc/{processId}/clear_refs", "5");
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    private static long Kilobytes(string path, string name) => Line(path, name) * 1024;

    private static long Line(string path, string name)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }

        return 0;
    }
}
