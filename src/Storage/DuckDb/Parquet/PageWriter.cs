using System.Buffers.Binary;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Writes the pages of column chunks one after another. Its buffers hold a page and are kept for the next one. Not thread-safe.
/// </summary>
/// <param name="file">Takes the pages.</param>
/// <param name="encoder">Compresses them.</param>
internal sealed class PageWriter(Stream file, IPageEncoder encoder)
{
    /// <summary>Pages that shrink by less than one part in so many are stored as they are: ids most of all, which are read faster so.</summary>
    private const int LeastGain = 32;

    /// <summary>
    /// Where at most one row in so many has a value, levels are runs of the rows without, and not compressed: sealing W2 takes a tenth less time, for 2 % more bytes.
    /// </summary>
    private const int FewShare = 64;

    private readonly ByteBuffer _packed = new();
    private readonly ByteBuffer _packedDictionary = new();
    private readonly ByteBuffer _head = new();
    private readonly ByteBuffer _places = new();
    private readonly PlaceMarks _levels = new();
    private readonly List<Restart> _restarts = [];
    private readonly List<Restart> _dictionaryRestarts = [];
    private int _pageValues;
    private int _valuesAt;

    /// <summary>Bytes at the beginning of the page in which no repetitions are looked for.</summary>
    private int _uniqueBytes;
    private int _textsAt;
    private bool _isStored;
    private ThriftWriter? _header;
    private PageCodec? _codec;

    /// <summary>The page that was begun: values are appended to it.</summary>
    public ByteBuffer Page { get; } = new();

    /// <summary>Takes the marks of the values of the page that was begun.</summary>
    public PlaceMarks Marks { get; } = new();

    /// <summary>Where the values of this chunk are.</summary>
    public byte[] Places => _places.Written.ToArray();

    /// <summary>How the pages of this chunk are compressed.</summary>
    public PageCodec Codec => _codec ?? encoder.Codec;

    /// <summary>Bytes of this chunk so far.</summary>
    public int Bytes { get; private set; }

    /// <summary>Bytes of the dictionary's page of this chunk.</summary>
    public int DictionaryBytes { get; private set; }

    /// <summary>Bytes of this chunk so far, before they were compressed.</summary>
    public long PlainBytes { get; private set; }

    /// <summary>What follows belongs to another chunk.</summary>
    public void BeginChunk()
    {
        (_codec, Bytes, DictionaryBytes, PlainBytes) = (null, 0, 0, 0);
        _places.Clear();
    }

    /// <summary>Begins a page with its levels.</summary>
    public void Begin(RowPresence rows)
    {
        Page.Clear();
        _levels.Clear();
        Marks.Clear();
        (_pageValues, _textsAt) = (rows.Values, 0);
        Page.AppendInt32(0);
        var areFew = rows.Values <= rows.Rows / FewShare;
        if (rows.Values == 0 || rows.Values == rows.Rows) PackedWriter.Run(Page, rows.Rows, rows.Values == 0 ? 0 : 1);
        else if (areFew) PackedWriter.FewLevels(Page, rows.Bits, rows.Rows, _levels);
        else PackedWriter.Levels(Page, rows.Bits, rows.Rows, _levels);
        _valuesAt = Page.Length;
        _uniqueBytes = areFew ? _valuesAt : 0;
        Page.SetInt32(0, Page.Length - sizeof(int));
    }

    /// <summary>What follows are the texts whose lengths were appended.</summary>
    public void BeginTexts() => _textsAt = Page.Length;

