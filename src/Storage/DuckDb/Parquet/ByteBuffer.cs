using System.Buffers.Binary;

namespace Storage.DuckDb.Parquet;

/// <summary>Bytes that are written one after another into memory that is kept for the next ones. Not thread-safe.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for more bytes, whose content is undefined; valid until the next call.</summary>
    public Span<byte> Append(int count)
    {
        var end = checked(Length + count);
        if (end > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(end, _bytes.Length * 2L)));
        var room = _bytes.AsSpan(Length, count);
        Length = end;
        return room;
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    public void AppendByte(int value) => Append(1)[0] = (byte)value;

    public void AppendInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Append(sizeof(int)), value);

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void AppendVarint(ulong value)
    {
        for (; value > 127; value >>= 7) AppendByte((int)(value & 127) | 128);
        AppendByte((int)value);
    }

    /// <summary>A number whose sign is its lowest bit.</summary>
    public void AppendSigned(long value) => AppendVarint((ulong)(value << 1 ^ value >> 63));

    /// <summary>Takes back the last bytes.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Writes over an earlier place.</summary>
    public void SetInt32(int place, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(place), value);
}
