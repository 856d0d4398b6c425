using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// The append-only file behind one hot tier. A batch is stored once its record is written and, with <see cref="Durability.Sync"/>,
/// synced. Used by one thread.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const string Suffix = ".log";

    private readonly SafeFileHandle _file;
    private readonly Durability _durability;
    private readonly Action<string>? _step;
    private readonly List<ReadOnlyMemory<byte>> _pending = [];
    private bool _hasRemains;
    private long _previousLength;

    private Journal(string path, long number, SafeFileHandle file, long length, EventStoreOptions options)
    {
        Path = path;
        Number = number;
        Length = length;
        _file = file;
        _durability = options.Durability;
        _step = options.Step;
    }

    public string Path { get; }

    /// <summary>Number of the journal, its hot tier and the segment that it becomes.</summary>
    public long Number { get; }

    /// <summary>Bytes that are stored.</summary>
    public long Length { get; private set; }

    /// <summary>Creates the journal of that number, or goes on at the end of what replay left of it.</summary>
    public static Journal Open(string directory, long number, EventStoreOptions options)
    {
        var path = PathOf(directory, number);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            if (options.Durability == Durability.Sync) DirectorySync.Flush(directory);
            return new Journal(path, number, file, RandomAccess.GetLength(file), options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Numbers of the journals in a directory, ascending.</summary>
    public static IReadOnlyList<long> Numbers(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*" + Suffix)
            .Select(path => long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1)
            .Where(n => n >= 0).Order(),
    ];

    public static string PathOf(string directory, long number) =>
        System.IO.Path.Combine(directory, number.ToString("D10", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Adds a batch to the next <see cref="Commit"/>.</summary>
    public void Add(EventBatch batch, long firstSeq)
    {
        var header = new byte[JournalRecord.HeaderBytes];
        JournalRecord.WriteHeader(header, batch.Bytes.Span, firstSeq);
        _pending.Add(header);
        _pending.Add(batch.Bytes);
    }

    /// <summary>Stores all added batches with one write and one sync. On any failure the file is cut back and nothing of them remains.</summary>
    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Commit()
    {
        try
        {
            CutBack();
            var bytes = _pending.Sum(part => (long)part.Length);
            _previousLength = Length;
            _hasRemains = true;
            RandomAccess.Write(_file, _pending, Length);
            _step?.Invoke("journal.written");
            if (_durability == Durability.Sync) RandomAccess.FlushToDisk(_file);
            _step?.Invoke("journal.synced");
            Length += bytes;
            _hasRemains = false;
        }
        catch
        {
            CutBack();
            throw;
        }
        finally
        {
            _pending.Clear();
        }
    }

    /// <summary>Takes the last commit back, which nobody has been told of.</summary>
    /// <exception cref="IOException">The disk is failing. No commit goes on before it has been done.</exception>
    public void TakeBack()
    {
        Length = _previousLength;
        _hasRemains = true;
        CutBack();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Cuts off what a failed commit left. Where that fails too, no commit goes on before it has been done.</summary>
    private void CutBack()
    {
        if (!_hasRemains) return;
        RandomAccess.SetLength(_file, Length);
        if (_durability == Durability.Sync) RandomAccess.FlushToDisk(_file); // it may have been synced
        _hasRemains = false;
    }
}
