namespace Storage.DuckDb.Parquet;

/// <summary>
/// Reads Thrift's compact protocol, in which Parquet writes its footer and the headers of pages. Bytes that are no such text end in
/// <see cref="InvalidDataException"/> or <see cref="ArgumentOutOfRangeException"/>, never outside the span.
/// </summary>
/// <param name="bytes">From the first byte of a structure.</param>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    public const int Stop = 0;
    public const int List = 9;
    public const int Struct = 12;

    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes that were read.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the head of a structure's next field; false at its end.</summary>
    /// <param name="id">The field before, 0 at first; becomes this one.</param>
    /// <param name="type">How its value is written.</param>
    public bool NextField(ref int id, out int type)
    {
        var head = Byte();
        type = head & 15;
        if (type == Stop) return false;
        id = head >> 4 == 0 ? (int)Integer() : id + (head >> 4);
        return true;
    }

    /// <summary>An integer of any width.</summary>
    public long Integer()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> Binary()
    {
        var length = Length(Unsigned());
        var value = _bytes.Slice(Position, length);
        Position += length;
        return value;
    }

    /// <summary>The number of items that follow.</summary>
    public int ListHead(out int type)
    {
        var head = Byte();
        type = head & 15;
        return head >> 4 == 15 ? Length(Unsigned()) : head >> 4;
    }

    /// <summary>Reads over a value.</summary>
    public void Skip(int type, int depth = 0)
    {
        if (depth > MaxDepth) throw new InvalidDataException("the file's description is nested too deeply");
        switch (type)
        {
            case 1 or 2: break;
            case 3: Byte(); break;
            case 4 or 5 or 6: Unsigned(); break;
            case 7: Position += 8; break;
            case 8: Binary(); break;
            case List or 10:
                for (var left = ListHead(out var item); left > 0; left--)
                {
                    // A truth is a type of field, but a byte in a list.
                    if (item is 1 or 2) Byte();
                    else Skip(item, depth + 1);
                }

                break;
            case Struct:
                for (var id = 0; NextField(ref id, out var field);) Skip(field, depth + 1);
                break;
            default:
                throw new InvalidDataException($"the file's description has a value of the unknown type {type}");
        }
    }

    private int Byte()
    {
        if ((uint)Position >= (uint)_bytes.Length) throw new InvalidDataException("the file's description is cut off");
        return _bytes[Position++];
    }

    private ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }

        throw new InvalidDataException("the file's description has too long a number");
    }

    private readonly int Length(ulong length) =>
        length <= (ulong)(_bytes.Length - Position) ? (int)length : throw new InvalidDataException("the file's description is cut off");
}
