using System.Diagnostics;

namespace Storage.Tests;

/// <summary>A file system of its own with little room: a disk that can really be full.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public string Path => _directory.Path;

    public long Free => new DriveInfo(Path).AvailableFreeSpace;

    /// <summary>Mounts a disk; null where that is not allowed.</summary>
    public static SmallDisk? TryMount(int megabytes)
    {
        var disk = new SmallDisk();
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path)) return disk;
        disk._directory.Dispose();
        return null;
    }

    /// <summary>Takes all room but so many bytes.</summary>
    public void Fill(long leave = 0)
    {
        using var file = new FileStream(Filler, FileMode.OpenOrCreate, FileAccess.Write);
        file.Seek(0, SeekOrigin.End);
        var page = new byte[4096];
        try
        {
            while (Free >= leave + page.Length)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Clear() => File.Delete(Filler);

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _directory.Dispose();
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
