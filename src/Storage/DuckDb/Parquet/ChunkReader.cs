using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Reads single values out of one column of one row group. The engine decodes, for a few rows, every page into its vectors, checks its
/// dictionary and asks its statistics: 0.3 ms of CPU for each column; this decompresses the page and looks where the values are.
/// Whatever is not as our own files are throws one of <see cref="IsUnreadable"/>, and the caller asks the engine.
/// </summary>
internal sealed partial class ChunkReader : IColumnValues
{
    private readonly ParquetColumn _column;
    private readonly ColumnChunk _chunk;
    private readonly byte[] _bytes;
    private byte[] _dictionary = [];
    private byte[] _page = [];
    private int _position;

    /// <param name="file">The file.</param>
    /// <param name="column">The column.</param>
    /// <param name="chunk">Where it is.</param>
    public ChunkReader(SafeFileHandle file, ParquetColumn column, ColumnChunk chunk)
    {
        if (chunk.Codec is not (PageCodec.None or PageCodec.Lz4Raw)) throw new InvalidDataException("the segment is compressed in another way");
        (_column, _chunk) = (column, chunk);
        _bytes = ArrayPool<byte>.Shared.Rent(chunk.Bytes);
        for (var read = 0; read < chunk.Bytes;)
        {
            var more = RandomAccess.Read(file, _bytes.AsSpan(read, chunk.Bytes - read), chunk.Offset + read);
            if (more == 0) throw new InvalidDataException("the segment is cut off");
            read += more;
        }
    }

    private delegate void PageUse(int firstRow, int rows, ReadOnlySpan<byte> levels, PageValues values);

    /// <summary>Looks at the plain values of the dictionary; false when pages that refer to it need not be read.</summary>
    private delegate bool DictionaryUse(ReadOnlySpan<byte> dictionary);

