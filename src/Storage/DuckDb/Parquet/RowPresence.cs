namespace Storage.DuckDb.Parquet;

/// <summary>Which rows of a row group have a value of a column.</summary>
/// <param name="bits">One bit for each row, the lowest first; those behind the last row are 0.</param>
/// <param name="rows">Rows of the group.</param>
/// <param name="values">How many of them have a value.</param>
internal readonly ref struct RowPresence(ReadOnlySpan<byte> bits, int rows, int values)
{
    public ReadOnlySpan<byte> Bits { get; } = bits[..((rows + 7) / 8)];

    public int Rows { get; } = rows;

    public int Values { get; } = values;
}
