namespace Storage.DuckDb.Parquet;

/// <summary>A page of a column chunk, and where a reader can begin in it.</summary>
/// <param name="Offset">Of its bytes behind its head, from the first byte of the chunk.</param>
/// <param name="PackedBytes">Its length in the file.</param>
/// <param name="PlainBytes">Its length.</param>
/// <param name="IsStored">True when its bytes, but for the head of an LZ4 block, stand there as they are.</param>
/// <param name="Restarts">Where reading its compressed bytes can begin.</param>
internal sealed record PlacedPage(int Offset, int PackedBytes, int PlainBytes, bool IsStored, Restart[] Restarts);

/// <summary>A page of values, and where a reader can begin among them.</summary>
/// <param name="Page">Its bytes.</param>
/// <param name="FirstRow">Its first row in the row group.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Values">How many of them have a value.</param>
/// <param name="Encoding">How the values are written.</param>
/// <param name="ValuesAt">Where they begin; what is before are the levels, behind their length.</param>
/// <param name="TextsAt">Where texts begin that stand behind their lengths.</param>
/// <param name="Levels">Marks of the levels.</param>
/// <param name="Marks">Marks of the values.</param>
internal sealed record PlacedValues(
    PlacedPage Page, int FirstRow, int Rows, int Values, PageEncoding Encoding, int ValuesAt, int TextsAt, PlaceMark[] Levels, PlaceMark[] Marks);

/// <summary>
/// Where the values of a column chunk are, finely enough to read some without those before them. Written behind the row groups, where readers of the
/// format do not look.
/// </summary>
/// <param name="Entries">Values of the dictionary; 0 without one.</param>
/// <param name="Dictionary">The dictionary; null without one.</param>
/// <param name="EntriesAt">Where every <see cref="EntrySpacing"/>th text of the dictionary begins, the first one left out.</param>
/// <param name="Pages">The pages of values.</param>
internal sealed record ChunkPlaces(int Entries, PlacedPage? Dictionary, int[] EntriesAt, PlacedValues[] Pages)
{
    /// <summary>Texts of a dictionary from one known place to the next.</summary>
    public const int EntrySpacing = 64;

    /// <summary>Reads what <see cref="PageWriter"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static ChunkPlaces Read(ReadOnlySpan<byte> bytes)
    {
        var (position, offset) = (0, 0);
        var entries = PlaceMarks.Count(bytes, ref position, int.MaxValue);
        PlacedPage? dictionary = null;
        int[] entriesAt = [];
        if (entries > 0)
        {
            dictionary = ReadPage(bytes, ref position, ref offset);
            entriesAt = new int[PlaceMarks.Count(bytes, ref position)];
            for (var i = 0; i < entriesAt.Length; i++) entriesAt[i] = (i == 0 ? 0 : entriesAt[i - 1]) + PlaceMarks.Count(bytes, ref position, int.MaxValue);
        }

        var pages = new List<PlacedValues>();
        for (var row = 0; position < bytes.Length;)
        {
            var rows = PlaceMarks.Count(bytes, ref position, int.MaxValue);
            var values = PlaceMarks.Count(bytes, ref position, rows);
            var encoding = (PageEncoding)PlaceMarks.Count(bytes, ref position, byte.MaxValue);
            var valuesAt = PlaceMarks.Count(bytes, ref position, int.MaxValue);
            var textsAt = PlaceMarks.Count(bytes, ref position, int.MaxValue);
            var levels = PlaceMarks.Read(bytes, ref position, withSums: false);
            var marks = PlaceMarks.Read(bytes, ref position, withSums: encoding == PageEncoding.DeltaLengthByteArray);
            pages.Add(new PlacedValues(ReadPage(bytes, ref position, ref offset), row, rows, values, encoding, valuesAt, textsAt, levels, marks));
            row = checked(row + rows);
        }

        return new ChunkPlaces(entries, dictionary, entriesAt, [.. pages]);
    }

    /// <param name="target">Takes the description of a page.</param>
    /// <param name="head">Bytes of its head.</param>
    /// <param name="packed">Bytes in the file.</param>
    /// <param name="plain">Its bytes.</param>
    /// <param name="isStored">See <see cref="PlacedPage.IsStored"/>.</param>
    /// <param name="restarts">See <see cref="PlacedPage.Restarts"/>.</param>
    public static void WritePage(ByteBuffer target, int head, int packed, int plain, bool isStored, List<Restart> restarts)
    {
        target.AppendVarint((ulong)head);
        target.AppendVarint((ulong)packed);
        target.AppendVarint((ulong)plain << 1 | (isStored ? 1UL : 0));
        target.AppendVarint((ulong)restarts.Count);
        var last = default(Restart);
        foreach (var restart in restarts)
        {
            target.AppendVarint((ulong)(restart.Packed - last.Packed));
            target.AppendVarint((ulong)(restart.Plain - last.Plain));
            last = restart;
        }
    }

    private static PlacedPage ReadPage(ReadOnlySpan<byte> bytes, ref int position, ref int offset)
    {
        offset = checked(offset + PlaceMarks.Count(bytes, ref position, int.MaxValue));
        var packed = PlaceMarks.Count(bytes, ref position, int.MaxValue);
        var plain = PackedBits.Varint(bytes, ref position);
        var restarts = new Restart[PlaceMarks.Count(bytes, ref position)];
        var last = default(Restart);
        for (var i = 0; i < restarts.Length; i++)
        {
            last = new Restart(last.Packed + PlaceMarks.Count(bytes, ref position, packed), last.Plain + PlaceMarks.Count(bytes, ref position, PageHead.MaxPageBytes));
            restarts[i] = last;
        }

        if (plain >> 1 > PageHead.MaxPageBytes) throw new InvalidDataException("the places of the segment are damaged");
        var page = new PlacedPage(offset, packed, (int)(plain >> 1), (plain & 1) == 1, restarts);
        offset = checked(offset + packed);
        return page;
    }
}
