using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The C library's heap, from which the engine takes its memory. Glibc gives threads heaps of their own, up to eight for each processor, and each keeps what was
/// freed in it: after 3 M spans with queries at a limit of 512 MiB these held 500 MB that nobody used.
/// </summary>
internal static partial class CHeap
{
    // What is set, by the numbers of malloc.h.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>Heaps of which threads take turns: the engine takes its memory by large blocks, so they seldom wait.</summary>
    private const int Arenas = 2;

    /// <summary>From here on memory is mapped by itself and goes back at once. Left alone, the bound would rise to 32 MiB with what is freed.</summary>
    private const int LargeBytes = 1 << 20;

    /// <summary>The same where little may be in use: then blocks of the engine are among it, for each of which the system has to find and clear pages.</summary>
    private const int LargeBytesOfLittle = 256 << 10;

    private const int FreeTopBytes = 4 << 20;

    private static readonly Lazy<bool> s_isGlibc = new(TryLimit);

    /// <summary>Bounds the heaps from now on. Does nothing where the C library is another one.</summary>
    /// <param name="isLittle">Whether the process may have so little memory that it matters more than time.</param>
    public static void Limit(bool isLittle)
    {
        if (s_isGlibc.Value && isLittle) _ = MallOpt(MmapThreshold, LargeBytesOfLittle);
    }

    /// <summary>Gives free pages of all heaps back to the system: some milliseconds, or up to some hundred where many are free, in which who takes memory waits.</summary>
    public static void Trim()
    {
        if (s_isGlibc.Value) _ = MallocTrim(0);
    }

    private static bool TryLimit()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            _ = MallocTrim(0);
            _ = MallOpt(ArenaMax, Arenas);
            _ = MallOpt(MmapThreshold, LargeBytes);
            _ = MallOpt(TrimThreshold, FreeTopBytes);
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // musl
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallocTrim(nuint pad);
}
