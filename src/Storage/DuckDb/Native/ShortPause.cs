using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>Waits for what is over in a fraction of a millisecond, which the runtime's own sleep cannot.</summary>
internal static unsafe partial class ShortPause
{
    /// <summary>The first pauses are some turns of a loop: most waits end within them.</summary>
    private const int Turns = 8;

    private const long ShortestNs = 20_000, LongestNs = 200_000;

    /// <summary>Waits a little, longer the more often in a row.</summary>
    /// <param name="before">Pauses in a row so far.</param>
    public static void Take(int before)
    {
        if (before < Turns)
        {
            Thread.SpinWait(20 << Math.Min(before, 4));
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            Thread.Sleep(before < 2 * Turns ? 0 : 1);
            return;
        }

        var time = new TimeSpec { Nanoseconds = (nint)Math.Min(LongestNs, ShortestNs << Math.Min(before - Turns, 8)) };
        _ = NanoSleep(&time, null);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(TimeSpec* time, TimeSpec* left);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
