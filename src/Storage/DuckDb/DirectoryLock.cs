using System.Globalization;

namespace Storage.DuckDb;

/// <summary>
/// Holds a data directory for this process. A second file names the holder, because the locked one cannot be opened by others.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="EventStoreException">Another process holds the directory.</exception>
    public static DirectoryLock Take(string directory)
    {
        var holder = Path.Combine(directory, "lock.pid");
        try
        {
            var taken = new DirectoryLock(new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            Name(holder);
            return taken;
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !IsHeld(e)))
        {
            throw new EventStoreException($"the data directory {directory} cannot be locked: {e.Message}", e);
        }
        catch (IOException e)
        {
            var id = File.Exists(holder) && File.ReadAllText(holder).Trim() is { Length: > 0 } name ? name : "(unknown)";
            throw new EventStoreException(EventStoreFault.Locked,
                $"the data directory {directory} is in use by process {id}; stop it, or choose another directory", e);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Names this process as the holder. A full disk takes no name, and that is no reason not to start: retention may make room.</summary>
    private static void Name(string holder)
    {
        try
        {
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The name of an earlier holder would mislead; where that stays too, it is only a hint.
        }
    }

    /// <summary>True when another process has the file open, rather than that it could not be opened: the system's number says so.</summary>
    private static bool IsHeld(Exception e) => e.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolation or LockViolation;
}
