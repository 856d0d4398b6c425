using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Parquet;

/// <summary>Writes integers in few bits: runs and packed numbers (levels, places in a dictionary), and packed differences.</summary>
internal static class PackedWriter
{
    /// <summary>Integers of a block of differences, and of each part of it that has a width of its own.</summary>
    private const int BlockValues = 128;

    private const int PartValues = 32;

    /// <summary>Runs begin and end at multiples of so many numbers: readers unpack that many at once, and what is left over one by one.</summary>
    private const int Unit = 32;

    /// <summary>A run of fewer equal numbers is packed with its neighbours: shorter ones save few bytes and slow readers down.</summary>
    private const int MinRun = 64;

    /// <summary>Bytes without a level that are a run of their own among few: it takes two bytes, and the stretch behind it one.</summary>
    private const int MinGapBytes = 5;

    /// <summary>
    /// Places of a stretch. A reader that stops inside a byte, as it does where rows have no value, unpacks the rest of the stretch one by one.
    /// </summary>
    private const int StretchValues = 256;

    /// <summary>Bytes of a stretch of levels: one that goes on has marks between its parts.</summary>
    private const int LevelStretchBytes = PlaceMark.Spacing / 8;

    /// <summary>Levels of one bit, as runs of equal ones and stretches of others.</summary>
    /// <param name="target">Takes them.</param>
    /// <param name="bits">The levels, lowest bit first; those behind the last are 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="marks">Told where runs and stretches begin.</param>
    public static void Levels(ByteBuffer target, ReadOnlySpan<byte> bits, int count, PlaceMarks marks)
    {
        var (start, ones) = (target.Length, 0L);
        var words = MemoryMarshal.Cast<byte, uint>(bits[..(count / Unit * (Unit / 8))]);
        var (place, packed) = (0, 0);
        while (place < words.Length)
        {
            var kind = words[place];
            if (kind is not (0 or uint.MaxValue))
            {
                place++;
                continue;
            }

            var next = words[place..].IndexOfAnyExcept(kind);
            var end = next < 0 ? words.Length : place + next;
            if (end - place >= MinRun / Unit)
            {
                LevelStretches(target, bits[(packed * sizeof(uint))..(place * sizeof(uint))], packed * Unit, start, ref ones, marks);
                if (marks.IsDue(place * Unit)) marks.Add(new PlaceMark(place * Unit, target.Length - start, ones, 0));
                Run(target, (end - place) * Unit, (int)(kind & 1));
                if (kind != 0) ones += (end - place) * Unit;
                packed = end;
            }

            place = end;
        }

        LevelStretches(target, bits[(packed * sizeof(uint))..((count + 7) / 8)], packed * Unit, start, ref ones, marks);
    }

    /// <summary>
    /// Levels of one bit of which few are 1, by bytes: runs of zeros, and what is between them. That is hardly more than compression makes of the bits, in a
    /// fraction of its time.
    /// </summary>
    /// <inheritdoc cref="Levels"/>
    public static void FewLevels(ByteBuffer target, ReadOnlySpan<byte> bits, int count, PlaceMarks marks)
    {
        var (start, ones) = (target.Length, 0L);
        bits = bits[..((count + 7) / 8)];
        for (var place = 0; place < bits.Length;)
        {
            var next = bits[place..].IndexOfAnyExcept((byte)0);
            var first = next < 0 ? bits.Length : place + next;
            if (first > place)
            {
                if (marks.IsDue(place * 8)) marks.Add(new PlaceMark(place * 8, target.Length - start, ones, 0));
                Run(target, Math.Min(first * 8, count) - place * 8, 0);
            }

            place = first;
            while (place < bits.Length && !IsGap(bits[place..])) place++;
            LevelStretches(target, bits[first..place], first * 8, start, ref ones, marks);
        }
    }

    /// <summary>True where so many bytes without a level begin that a run of them takes less, or none but these follow.</summary>
    private static bool IsGap(ReadOnlySpan<byte> bits) => bits.Length >= MinGapBytes ? bits[..MinGapBytes].IndexOfAnyExcept((byte)0) < 0 : bits.IndexOfAnyExcept((byte)0) < 0;

    private static void LevelStretches(ByteBuffer target, ReadOnlySpan<byte> bits, int first, int start, ref long ones, PlaceMarks marks)
    {
        while (!bits.IsEmpty)
        {
            if (marks.IsDue(first)) marks.Add(new PlaceMark(first, target.Length - start, ones, 0));
            var stretch = bits[..Math.Min(bits.Length, LevelStretchBytes)];
            Stretch(target, stretch);
            ones += PackedBits.CountOnes(stretch, stretch.Length * 8);
            first += stretch.Length * 8;
            bits = bits[stretch.Length..];
        }
    }

    /// <summary>A run of one level.</summary>
    public static void Run(ByteBuffer target, int count, int level)
    {
        target.AppendVarint((ulong)count << 1);
        target.AppendByte(level);
    }

