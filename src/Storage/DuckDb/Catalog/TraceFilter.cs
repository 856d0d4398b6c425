using System.Buffers.Binary;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>
/// Says of a trace id "not here" or "perhaps here" (about one in a thousand wrongly). A blocked Bloom filter: an id sets one bit in each of
/// the eight words of one block of 32 bytes, so a look-up touches one cache line.
/// </summary>
internal sealed class TraceFilter
{
    /// <summary>Bits for each distinct id.</summary>
    private const int BitsPerId = 16;
    private const int WordsPerBlock = 8;
    private const int BlockBits = WordsPerBlock * 32;

    /// <summary>A filter never takes more; with more ids it errs more often, and never on the side of "not here".</summary>
    private const int MaxBytes = 4 << 20;

    private static ReadOnlySpan<uint> Salts =>
        [0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31];

    private readonly uint[] _words;

    /// <param name="ids">How many distinct ids it is made for.</param>
    public TraceFilter(long ids)
    {
        var blocks = Math.Clamp((ids * BitsPerId + BlockBits - 1) / BlockBits, 1, MaxBytes * 8L / BlockBits);
        _words = new uint[blocks * WordsPerBlock];
    }

    private TraceFilter(uint[] words) => _words = words;

    /// <summary>A filter of keys.</summary>
    public static TraceFilter Of(HashSet<ulong> keys)
    {
        var filter = new TraceFilter(keys.Count);
        foreach (var key in keys) filter.Add(key);
        return filter;
    }

    /// <summary>Size in bytes.</summary>
    public int Bytes => _words.Length * sizeof(uint);

    /// <summary>Adds an id by its key; false when it was (or seems to have been) there already.</summary>
    public bool Add(ulong key)
    {
        var block = Block(key);
        var added = 0u;
        for (var i = 0; i < WordsPerBlock; i++)
        {
            var bit = Bit(key, i);
            added |= ~block[i] & bit;
            block[i] |= bit;
        }

        return added != 0;
    }

    /// <summary>False when no id of that key was added.</summary>
    public bool MayContain(ulong key)
    {
        var block = Block(key);
        for (var i = 0; i < WordsPerBlock; i++)
            if ((block[i] & Bit(key, i)) == 0) return false;
        return true;
    }

    /// <summary>Writes the filter in little-endian words.</summary>
    public void WriteTo(Span<byte> target)
    {
        for (var i = 0; i < _words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(target[(i * sizeof(uint))..], _words[i]);
    }

    /// <exception cref="InvalidDataException">The bytes are no filter.</exception>
    public static TraceFilter Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxBytes || bytes.Length % (WordsPerBlock * sizeof(uint)) != 0)
            throw new InvalidDataException($"{bytes.Length} bytes are no trace filter");
        var words = new uint[bytes.Length / sizeof(uint)];
        for (var i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        return new TraceFilter(words);
    }

    /// <summary>The key of an id that is stored as bytes. It stands in files, so it never changes.</summary>
    public static ulong KeyOf(ReadOnlySpan<byte> id) => Hash(id, 0x9E3779B97F4A7C15);

    /// <summary>The key of an id that is a text (UTF-8): lower-case hex has the key of its bytes, because queries see these as the same.</summary>
    public static ulong KeyOfText(ReadOnlySpan<byte> text)
    {
        Span<byte> id = stackalloc byte[64];
        return TryParseHex(text, id, out var length) ? KeyOf(id[..length]) : Hash(text, 0xC2B2AE3D27D4EB4F);
    }

    /// <summary>Reads lower-case hex; false for every other text, and for one longer than the target.</summary>
    public static bool TryParseHex(ReadOnlySpan<byte> text, Span<byte> target, out int length)
    {
        length = text.Length / 2;
        if (text.Length % 2 != 0 || length > target.Length) return false;
        for (var i = 0; i < text.Length; i++)
        {
            var digit = text[i] switch { >= (byte)'0' and <= (byte)'9' => text[i] - '0', >= (byte)'a' and <= (byte)'f' => text[i] - 'a' + 10, _ => -1 };
            if (digit < 0) return false;
            target[i / 2] = (byte)(i % 2 == 0 ? digit << 4 : target[i / 2] | digit);
        }

        return true;
    }

    private Span<uint> Block(ulong key)
    {
        var block = (int)((key >> 32) * (ulong)(_words.Length / WordsPerBlock) >> 32);
        return _words.AsSpan(block * WordsPerBlock, WordsPerBlock);
    }

    private static uint Bit(ulong key, int word) => 1u << (int)((uint)key * Salts[word] >> 27);

    private static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = seed ^ (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (var i = 0; i < bytes.Length; i++) rest |= (ulong)bytes[i] << (8 * i);
        return Fold(hash ^ rest);
    }

    private static ulong Fold(ulong value)
    {
        var high = Math.BigMul(value, 0xD6E8FEB86659FD93, out var low);
        return high ^ low;
    }
}

/// <summary>
/// The filter of a tier that grows: one thread adds, others look up. It is a row of filters, each twice the size of the one before, so that
/// it takes what the ids that came need and nothing is built twice.
/// </summary>
internal sealed class GrowingTraceFilter
{
    private const int FirstIds = 4_096;

    private TraceFilter[] _filters = [];
    private long _room;
    private volatile bool _takesAll;

    /// <summary>Size in bytes.</summary>
    public long Bytes => Volatile.Read(ref _filters).Sum(f => (long)f.Bytes);

    /// <summary>Adds the traces of a batch.</summary>
    public void Add(EventBatch batch)
    {
        foreach (var column in batch.Columns)
        {
            if (column.Name != WellKnownColumns.TraceId) continue;
            // A number as trace id is seen as text; the filter knows only what is stored as one.
            if (column.Type is not (StorageType.String or StorageType.Id)) _takesAll = true;
            else Add(column);
        }
    }

    /// <summary>False when no id of that key was added. An id that was added before the caller learned of it is always found.</summary>
    public bool MayContain(ulong key)
    {
        if (_takesAll) return true;
        foreach (var filter in Volatile.Read(ref _filters))
            if (filter.MayContain(key)) return true;
        return false;
    }

    private void Add(BatchColumn column)
    {
        var heap = column.Heap;
        var last = new HeapSlice(-1, 0);
        foreach (var slice in column.Slices)
        {
            if (slice == last) continue;
            last = slice;
            var id = heap.Slice(slice.Offset, slice.Length);
            Add(column.Type == StorageType.Id ? TraceFilter.KeyOf(id) : TraceFilter.KeyOfText(id));
        }
    }

    private void Add(ulong key)
    {
        if (MayContain(key)) return;
        if (_room == 0)
        {
            _room = (long)FirstIds << Math.Min(_filters.Length, 20);
            Volatile.Write(ref _filters, [.. _filters, new TraceFilter(_room)]);
        }

        _filters[^1].Add(key);
        _room--;
    }
}