    /// <summary>What a damaged or unknown file ends in.</summary>
    public static bool IsUnreadable(Exception e) =>
        e is InvalidDataException or ArgumentException or IndexOutOfRangeException or OverflowException or IOException;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        if (_dictionary.Length > 0) ArrayPool<byte>.Shared.Return(_dictionary);
        if (_page.Length > 0) ArrayPool<byte>.Shared.Return(_page);
    }

    /// <summary>Reads the values at rows into a column.</summary>
    /// <param name="rows">Rows of the group, ascending.</param>
    /// <param name="target">Where they go; rows without a value are left out.</param>
    /// <param name="firstTarget">The row of the target for the first of them; the others follow.</param>
    /// <param name="convert">Makes the bits that are stored in the target of those that stand in the file.</param>
    public void Read(int[] rows, ColumnBuffer target, int firstTarget, Func<long, long>? convert = null)
    {
        ForSome(rows, (places, which, values) =>
        {
            if (_column.Type == PhysicalType.ByteArray)
            {
                Span<int> targets = new int[which.Length];
                for (var i = 0; i < targets.Length; i++) targets[i] = firstTarget + which[i];
                values.Texts(places, targets, target);
                return;
            }

            Span<long> numbers = new long[places.Length];
            values.Numbers(places, numbers);
            for (var i = 0; i < numbers.Length; i++) target.Set(firstTarget + which[i], convert is null ? numbers[i] : convert(numbers[i]));
        });
    }

    /// <summary>The rows of the group that have a text or id, ascending.</summary>
    public List<int> Find(byte[] wanted)
    {
        if (_column.Type != PhysicalType.ByteArray) throw new InvalidDataException("the column holds no ids");
        var rows = new List<int>();
        var places = new List<int>();
        ForEachPage((firstRow, count, levels, values) =>
        {
            places.Clear();
            values.Find(wanted, _column.IsOptional ? LevelCursor.Count(levels, count) : count, places);
            RowsOf(places, firstRow, levels, rows);
        });
        return rows;
    }

    public List<int> Find(RowTest test)
    {
        var (rows, places) = (new List<int>(), new List<int>());
        bool[] passing = [];
        ForEachPage((firstRow, count, levels, values) =>
        {
            places.Clear();
            values.Find(test, passing, _column.IsOptional ? LevelCursor.Count(levels, count) : count, places);
            RowsOf(places, firstRow, levels, rows);
        }, dictionary => (passing = PageValues.Passing(_column.Type, dictionary, test)).Contains(true));
        return rows;
    }

    public List<int> Keep(List<int> rows, RowTest test)
    {
        var (kept, places, which, next) = (new List<int>(), new int[rows.Count], new int[rows.Count], 0);
        bool[] passing = [];
        ForEachPage((firstRow, count, levels, values) =>
        {
            var first = next;
            while (next < rows.Count && rows[next] < firstRow + count) next++;
            if (next == first) return;
            var found = Places(CollectionsMarshal.AsSpan(rows)[first..next], firstRow, levels, places, which);
            Span<bool> passes = new bool[found];
            values.Test(places.AsSpan(0, found), test, passing, passes);
            for (var i = 0; i < found; i++)
                if (passes[i]) kept.Add(rows[first + which[i]]);
        }, dictionary => (passing = PageValues.Passing(_column.Type, dictionary, test)).Contains(true));
        return kept;
    }

    private void ForEachPage(PageUse use, DictionaryUse? begin = null)
    {
        var (row, isWanted) = (0, true);
        var dictionary = ReadOnlySpan<byte>.Empty;
        for (_position = 0; _position < _chunk.Bytes;)
        {
            var head = PageHead.Read(_bytes.AsSpan(_position, _chunk.Bytes - _position), _chunk.Bytes - _position);
            _position += head.HeadBytes;
            if (head.Kind == PageHead.DictionaryPage)
            {
                dictionary = Decompress(head, ref _dictionary);
                isWanted = begin is null || begin(dictionary);
                continue;
            }

            if (head.Kind != PageHead.DataPage) throw new InvalidDataException("the segment has pages of another kind");
            if (!isWanted && head.Encoding is (PageEncoding.Dictionary or PageEncoding.PlainDictionary))
            {
                _position += head.Compressed;
                row += head.Values;
                continue;
            }

            var page = Decompress(head, ref _page);
            var levels = ReadOnlySpan<byte>.Empty;
            if (_column.IsOptional)
            {
                levels = page.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(page));
                page = page[(sizeof(int) + levels.Length)..];
            }

            use(row, head.Values, levels, new PageValues(_column.Type, head.Encoding, page, dictionary));
            row += head.Values;
        }
    }

    /// <summary>The bytes of a page, where they stand in the file as they are, else decompressed into memory that grows as needed.</summary>
    private ReadOnlySpan<byte> Decompress(PageHead head, ref byte[] target)
    {
        ReadOnlySpan<byte> source = _bytes.AsSpan(_position, head.Compressed);
        _position += head.Compressed;
        if (_chunk.Codec == PageCodec.None) return head.Compressed == head.Uncompressed ? source : throw new InvalidDataException("a page of the segment is damaged");
        if (Lz4Block.IsStored(source, head.Uncompressed)) return source[^head.Uncompressed..];
        if (target.Length < head.Uncompressed)
        {
            if (target.Length > 0) ArrayPool<byte>.Shared.Return(target);
            target = []; // where there is no memory for another, this one is not given back twice
            target = ArrayPool<byte>.Shared.Rent(head.Uncompressed);
        }

        Lz4Block.Decode(source, target.AsSpan(0, head.Uncompressed));
        return target.AsSpan(0, head.Uncompressed);
    }

    /// <summary>Where the values of rows stand among those of the page, and which of the rows have one. Returns how many do.</summary>
    private int Places(ReadOnlySpan<int> rows, int firstRow, ReadOnlySpan<byte> levels, int[] places, int[] which)
    {
        var cursor = new LevelCursor(levels);
        var found = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var place = _column.IsOptional ? cursor.PlaceOf(rows[i] - firstRow) : rows[i] - firstRow;
            if (place >= 0) (places[found], which[found++]) = (place, i);
        }

        return found;
    }

    private void RowsOf(List<int> places, int firstRow, ReadOnlySpan<byte> levels, List<int> rows)
    {
        var cursor = new LevelCursor(levels);
        foreach (var place in places) rows.Add(firstRow + (_column.IsOptional ? cursor.RowOf(place) : place));
    }
}
