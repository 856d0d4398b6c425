using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Parquet;

/// <summary>Reads all values of a page. The arrays that it gives are of the shared pools, and may be longer than what is in them.</summary>
/// <param name="type">What the values are.</param>
/// <param name="encoding">How they are written.</param>
/// <param name="bytes">The page behind its levels.</param>
/// <param name="dictionary">The plain values of the column's dictionary; empty when it has none.</param>
internal readonly ref struct PageDecoder(PhysicalType type, PageEncoding encoding, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> dictionary)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<byte> _dictionary = dictionary;

    /// <summary>Numbers as bits, truths as 0 and 1.</summary>
    public long[] Numbers(int count, Func<long, long>? convert)
    {
        var numbers = ArrayPool<long>.Shared.Rent(count);
        var target = numbers.AsSpan(0, count);
        Numbers(target);
        if (convert is not null) for (var i = 0; i < target.Length; i++) target[i] = convert(target[i]);
        return numbers;
    }

    /// <summary>The first numbers as bits, truths as 0 and 1.</summary>
    public void Numbers(Span<long> target)
    {
        var count = target.Length;
        switch (encoding)
        {
            case PageEncoding.Plain when type == PhysicalType.Boolean:
                for (var i = 0; i < count; i++) target[i] = (_bytes[i >> 3] >> (i & 7)) & 1;
                break;
            case PageEncoding.Plain:
                _bytes[..(count * sizeof(long))].CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case PageEncoding.Dictionary or PageEncoding.PlainDictionary when type is PhysicalType.Int64 or PhysicalType.Double:
                FromDictionary(target);
                break;
            case PageEncoding.DeltaBinaryPacked when type == PhysicalType.Int64:
                new DeltaIntegers(_bytes).CopyTo(target);
                break;
            case PageEncoding.ByteStreamSplit when type is PhysicalType.Int64 or PhysicalType.Double:
                Unsplit(target);
                break;
            default:
                throw Unknown();
        }
    }

    /// <summary>Places in the dictionary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int[] Codes(int count, int entries)
    {
        var codes = ArrayPool<int>.Shared.Rent(count);
        var target = codes.AsSpan(0, count);
        var width = _bytes[0] <= 31 ? _bytes[0] : throw new InvalidDataException("a page of the segment is damaged");
        // One value in the dictionary takes no bits, and then there need be no runs.
        if (width == 0 && _bytes.Length == 1)
        {
            target.Clear();
        }
        else
        {
            var runs = new HybridRuns(_bytes[1..], width);
            while (runs.End < count)
            {
                runs.Next();
                var run = target[runs.Start..Math.Min(runs.End, count)];
                if (runs.IsRepeated) run.Fill((int)runs.Value);
                else PackedBits.Unpack(runs.Packed, width, run);
            }
        }

        foreach (var code in target)
            if ((uint)code >= (uint)entries) throw new InvalidDataException("a page of the segment is damaged");
        return codes;
    }

    /// <summary>Where the texts begin, and where the last one ends. Afterwards they lie one after another in the page's bytes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="page">The bytes of the page.</param>
    /// <param name="from">Where its values begin in them.</param>
    public int[] Starts(int count, byte[] page, int from)
    {
        var starts = ArrayPool<int>.Shared.Rent(count + 1);
        if (encoding == PageEncoding.Plain)
        {
            // The lengths between them are closed up.
            var (read, write) = (from, from);
            for (var i = 0; i < count; i++)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(read));
                page.AsSpan(read + sizeof(int), length).CopyTo(page.AsSpan(write));
                starts[i] = write;
                read += sizeof(int) + length;
                write += length;
            }

            starts[count] = write;
            return starts;
        }

        if (encoding != PageEncoding.DeltaLengthByteArray) throw Unknown();
        var end = new DeltaIntegers(_bytes);
        var place = (long)from + end.End();
        var lengths = ArrayPool<long>.Shared.Rent(count);
        new DeltaIntegers(_bytes).CopyTo(lengths.AsSpan(0, count));
        for (var i = 0; i < count; i++)
        {
            starts[i] = (int)place;
            place += lengths[i];
            if (lengths[i] < 0 || place > from + _bytes.Length) throw new InvalidDataException("a page of the segment is damaged");
        }

        starts[count] = (int)place;
        ArrayPool<long>.Shared.Return(lengths);
        return starts;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FromDictionary(Span<long> target)
    {
        var numbers = MemoryMarshal.Cast<byte, long>(_dictionary);
        var codes = Codes(target.Length, numbers.Length);
        for (var i = 0; i < target.Length; i++) target[i] = numbers[codes[i]];
        ArrayPool<int>.Shared.Return(codes);
    }

    private void Unsplit(Span<long> target)
    {
        var count = _bytes.Length / sizeof(long);
        for (var i = 0; i < target.Length; i++)
        {
            ulong bits = 0;
            for (var k = sizeof(long) - 1; k >= 0; k--) bits = bits << 8 | _bytes[k * count + i];
            target[i] = (long)bits;
        }
    }

    private InvalidDataException Unknown() => new($"the segment has pages of {type} in the encoding {encoding}");
}
