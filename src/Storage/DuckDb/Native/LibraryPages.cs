using System.Globalization;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// Pages of the engine's library. Opening an engine touches half of it, to bind its names and to make its functions known, and the system maps the neighbours of
/// each page that is touched: some 30 MB, most of which no query ever needs.
/// </summary>
internal static partial class LibraryPages
{
    private const string Library = "/libduckdb.so";
    private const int DontNeed = 4;

    /// <summary>
    /// Unmaps what is as it is in the file. The system's cache of files keeps it, and maps it again when it is used. Does nothing where the system is not Linux.
    /// </summary>
    public static void Release()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            foreach (var (start, end) in Unwritten(File.ReadLines("/proc/self/smaps"))) _ = Advise(start, (nuint)(end - start), DontNeed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not every system tells; the pages stay.
        }
    }

    /// <summary>The mappings of the library that nobody may write to, and of which no page has ever been written: not even when it was bound.</summary>
    private static List<(nint Start, nint End)> Unwritten(IEnumerable<string> lines)
    {
        var found = new List<(nint, nint)>();
        (nint, nint)? candidate = null;
        foreach (var line in lines)
        {
            // 7fd740400000-7fd740c10000 r--p 00000000 fe:00 11725249    /path/libduckdb.so, then lines like "Anonymous:    0 kB" about it.
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
            {
                var ends = words[0].Split('-');
                candidate = line.EndsWith(Library, StringComparison.Ordinal) && words[1][1] == '-' && words[1][3] == 'p' ? (Address(ends[0]), Address(ends[1])) : null;
            }
            else if (words[0] == "Anonymous:" && words[1] != "0")
            {
                candidate = null;
            }
            else if (candidate is { } mapping && words[0] == "Swap:") // what was written and swapped out is not told before
            {
                if (words[1] == "0") found.Add(mapping);
                candidate = null;
            }
        }

        return found;
    }

    private static nint Address(string hex) => nint.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);
}
