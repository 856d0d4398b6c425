namespace Storage.DuckDb.Parquet;

/// <summary>What the footer of a file says of the values of one column in one row group.</summary>
/// <param name="Name">The column's name in the file.</param>
/// <param name="Type">How its values stand there.</param>
/// <param name="Encoding">How they are written; with a dictionary their places in it.</param>
/// <param name="Codec">How its pages are compressed.</param>
/// <param name="Rows">Rows of the row group.</param>
/// <param name="Values">Rows that have a value.</param>
/// <param name="Bytes">Bytes of its pages, with their heads.</param>
/// <param name="DictionaryBytes">Bytes of the dictionary's page, which is the first; 0 when there is none.</param>
/// <param name="PlainBytes">Bytes of its pages before they were compressed.</param>
internal sealed record ChunkDescription(
    string Name, PhysicalType Type, PageEncoding Encoding, PageCodec Codec, int Rows, int Values, int Bytes, int DictionaryBytes, long PlainBytes)
{
    /// <summary>Longest text that is kept as an end of the range.</summary>
    public const int MaxBoundBytes = 256;

    /// <summary>How levels are written, by the number of the format.</summary>
    public const int LevelEncoding = 3;

    /// <summary>Where its values are, as <see cref="ChunkPlaces"/> reads it.</summary>
    public byte[] Places { get; init; } = [];

    /// <summary>The smallest value as the file has it; null when the range is not told.</summary>
    public byte[]? Least { get; init; }

    /// <summary>The largest value; null when the range is not told.</summary>
    public byte[]? Most { get; init; }

    /// <param name="footer">Takes the description.</param>
    /// <param name="offset">Where the first page is.</param>
    public void WriteTo(ThriftWriter footer, long offset)
    {
        footer.Begin();
        footer.Long(2, 0);
        footer.Begin(3);
        footer.Int(1, (int)Type);
        footer.List(2, ThriftWriter.Int32, DictionaryBytes > 0 ? 3 : 2);
        if (DictionaryBytes > 0) footer.IntItem((int)PageEncoding.Plain);
        footer.IntItem(LevelEncoding);
        footer.IntItem((int)Encoding);
        footer.List(3, ThriftWriter.Binary, 1);
        footer.BytesItem(System.Text.Encoding.UTF8.GetBytes(Name));
        footer.Int(4, (int)Codec);
        footer.Long(5, Rows);
        footer.Long(6, PlainBytes);
        footer.Long(7, Bytes);
        footer.Long(9, offset + DictionaryBytes);
        if (DictionaryBytes > 0) footer.Long(11, offset);
        footer.Begin(12);
        footer.Long(3, Rows - Values);
        if (Least is not null && Most is not null)
        {
            footer.Bytes(5, Most);
            footer.Bytes(6, Least);
            footer.Bool(7, true);
            footer.Bool(8, true);
        }

        footer.End();
        footer.End();
        footer.End();
    }
}
