using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>Makes names in a directory durable: a file that was created, renamed or deleted there is so after a power cut too.</summary>
internal static partial class DirectorySync
{
    /// <summary>Syncs a directory. Windows keeps names durable by itself; there it does nothing.</summary>
    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(directory, 0);
        if (descriptor < 0) throw new IOException($"the directory {directory} cannot be opened to be synced (errno {Marshal.GetLastPInvokeError()})");
        try
        {
            if (Sync(descriptor) != 0) throw new IOException($"the directory {directory} cannot be synced (errno {Marshal.GetLastPInvokeError()})");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
