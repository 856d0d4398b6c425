using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Parquet;

/// <summary>Which values of a page may pass a test.</summary>
internal readonly ref partial struct PageValues
{
    /// <summary>Codes of more bits are unpacked one at a time: eight of these fit into a word.</summary>
    private const int MaxPackedWidth = 8;

    /// <summary>For each value of a dictionary, whether it may pass a test; empty when none does.</summary>
    /// <param name="type">What they are.</param>
    /// <param name="dictionary">The plain values.</param>
    /// <param name="test">The test.</param>
    public static bool[] Passing(PhysicalType type, ReadOnlySpan<byte> dictionary, RowTest test)
    {
        if (type != PhysicalType.ByteArray)
        {
            var numbers = MemoryMarshal.Cast<byte, long>(dictionary);
            var some = new bool[numbers.Length];
            for (var i = 0; i < some.Length; i++) some[i] = test.MayPass(numbers[i]);
            return some;
        }

        // Most often the text is not there, and the bytes say so sooner than the entries.
        if (test.Part is { } part && dictionary.IndexOf(part) < 0) return [];
        var passing = new List<bool>();
        for (var position = 0; position < dictionary.Length;)
        {
            var text = Text(dictionary, position);
            passing.Add(test.Only is { } only ? text.Length == only.Length && text.SequenceEqual(only) : test.MayPass(text));
            position += sizeof(int) + text.Length;
        }

        return [.. passing];
    }

    /// <summary>Finds the places whose values may pass a test.</summary>
    /// <param name="test">The test.</param>
    /// <param name="passing">What <see cref="Passing"/> said of the dictionary.</param>
    /// <param name="count">Values of the page.</param>
    /// <param name="places">Gets the places, ascending.</param>
    public void Find(RowTest test, bool[] passing, int count, List<int> places)
    {
        if (encoding is PageEncoding.Dictionary or PageEncoding.PlainDictionary) FindCodes(passing, count, places);
        else if (type == PhysicalType.ByteArray) FindTexts(test, count, places);
        else FindNumbers(test, count, places);
    }

    /// <summary>Tests values.</summary>
    /// <param name="places">Among the values of the page, ascending.</param>
    /// <param name="test">The test.</param>
    /// <param name="passing">What <see cref="Passing"/> said of the dictionary.</param>
    /// <param name="target">Gets false for those that do not pass.</param>
    public void Test(ReadOnlySpan<int> places, RowTest test, bool[] passing, Span<bool> target)
    {
        if (encoding is PageEncoding.Dictionary or PageEncoding.PlainDictionary)
        {
            Span<int> entries = new int[places.Length];
            Entries(places, entries);
            for (var i = 0; i < places.Length; i++) target[i] = passing[entries[i]];
        }
        else if (type != PhysicalType.ByteArray)
        {
            Span<long> numbers = new long[places.Length];
            Numbers(places, numbers);
            for (var i = 0; i < places.Length; i++) target[i] = test.MayPass(numbers[i]);
        }
        else
        {
            var texts = Texts();
            for (var i = 0; i < places.Length; i++) target[i] = test.MayPass(texts.At(places[i]));
        }
    }

    private void FindCodes(bool[] passing, int count, List<int> places)
    {
        var (first, last) = (Array.IndexOf(passing, true), Array.LastIndexOf(passing, true));
        if (first >= 0) FindCodes(passing, first == last ? first : -1, count, places);
    }

    /// <param name="passing">The codes that pass.</param>
    /// <param name="only">The one that passes; negative for several.</param>
    /// <param name="count">Values of the page.</param>
    /// <param name="places">Gets the places, ascending.</param>
    private void FindCodes(bool[] passing, int only, int count, List<int> places)
    {
        var width = Width();
        // One value in the dictionary takes no bits, and then there need be no runs.
        if (width == 0 && _bytes.Length == 1)
        {
            AddAll(only < 0 ? passing[0] : only == 0, 0, count, places);
            return;
        }

        var runs = new HybridRuns(_bytes[1..], width);
        while (runs.End < count)
        {
            runs.Next();
            var end = Math.Min(runs.End, count);
            if (runs.IsRepeated) AddAll(only < 0 ? passing[runs.Value] : runs.Value == (ulong)only, runs.Start, end, places);
            else if (only >= 0) PackedSearch.Find(runs.Packed, width, (ulong)only, runs.Start, end, places);
            else FindPacked(passing, runs.Packed, width, runs.Start, end, places);
        }
    }

    private static void FindPacked(bool[] passing, ReadOnlySpan<byte> packed, int width, int place, int end, List<int> places)
    {
        var mask = (1UL << width) - 1;
        var bit = 0L;
        if (width is > 0 and <= MaxPackedWidth)
        {
            for (var at = 0; place + 8 <= end && at + sizeof(ulong) <= packed.Length; at += width, bit += 8 * width)
            {
                var eight = BinaryPrimitives.ReadUInt64LittleEndian(packed[at..]);
                for (var i = 0; i < 8; i++, place++, eight >>= width)
                    if (passing[eight & mask]) places.Add(place);
            }
        }

        // There are eight bytes from where each of these starts.
        var whole = packed.Length < sizeof(ulong) ? place : (int)Math.Min(end, place + ((packed.Length - sizeof(ulong)) * 8L - bit) / Math.Max(1, width));
        for (; place < whole; place++, bit += width)
            if (passing[PackedBits.Word(packed, bit) & mask]) places.Add(place);
        for (; place < end; place++, bit += width)
            if (passing[PackedBits.At(packed, bit, width)]) places.Add(place);
    }

    private static void AddAll(bool passes, int first, int end, List<int> places)
    {
        if (!passes) return;
        for (; first < end; first++) places.Add(first);
    }

    private void FindNumbers(RowTest test, int count, List<int> places)
    {
        var numbers = new PageDecoder(type, encoding, _bytes, _dictionary).Numbers(count, null);
        for (var place = 0; place < count; place++)
            if (test.MayPass(numbers[place])) places.Add(place);
        ArrayPool<long>.Shared.Return(numbers);
    }

    private void FindTexts(RowTest test, int count, List<int> places)
    {
        if (encoding != PageEncoding.DeltaLengthByteArray)
        {
            var plain = Texts();
            for (var place = 0; place < count; place++)
                if (test.MayPass(plain.At(place))) places.Add(place);
            return;
        }

        var ends = new DeltaIntegers(_bytes);
        var texts = _bytes[ends.End()..];
        if (test.Part is { } wanted && texts.IndexOf(wanted) < 0) return;
        var lengths = new PageDecoder(PhysicalType.Int64, PageEncoding.DeltaBinaryPacked, _bytes, []).Numbers(count, null);
        if (test.Part is { } part) FindPart(test, part, texts, lengths.AsSpan(0, count), places);
        else FindEach(test, texts, lengths.AsSpan(0, count), places);
        ArrayPool<long>.Shared.Return(lengths);
    }

    private static void FindEach(RowTest test, ReadOnlySpan<byte> texts, ReadOnlySpan<long> lengths, List<int> places)
    {
        var position = 0;
        for (var place = 0; place < lengths.Length; place++)
        {
            var text = texts.Slice(position, checked((int)lengths[place]));
            if (test.MayPass(text)) places.Add(place);
            position += text.Length;
        }
    }

    /// <summary>Looks for the part in all texts at once: of where it is nowhere, not one is taken apart.</summary>
    private static void FindPart(RowTest test, ReadOnlySpan<byte> part, ReadOnlySpan<byte> texts, ReadOnlySpan<long> lengths, List<int> places)
    {
        var (place, start) = (0, 0L); // a text, and where it begins
        for (var from = 0; from < texts.Length;)
        {
            var next = texts[from..].IndexOf(part);
            if (next < 0) return;
            from += next;
            for (; start + lengths[place] <= from; place++) start += lengths[place];
            if (test.MayPass(texts.Slice((int)start, checked((int)lengths[place]))))
            {
                places.Add(place);
                from = (int)(start + lengths[place]);
            }
            else
            {
                from++; // in a text that does not pass, or from one into the next
            }
        }
    }
}
