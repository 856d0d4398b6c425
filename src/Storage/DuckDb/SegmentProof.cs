using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Reads segments to prove that all their values can be read: on one thread and some columns at a time, so that the memory it takes grows
/// neither with their columns nor with the processors. After a fault it goes on with another engine: what one says after that might
/// come of it, and not of the next segment.
/// </summary>
/// <param name="memoryBytes">Memory that it may take.</param>
/// <param name="temporaryDirectory">Where the engine could spill to.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class SegmentProof(long memoryBytes, string temporaryDirectory, CancellationToken cancellationToken) : IDisposable
{
    /// <summary>Columns of a statement, until memory turns out to be too little for so many.</summary>
    private const int MaxColumns = 64;

    private LazyEngine _engine = new(memoryBytes, temporaryDirectory);
    private int _columns = MaxColumns;

    /// <summary>What a segment says of itself.</summary>
    /// <exception cref="DuckDbException">It cannot be read, or there is too little memory.</exception>
    /// <exception cref="InvalidDataException">It is none of ours.</exception>
    /// <exception cref="EventStoreException">There is no engine.</exception>
    public SegmentFooter ReadFooter(string path) => Read(connection => StoreFiles.ReadFooter(connection, path));

    /// <summary>Reads every value of a segment and compares with what its footer says; null when all agrees.</summary>
    /// <exception cref="DuckDbException">It cannot be read, or there is too little memory for one of its columns.</exception>
    /// <exception cref="EventStoreException">There is no engine.</exception>
    public string? FaultOf(string path, SegmentFooter footer) => Read(connection => FaultOf(connection, path, footer));

    public void Dispose() => _engine.Dispose();

    private T Read<T>(Func<DuckDbConnection, T> read)
    {
        var connection = Connection();
        try
        {
            return read(connection);
        }
        catch (DuckDbException)
        {
            _engine.Dispose();
            _engine = new LazyEngine(memoryBytes, temporaryDirectory);
            throw;
        }
    }

    private DuckDbConnection Connection()
    {
        try
        {
            return _engine.Connection;
        }
        catch (DuckDbException e)
        {
            throw new EventStoreException("nothing can be checked, since the engine does not start: " + SegmentFault.FirstLine(e), e);
        }
    }

    private string? FaultOf(DuckDbConnection connection, string path, SegmentFooter footer)
    {
        var all = Numbers(connection, path, "count(*), coalesce(min(time), 0), coalesce(max(time), 0)", 3);
        if (all[0] != footer.Events) return $"has {all[0]} events, its footer says {footer.Events}";
        if (all[1] != footer.MinTime || all[2] != footer.MaxTime) return $"has times from {all[1]} to {all[2]}, its footer says {footer.MinTime} to {footer.MaxTime}";
        for (var first = 0; first < footer.Columns.Length;)
        {
            var columns = footer.Columns[first..Math.Min(first + _columns, footer.Columns.Length)];
            long[] counts;
            try
            {
                counts = Numbers(connection, path, string.Join(", ", columns.Select(CountOf)), columns.Length);
            }
            catch (DuckDbException e) when (e.ErrorType == DuckDbErrorType.OutOfMemory && columns.Length > 1)
            {
                _columns = columns.Length / 2;
                continue;
            }

            for (var i = 0; i < columns.Length; i++)
                if (counts[i] != columns[i].Count) return $"has {counts[i]} values in its column {first + i + 1}, its footer says {columns[i].Count}";
            first += columns.Length;
        }

        return null;
    }

    /// <summary>A text's length is not known without its bytes: the sum makes the engine unpack them.</summary>
    private static string CountOf(SegmentColumn column)
    {
        var name = RelationText.Quote(column.StoredAs);
        return $"count({name}) + 0 * coalesce(sum({(column.Type == StorageType.String ? $"strlen({name})" : "0")}), 0)::BIGINT";
    }

    private long[] Numbers(DuckDbConnection connection, string path, string expressions, int count)
    {
        using var statement = connection.Prepare($"SELECT {expressions} FROM read_parquet({RelationText.Literal(path)})");
        using var result = statement.Execute(cancellationToken);
        var row = result.NextChunk() ?? throw new InvalidDataException("no answer");
        var numbers = new long[count];
        for (var i = 0; i < count; i++) numbers[i] = row.Values<long>(i)[0];
        return numbers;
    }
}