    /// <summary>Writes the page.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="encoding">How its values were appended.</param>
    /// <param name="dictionary">The dictionary of the chunk, which has this one page; empty when there is none.</param>
    /// <param name="entries">Values of the dictionary.</param>
    /// <param name="areTexts">Whether they are texts.</param>
    public void End(int rows, PageEncoding encoding, ReadOnlySpan<byte> dictionary = default, int entries = 0, bool areTexts = false)
    {
        Compress(dictionary);
        if (Bytes == 0) _places.AppendVarint((ulong)entries);
        if (entries > 0)
        {
            WriteDictionary(dictionary, entries);
            if (areTexts) WriteEntries(dictionary, entries);
            else _places.AppendVarint(0);
            DictionaryBytes = Bytes;
        }

        var body = Codec == PageCodec.None ? Page.Written : _packed.Written;
        var header = Head(0, Page.Length, body.Length);
        header.Begin(5);
        header.Int(1, rows);
        header.Int(2, (int)encoding);
        header.Int(3, ChunkDescription.LevelEncoding);
        header.Int(4, ChunkDescription.LevelEncoding);
        header.End();
        _places.AppendVarint((ulong)rows);
        _places.AppendVarint((ulong)_pageValues);
        _places.AppendVarint((ulong)encoding);
        _places.AppendVarint((ulong)_valuesAt);
        _places.AppendVarint((ulong)_textsAt);
        _levels.WriteTo(_places, withSums: false);
        Marks.WriteTo(_places, withSums: encoding == PageEncoding.DeltaLengthByteArray);
        Write(header, body, Page.Length, _isStored, _restarts);
    }

    private void WriteDictionary(ReadOnlySpan<byte> dictionary, int entries)
    {
        var body = Codec == PageCodec.None ? dictionary : _packedDictionary.Written;
        var header = Head(2, dictionary.Length, body.Length);
        header.Begin(7);
        header.Int(1, entries);
        header.Int(2, (int)PageEncoding.Plain);
        header.End();
        Write(header, body, dictionary.Length, isStored: false, _dictionaryRestarts);
    }

    private void WriteEntries(ReadOnlySpan<byte> dictionary, int entries)
    {
        _places.AppendVarint((ulong)((entries - 1) / ChunkPlaces.EntrySpacing));
        var (place, last) = (0, 0);
        for (var i = 0; i < entries; i++)
        {
            if (i > 0 && i % ChunkPlaces.EntrySpacing == 0)
            {
                _places.AppendVarint((ulong)(place - last));
                last = place;
            }

            place += sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(dictionary[place..]);
        }
    }

    /// <summary>All pages of a chunk are compressed or none: the first ones decide.</summary>
    private void Compress(ReadOnlySpan<byte> dictionary)
    {
        _restarts.Clear();
        _dictionaryRestarts.Clear();
        _isStored = false;
        if (_codec == PageCodec.None) return;
        _packed.Clear();
        _packedDictionary.Clear();
        encoder.Encode(Page.Written, _uniqueBytes, _packed, _restarts);
        if (!dictionary.IsEmpty) encoder.Encode(dictionary, 0, _packedDictionary, _dictionaryRestarts);
        var plain = (long)Page.Length + dictionary.Length;
        _codec ??= (long)_packed.Length + _packedDictionary.Length > plain - plain / LeastGain ? PageCodec.None : encoder.Codec;
        // Where only the dictionary shrinks, the places in it are found sooner when they stand as they are.
        if (_codec != PageCodec.Lz4Raw || _packed.Length <= Page.Length - Page.Length / LeastGain) return;
        _restarts.Clear();
        _packed.Clear();
        Lz4Encoder.Store(Page.Written, _packed);
        _isStored = true;
    }

    private ThriftWriter Head(int type, int plainBytes, int bytes)
    {
        _head.Clear();
        var header = _header ??= new ThriftWriter(_head);
        header.Begin();
        header.Int(1, type);
        header.Int(2, plainBytes);
        header.Int(3, bytes);
        return header;
    }

    private void Write(ThriftWriter header, ReadOnlySpan<byte> body, int plainBytes, bool isStored, List<Restart> restarts)
    {
        header.End();
        file.Write(_head.Written);
        file.Write(body);
        ChunkPlaces.WritePage(_places, _head.Length, body.Length, plainBytes, isStored || Codec == PageCodec.None, Codec == PageCodec.None ? [] : restarts);
        Bytes = checked(Bytes + _head.Length + body.Length);
        PlainBytes += _head.Length + plainBytes;
    }
}
