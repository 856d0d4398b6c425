namespace Storage.DuckDb.Native;

/// <summary>
/// Writes the columns of one chunk in place. In a table scan only the columns that the query asked for are there.
/// Valid during the call that received it; spans are <see cref="Capacity"/> long.
/// </summary>
internal readonly unsafe ref struct ChunkWriter
{
    private readonly nint _chunk;
    private readonly ReadOnlySpan<ChunkColumn> _columns;

    internal ChunkWriter(nint chunk, ReadOnlySpan<ChunkColumn> columns)
    {
        _chunk = chunk;
        _columns = columns;
    }

    /// <summary>Rows of a full chunk.</summary>
    public static int Capacity { get; } = (int)DuckDbNative.VectorSize();

    public int ColumnCount => _columns.Length;

    /// <summary>
    /// Index into <see cref="TableScan.Columns"/>, or -1 for a column that the query needs only to count rows: leave that one alone.
    /// </summary>
    public int SourceColumn(int i) => _columns[i].Source;

    /// <summary>The values of a column of fixed width, to be written in row order. Content is undefined before.</summary>
    /// <exception cref="InvalidOperationException">A value of the column has another size than <typeparamref name="T"/>.</exception>
    public Span<T> Values<T>(int i) where T : unmanaged
    {
        var type = _columns[i].Type;
        if (type.Width() != sizeof(T) || type.IsBytes())
            throw new InvalidOperationException($"a column of type {type} is not written as {typeof(T).Name}");
        return new Span<T>((void*)DuckDbNative.VectorData(Vector(i)), Capacity);
    }

    /// <summary>The slots of a VARCHAR or BLOB column. VARCHAR content must be UTF-8; nobody checks it here.</summary>
    public Span<DuckDbString> Strings(int i)
    {
        CheckBytes(i);
        return new Span<DuckDbString>((void*)DuckDbNative.VectorData(Vector(i)), Capacity);
    }

    /// <summary>Copies a VARCHAR or BLOB value into memory of the vector.</summary>
    public void SetBytes(int i, int row, ReadOnlySpan<byte> bytes)
    {
        CheckBytes(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Capacity, nameof(row));
        fixed (byte* content = bytes) DuckDbNative.VectorAssignString(Vector(i), (ulong)row, content, (ulong)bytes.Length);
    }

    /// <summary>One bit a row, lowest first, 1 = there is a value. All ones at first; do not ask for it if the chunk has no NULL.</summary>
    public Span<ulong> Validity(int i)
    {
        var vector = Vector(i);
        DuckDbNative.VectorEnsureValidityWritable(vector);
        return new Span<ulong>(DuckDbNative.VectorValidity(vector), (Capacity + 63) / 64);
    }

    /// <summary>Makes the first <paramref name="count"/> rows NULL.</summary>
    public void SetAllNull(int i, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Capacity, nameof(count));
        Validity(i)[..((count + 63) / 64)].Clear();
    }

    private void CheckBytes(int i)
    {
        if (!_columns[i].Type.IsBytes()) throw new InvalidOperationException($"a column of type {_columns[i].Type} holds no text or bytes");
    }

    private nint Vector(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)_columns.Length, nameof(i));
        return DuckDbNative.DataChunkVector(_chunk, (ulong)i);
    }
}

/// <summary>A column of a chunk that is written: its place in the source (-1 = none) and its type.</summary>
internal readonly record struct ChunkColumn(int Source, DuckDbType Type);
