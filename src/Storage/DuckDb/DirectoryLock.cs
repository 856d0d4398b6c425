using System.Globalization;

namespace Storage.DuckDb;

/// <summary>
/// Holds a data directory for this process. A second file names the holder, because the locked one cannot be opened by others.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="EventStoreException">Another process holds the directory.</exception>
    public static DirectoryLock Take(string directory)
    {
        var holder = Path.Combine(directory, "lock.pid");
        try
        {
            var file = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DirectoryLock(file);
        }
        catch (IOException e)
        {
            var id = File.Exists(holder) ? File.ReadAllText(holder).Trim() : "(unknown)";
            throw new EventStoreException(EventStoreFault.Locked,
                $"the data directory {directory} is in use by process {id}; stop it, or choose another directory", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
