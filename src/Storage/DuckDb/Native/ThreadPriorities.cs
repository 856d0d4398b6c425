using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>Priorities of threads, which the runtime itself leaves alone on Linux.</summary>
internal static partial class ThreadPriorities
{
    private const int OfProcessOrThread = 0;
    // A tenth of what a thread of ordinary priority gets where both want the processor: lower ones starve on a busy machine.
    private const int Low = 10;

    /// <summary>Gives the calling thread a low priority. On Linux "this process" means this thread; elsewhere the runtime does it.</summary>
    public static void LowerCurrent()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(OfProcessOrThread, 0, Low);
        else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
