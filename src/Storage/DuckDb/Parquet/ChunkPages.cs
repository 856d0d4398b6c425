using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// The pages of one column in one row group, read whole and one at a time. Whatever is not as our own files are ends in one of
/// <see cref="ChunkReader.IsUnreadable"/>. Not thread-safe.
/// </summary>
internal sealed class ChunkPages : IDisposable
{
    /// <summary>Bytes of a page's head that are read at once.</summary>
    private const int MaxHeadBytes = 512;

    private readonly SafeFileHandle _file;
    private readonly ParquetColumn _column;
    private readonly ColumnChunk _chunk;
    private readonly List<(PageHead Head, long Offset, int FirstRow)> _pages = [];
    private readonly (PageHead Head, long Offset)? _dictionaryPage;
    private byte[] _dictionary = [];
    private int[] _places = [];

    /// <param name="file">The file.</param>
    /// <param name="column">The column.</param>
    /// <param name="chunk">Where it is.</param>
    public ChunkPages(SafeFileHandle file, ParquetColumn column, ColumnChunk chunk)
    {
        if (chunk.Codec is not (PageCodec.None or PageCodec.Lz4Raw)) throw new InvalidDataException("the segment is compressed in another way");
        (_file, _column, _chunk) = (file, column, chunk);
        var (position, end) = (chunk.Offset, chunk.Offset + chunk.Bytes);
        Span<byte> bytes = stackalloc byte[MaxHeadBytes];
        while (position < end)
        {
            var read = RandomAccess.Read(file, bytes[..(int)Math.Min(MaxHeadBytes, end - position)], position);
            var head = PageHead.Read(bytes[..read], end - position);
            var body = position + head.HeadBytes;
            if (head.Kind == PageHead.DictionaryPage) _dictionaryPage = (head, body);
            else if (head.Kind == PageHead.DataPage) Add(head, body);
            else throw new InvalidDataException("the segment has pages of another kind");
            position = body + head.Compressed;
        }
    }

    /// <summary>Rows of all pages.</summary>
    public int Rows { get; private set; }

    public int PageCount => _pages.Count;

    /// <summary>Texts of the dictionary.</summary>
    public int Entries { get; private set; }

    /// <summary>What the reader of the chunk knows of each text of the dictionary: a number, 0 at first.</summary>
    public int[] Marks { get; private set; } = [];

    /// <summary>For whom the marks are.</summary>
    public int MarkedFor { get; set; } = -1;

    /// <summary>The page that has a row.</summary>
    public int PageOf(int row)
    {
        var (low, high) = (0, _pages.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_pages[middle].FirstRow <= row) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>A text of the dictionary; valid once a page was decoded.</summary>
    public ReadOnlySpan<byte> Entry(int code) => _dictionary.AsSpan(_places[code] + sizeof(int), EntryBytes(code));

    public int EntryBytes(int code) => _places[code + 1] - _places[code] - sizeof(int);

    /// <summary>Reads a page.</summary>
    /// <param name="page">Its number.</param>
    /// <param name="convert">Makes the bits that are wanted of those that stand in the file.</param>
    public DecodedPage Decode(int page, Func<long, long>? convert)
    {
        ReadDictionary();
        var (head, offset, firstRow) = _pages[page];
        var bytes = Read(head, offset);
        try
        {
            return Decode(head, firstRow, ref bytes, convert);
        }
        finally
        {
            if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Dispose()
    {
        if (_dictionary.Length > 0) ArrayPool<byte>.Shared.Return(_dictionary);
        _dictionary = [];
    }

    private DecodedPage Decode(PageHead head, int firstRow, ref byte[] bytes, Func<long, long>? convert)
    {
        ReadOnlySpan<byte> page = bytes.AsSpan(0, head.Uncompressed);
        byte[]? present = null;
        var values = head.Values;
        if (_column.IsOptional)
        {
            var levels = page.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(page));
            page = page[(sizeof(int) + levels.Length)..];
            (present, values) = PageLevels.Read(levels, head.Values);
        }

        var from = head.Uncompressed - page.Length;
        var decoder = new PageDecoder(_column.Type, head.Encoding, page, _dictionary.AsSpan(0, _dictionaryPage?.Head.Uncompressed ?? 0));
        if (values == 0) return new DecodedPage(firstRow, head.Values, present);
        if (_column.Type != PhysicalType.ByteArray) return new DecodedPage(firstRow, head.Values, present) { Numbers = decoder.Numbers(values, convert) };
        if (head.Encoding is PageEncoding.Dictionary or PageEncoding.PlainDictionary) return new DecodedPage(firstRow, head.Values, present) { Codes = decoder.Codes(values, Entries) };
        // The texts stay where they are: the page keeps the bytes.
        var texts = bytes;
        var starts = decoder.Starts(values, texts, from);
        bytes = [];
        return new DecodedPage(firstRow, head.Values, present) { Texts = texts, Starts = starts };
    }

    private void Add(PageHead head, long offset)
    {
        _pages.Add((head, offset, Rows));
        Rows = checked(Rows + head.Values);
    }

    private void ReadDictionary()
    {
        if (_dictionary.Length > 0 || _dictionaryPage is not var (head, offset)) return;
        _dictionary = Read(head, offset);
        if (_column.Type != PhysicalType.ByteArray) return;
        var dictionary = _dictionary.AsSpan(0, head.Uncompressed);
        if (head.Values > dictionary.Length / sizeof(int)) throw new InvalidDataException("a page of the segment is damaged");
        _places = new int[head.Values + 1];
        Marks = new int[head.Values];
        Entries = head.Values;
        for (var i = 0; i < head.Values; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(dictionary[_places[i]..]);
            if ((uint)length > (uint)(dictionary.Length - _places[i] - sizeof(int))) throw new InvalidDataException("a page of the segment is damaged");
            _places[i + 1] = _places[i] + sizeof(int) + length;
        }
    }

    /// <summary>The bytes of a page, decompressed, in memory of the shared pool.</summary>
    private byte[] Read(PageHead head, long offset)
    {
        var packed = ArrayPool<byte>.Shared.Rent(Math.Max(head.Compressed, 1));
        for (var read = 0; read < head.Compressed;)
        {
            var more = RandomAccess.Read(_file, packed.AsSpan(read, head.Compressed - read), offset + read);
            if (more == 0) throw new InvalidDataException("the segment is cut off");
            read += more;
        }

        if (_chunk.Codec == PageCodec.None) return head.Compressed == head.Uncompressed ? packed : throw new InvalidDataException("a page of the segment is damaged");
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(head.Uncompressed, 1));
        Lz4Block.Decode(packed.AsSpan(0, head.Compressed), bytes.AsSpan(0, head.Uncompressed));
        ArrayPool<byte>.Shared.Return(packed);
        return bytes;
    }
}