    /// <summary>Places in a dictionary.</summary>
    /// <param name="target">Takes them.</param>
    /// <param name="values">The places.</param>
    /// <param name="width">Bits of each, 1 to 31.</param>
    /// <param name="marks">Told where runs and stretches begin.</param>
    public static void Indexes(ByteBuffer target, ReadOnlySpan<int> values, int width, PlaceMarks marks)
    {
        var (place, packed, start) = (0, 0, target.Length);
        while (place < values.Length)
        {
            var next = values[place..].IndexOfAnyExcept(values[place]);
            var end = next < 0 ? values.Length : place + next / Unit * Unit;
            if (end - place < MinRun)
            {
                place = Math.Min(place + Unit, values.Length);
                continue;
            }

            Stretches(target, values[packed..place], width, packed, start, marks);
            if (marks.IsDue(place)) marks.Add(new PlaceMark(place, target.Length - start, 0, 0));
            target.AppendVarint((ulong)(end - place) << 1);
            for (var shift = 0; shift < width; shift += 8) target.AppendByte(values[place] >> shift);
            place = packed = end;
        }

        Stretches(target, values[packed..], width, packed, start, marks);
    }

    /// <summary>Integers as differences to the one before, packed by blocks.</summary>
    /// <param name="target">Takes them.</param>
    /// <param name="values">The integers.</param>
    /// <param name="marks">Told where blocks begin.</param>
    public static void Differences(ByteBuffer target, ReadOnlySpan<long> values, PlaceMarks marks)
    {
        var (first, sum) = (target.Length, 0L);
        target.AppendVarint(BlockValues);
        target.AppendVarint(BlockValues / PartValues);
        target.AppendVarint((ulong)values.Length);
        target.AppendSigned(values.IsEmpty ? 0 : values[0]);
        Span<ulong> block = stackalloc ulong[BlockValues];
        for (var start = 1; start < values.Length; start += BlockValues)
        {
            if (marks.IsDue(start - 1)) marks.Add(new PlaceMark(start - 1, target.Length - first, values[start - 1], sum));
            var count = Math.Min(BlockValues, values.Length - start);
            var least = long.MaxValue;
            for (var i = 0; i < count; i++)
            {
                var difference = unchecked(values[start + i] - values[start + i - 1]);
                block[i] = (ulong)difference;
                least = Math.Min(least, difference);
                sum = unchecked(sum + values[start + i - 1]);
            }

            for (var i = 0; i < count; i++) block[i] = unchecked(block[i] - (ulong)least);
            block[count..].Clear();
            target.AppendSigned(least);
            Block(target, block, count);
        }
    }

    private static void Block(ByteBuffer target, ReadOnlySpan<ulong> block, int count)
    {
        Span<int> widths = stackalloc int[BlockValues / PartValues];
        var heads = target.Append(widths.Length);
        for (var part = 0; part < widths.Length; part++)
        {
            ulong all = 0;
            foreach (var value in block.Slice(part * PartValues, PartValues)) all |= value;
            widths[part] = 64 - BitOperations.LeadingZeroCount(all);
            heads[part] = (byte)widths[part];
        }

        for (var part = 0; part * PartValues < count; part++)
        {
            if (widths[part] > 0) Pack(target.Append(PartValues / 8 * widths[part]), block.Slice(part * PartValues, PartValues), widths[part]);
        }
    }

    private static void Pack(Span<byte> target, ReadOnlySpan<ulong> values, int width)
    {
        ulong pending = 0;
        var (bits, to) = (0, 0);
        foreach (var value in values)
        {
            pending |= value << bits;
            bits += width;
            if (bits < 64) continue;
            BinaryPrimitives.WriteUInt64LittleEndian(target[to..], pending);
            to += sizeof(ulong);
            bits -= 64;
            pending = bits == 0 ? 0 : value >> (width - bits);
        }

        for (; bits > 0; bits -= 8, pending >>= 8) target[to++] = (byte)pending;
    }

    private static void Stretch(ByteBuffer target, ReadOnlySpan<byte> bits)
    {
        if (bits.IsEmpty) return;
        target.AppendVarint((ulong)bits.Length << 1 | 1);
        target.Append(bits);
    }

    private static void Stretches(ByteBuffer target, ReadOnlySpan<int> values, int width, int first, int start, PlaceMarks marks)
    {
        for (; !values.IsEmpty; values = values[Math.Min(values.Length, StretchValues)..], first += StretchValues)
        {
            if (marks.IsDue(first)) marks.Add(new PlaceMark(first, target.Length - start, 0, 0));
            Stretch(target, values[..Math.Min(values.Length, StretchValues)], width);
        }
    }

    private static void Stretch(ByteBuffer target, ReadOnlySpan<int> values, int width)
    {
        if (values.IsEmpty) return;
        var eights = (values.Length + 7) / 8;
        target.AppendVarint((ulong)eights << 1 | 1);
        var bytes = target.Append(eights * width);
        ulong pending = 0;
        var (bits, to) = (0, 0);
        foreach (var value in values)
        {
            pending |= (ulong)value << bits;
            bits += width;
            if (bits < 32) continue;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[to..], (uint)pending);
            to += sizeof(uint);
            bits -= 32;
            pending >>= 32;
        }

        for (; bits > 0; bits -= 8, pending >>= 8) bytes[to++] = (byte)pending;
        bytes[to..].Clear();
    }
}
