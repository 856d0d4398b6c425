using System.Buffers;
using System.Buffers.Binary;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>How the values of a page are written.</summary>
internal enum PageEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    Dictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>The values of a page that is in memory: those at some places, or the places of one.</summary>
/// <param name="type">What they are.</param>
/// <param name="encoding">How they are written.</param>
/// <param name="bytes">The page behind its levels.</param>
/// <param name="dictionary">The plain values of the column's dictionary; empty when it has none.</param>
internal readonly ref partial struct PageValues(PhysicalType type, PageEncoding encoding, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> dictionary)
{
    /// <summary>More values than one of so many differences are had sooner by taking out all of them.</summary>
    private const int ManyStep = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<byte> _dictionary = dictionary;

    /// <summary>Reads numbers as bits, and truths as 0 and 1.</summary>
    /// <param name="places">Among the values of the page, ascending.</param>
    /// <param name="target">One for each.</param>
    public void Numbers(ReadOnlySpan<int> places, Span<long> target)
    {
        switch (encoding)
        {
            case PageEncoding.Plain when type == PhysicalType.Boolean:
                for (var i = 0; i < places.Length; i++) target[i] = (_bytes[places[i] >> 3] >> (places[i] & 7)) & 1;
                break;
            case PageEncoding.Plain when type != PhysicalType.ByteArray:
                for (var i = 0; i < places.Length; i++) target[i] = Number(_bytes, places[i]);
                break;
            case PageEncoding.Dictionary or PageEncoding.PlainDictionary when type is PhysicalType.Int64 or PhysicalType.Double:
                Span<int> entries = new int[places.Length];
                Entries(places, entries);
                for (var i = 0; i < places.Length; i++) target[i] = Number(_dictionary, entries[i]);
                break;
            case PageEncoding.DeltaBinaryPacked when type == PhysicalType.Int64:
                Differences(places, target);
                break;
            case PageEncoding.ByteStreamSplit when type is PhysicalType.Int64 or PhysicalType.Double:
                var count = _bytes.Length / sizeof(long);
                for (var i = 0; i < places.Length; i++)
                {
                    ulong bits = 0;
                    for (var k = sizeof(long) - 1; k >= 0; k--) bits = bits << 8 | _bytes[k * count + places[i]];
                    target[i] = (long)bits;
                }

                break;
            default:
                throw Unknown();
        }
    }

    private void Differences(ReadOnlySpan<int> places, Span<long> target)
    {
        if (places.IsEmpty) return;
        if (places.Length * (long)ManyStep > places[^1])
        {
            var all = ArrayPool<long>.Shared.Rent(places[^1] + 1);
            new DeltaIntegers(_bytes).CopyTo(all.AsSpan(0, places[^1] + 1));
            for (var i = 0; i < places.Length; i++) target[i] = all[places[i]];
            ArrayPool<long>.Shared.Return(all);
            return;
        }

        var integers = new DeltaIntegers(_bytes);
        for (var i = 0; i < places.Length; i++)
        {
            integers.SkipTo(places[i]);
            target[i] = integers.Value;
        }
    }

    /// <summary>Reads texts or ids.</summary>
    /// <param name="places">Among the values of the page, ascending.</param>
    /// <param name="rows">The rows of the target they belong to.</param>
    /// <param name="target">Where they go.</param>
    public void Texts(ReadOnlySpan<int> places, ReadOnlySpan<int> rows, ColumnBuffer target)
    {
        switch (encoding)
        {
            case PageEncoding.Dictionary or PageEncoding.PlainDictionary:
                Span<int> entries = new int[places.Length];
                Entries(places, entries);
                var offsets = Offsets(_dictionary, entries);
                for (var i = 0; i < places.Length; i++) target.Set(rows[i], Text(_dictionary, offsets[entries[i]]));
                break;
            default:
                var texts = Texts();
                for (var i = 0; i < places.Length; i++) target.Set(rows[i], texts.At(places[i]));
                break;
        }
    }

    /// <summary>The texts of a page without codes.</summary>
    public TextWalk Texts() => encoding is PageEncoding.Plain or PageEncoding.DeltaLengthByteArray ? new TextWalk(_bytes, encoding == PageEncoding.Plain) : throw Unknown();

    /// <summary>Finds the places that have a text.</summary>
    /// <param name="wanted">The text or id.</param>
    /// <param name="count">Values of the page.</param>
    /// <param name="places">Gets the places, ascending.</param>
    public void Find(ReadOnlySpan<byte> wanted, int count, List<int> places)
    {
        switch (encoding)
        {
            case PageEncoding.Dictionary or PageEncoding.PlainDictionary:
                if (EntryOf(wanted) is var entry and >= 0) FindCodes([], entry, count, places);
                break;
            default:
                var texts = Texts();
                for (var place = 0; place < count; place++)
                    if (texts.At(place).SequenceEqual(wanted)) places.Add(place);
                break;
        }
    }

    private int EntryOf(ReadOnlySpan<byte> wanted)
    {
        // Most often the id is not there, and the bytes say so sooner than the entries.
        if (_dictionary.IndexOf(wanted) < 0) return -1;
        for (int entry = 0, position = 0; position < _dictionary.Length; entry++)
        {
            var text = Text(_dictionary, position);
            if (text.SequenceEqual(wanted)) return entry;
            position += sizeof(int) + text.Length;
        }

        return -1;
    }

    /// <summary>Reads the places in the dictionary of coded values.</summary>
    /// <param name="places">Among the values of the page, ascending.</param>
    /// <param name="entries">One for each.</param>
    public void Entries(ReadOnlySpan<int> places, Span<int> entries)
    {
        var width = Width();
        // One value in the dictionary takes no bits, and then there need be no runs.
        if (width == 0 && _bytes.Length == 1)
        {
            entries.Clear();
            return;
        }

        var runs = new HybridRuns(_bytes[1..], width);
        for (var i = 0; i < places.Length; i++)
        {
            while (runs.End <= places[i]) runs.Next();
            entries[i] = checked((int)runs.At(places[i]));
        }
    }

    private int Width() => _bytes[0] <= 32 ? _bytes[0] : throw new InvalidDataException("a page of the segment is damaged");

    /// <summary>Where the texts of a dictionary begin, as far as they are wanted.</summary>
    private static int[] Offsets(ReadOnlySpan<byte> dictionary, ReadOnlySpan<int> entries)
    {
        var last = -1;
        foreach (var entry in entries) last = Math.Max(last, entry);
        // Each takes at least the bytes of its length, so a wrong number ends before it takes memory.
        if (last >= dictionary.Length / sizeof(int)) throw new InvalidDataException("a page of the segment is damaged");
        var offsets = new int[last + 1];
        for (var i = 1; i < offsets.Length; i++) offsets[i] = offsets[i - 1] + sizeof(int) + Text(dictionary, offsets[i - 1]).Length;
        return offsets;
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> bytes, int position) =>
        bytes.Slice(position + sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(bytes[position..]));

    /// <summary>Texts one behind the other, each behind its length or all behind all lengths.</summary>
    public ref struct TextWalk
    {
        private readonly bool _isPlain;
        private readonly ReadOnlySpan<byte> _texts;
        private DeltaIntegers _lengths;
        private int _place;
        private int _position;

        internal TextWalk(ReadOnlySpan<byte> bytes, bool isPlain)
        {
            _isPlain = isPlain;
            _texts = bytes;
            if (isPlain) return;
            _lengths = new DeltaIntegers(bytes);
            var end = _lengths;
            _texts = bytes[end.End()..];
        }

        /// <summary>A text. Places are asked for in ascending order.</summary>
        public ReadOnlySpan<byte> At(int place)
        {
            if (_isPlain)
            {
                for (; _place < place; _place++) _position += sizeof(int) + Text(_texts, _position).Length;
                return Text(_texts, _position);
            }

            _lengths.MoveTo(place);
            return _texts.Slice(checked((int)_lengths.Sum), checked((int)_lengths.Value));
        }
    }

    private static long Number(ReadOnlySpan<byte> bytes, int place) => BinaryPrimitives.ReadInt64LittleEndian(bytes[(place * sizeof(long))..]);

    private InvalidDataException Unknown() => new($"the segment has pages of {type} in the encoding {encoding}");
}
