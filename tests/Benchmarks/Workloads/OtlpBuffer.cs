using System.Buffers.Binary;

namespace Benchmarks.Workloads;

/// <summary>Writes protobuf into memory that grows. Messages whose length is known only at their end get a two-byte length.</summary>
internal sealed class OtlpBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public int Length => _length;

    public void Clear() => _length = 0;

    /// <summary>Makes room, so that what follows needs no check of its own.</summary>
    public void Reserve(int count)
    {
        if (_length + count > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
    }

    public void Byte(byte value) => _bytes[_length++] = value;

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_length++] = (byte)value;
    }

    public void Fixed64(byte tag, ulong value)
    {
        _bytes[_length++] = tag;
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_length), value);
        _length += 8;
    }

    public void Bytes(byte tag, ReadOnlySpan<byte> bytes)
    {
        _bytes[_length++] = tag;
        Varint((ulong)bytes.Length);
        Raw(bytes);
    }

    /// <summary>Starts a message of 128 to 16,383 bytes; the result goes to <see cref="End"/>.</summary>
    public int Begin(byte tag)
    {
        _bytes[_length++] = tag;
        _length += 2;
        return _length;
    }

    public void End(int begin)
    {
        var size = _length - begin;
        if (size is < 128 or > 16_383) throw new InvalidOperationException($"a message of {size} bytes has no two-byte length");
        _bytes[begin - 2] = (byte)(size | 0x80);
        _bytes[begin - 1] = (byte)(size >> 7);
    }

    /// <summary>KeyValue { key, AnyValue { string } }.</summary>
    public void StringAttribute(byte tag, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var any = 1 + VarintSize(value.Length) + value.Length;
        Key(tag, key, any);
        Bytes(0x0A, value);
    }

    public void IntAttribute(byte tag, ReadOnlySpan<byte> key, ulong value)
    {
        Key(tag, key, 1 + VarintSize(value));
        Byte(0x18);
        Varint(value);
    }

    public void DoubleAttribute(byte tag, ReadOnlySpan<byte> key, double value)
    {
        Key(tag, key, 9);
        Fixed64(0x21, BitConverter.DoubleToUInt64Bits(value));
    }

    public void BoolAttribute(byte tag, ReadOnlySpan<byte> key, bool value)
    {
        Key(tag, key, 2);
        Byte(0x10);
        Byte(value ? (byte)1 : (byte)0);
    }

    public static int VarintSize(int value) => VarintSize((ulong)value);

    private static int VarintSize(ulong value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7) size++;
        return size;
    }

    private void Key(byte tag, ReadOnlySpan<byte> key, int anySize)
    {
        Byte(tag);
        Varint((ulong)(1 + VarintSize(key.Length) + key.Length + 1 + VarintSize(anySize) + anySize));
        Bytes(0x0A, key);
        Byte(0x12);
        Varint((ulong)anySize);
    }
}
