namespace Storage.DuckDb.Parquet;

/// <summary>What stands before a page.</summary>
/// <param name="Kind">A data page or a dictionary.</param>
/// <param name="Uncompressed">Bytes of the page.</param>
/// <param name="Compressed">Bytes of it in the file.</param>
/// <param name="Values">Its rows, or the values of a dictionary.</param>
/// <param name="Encoding">How the values are written.</param>
/// <param name="HeadBytes">Bytes of the head.</param>
internal readonly record struct PageHead(int Kind, int Uncompressed, int Compressed, int Values, PageEncoding Encoding, int HeadBytes)
{
    public const int DataPage = 0;
    public const int DictionaryPage = 2;

    /// <summary>Bytes of a page.</summary>
    public const int MaxPageBytes = 256 << 20;

    /// <summary>Reads the head of a page.</summary>
    /// <param name="bytes">From its first byte.</param>
    /// <param name="left">Bytes of the chunk from there on.</param>
    /// <exception cref="InvalidDataException">It is none, or the page would not fit.</exception>
    public static PageHead Read(ReadOnlySpan<byte> bytes, long left)
    {
        var reader = new ThriftReader(bytes);
        var (kind, uncompressed, compressed, values, encoding) = (-1L, 0L, 0L, -1L, 0L);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 1: kind = reader.Integer(); break;
                case 2: uncompressed = reader.Integer(); break;
                case 3: compressed = reader.Integer(); break;
                case 5 or 7:
                    for (var field = 0; reader.NextField(ref field, out var inner);)
                    {
                        if (field == 1) values = reader.Integer();
                        else if (field == 2) encoding = reader.Integer();
                        else reader.Skip(inner);
                    }

                    break;
                default: reader.Skip(type); break;
            }
        }

        if (uncompressed is < 0 or > MaxPageBytes || compressed < 0 || compressed > left - reader.Position || values is < 0 or > int.MaxValue)
            throw new InvalidDataException("a page of the segment is damaged");
        return new PageHead((int)kind, (int)uncompressed, (int)compressed, (int)values, (PageEncoding)encoding, reader.Position);
    }
}
