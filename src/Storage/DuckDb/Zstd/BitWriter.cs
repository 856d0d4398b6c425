using System.Buffers.Binary;

namespace Storage.DuckDb.Zstd;

/// <summary>Writes a stream of bits that is read from its end: the lowest bits of a number first, the last number on top.</summary>
/// <param name="target">Takes the bytes; there must be room for eight more than are written.</param>
internal ref struct BitWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;
    private ulong _pending;
    private int _bits;
    private int _position;

    /// <summary>Adds the lowest bits of a number; at most 56 between two calls of <see cref="Flush"/>.</summary>
    public void Add(ulong value, int bits)
    {
        _pending |= (value & ((1UL << bits) - 1)) << _bits;
        _bits += bits;
    }

    /// <summary>Writes whole bytes; fewer than eight bits stay pending.</summary>
    public void Flush()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_target[_position..], _pending);
        var bytes = _bits >> 3;
        _position += bytes;
        _pending >>= bytes * 8;
        _bits &= 7;
    }

    /// <summary>Marks the end of the stream, and says how many bytes it has.</summary>
    public int Close()
    {
        Add(1, 1);
        Flush();
        return _bits > 0 ? _position + 1 : _position;
    }
}
