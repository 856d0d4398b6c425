using Storage.DuckDb.Native;

namespace Storage;

/// <summary>Writes small files so that a crash, a power cut or a full disk leaves what was there before or what was to be written, never a part.</summary>
public static class WholeFile
{
    /// <summary>What is added to the name of a file until it is whole; who owns the directory deletes such files at its start.</summary>
    public const string UnfinishedSuffix = ".tmp";

    /// <summary>Puts a file in place of one of its name, if there is one. Calls for the same path must not overlap.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">All of it.</param>
    /// <param name="durability"><see cref="Durability.Sync"/> returns when file and name survive a power cut; <see cref="Durability.Os"/> does not wait for that.</param>
    /// <exception cref="IOException">It could not be written; what was there before still is.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, Durability durability)
    {
        var unfinished = path + UnfinishedSuffix;
        try
        {
            using (var file = File.OpenHandle(unfinished, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
                if (durability == Durability.Sync) RandomAccess.FlushToDisk(file);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }

        if (durability == Durability.Sync) DirectorySync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
