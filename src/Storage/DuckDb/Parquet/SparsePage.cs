using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// A page of which only those parts are read and decompressed that are asked for. Its memory is as large as the page, from the shared pool; what was not asked
/// for is undefined. Not thread-safe.
/// </summary>
internal sealed class SparsePage : IDisposable
{
    /// <summary>What is read at once where bytes stand in the file as they are.</summary>
    private const int RawPart = 4 << 10;

    private readonly SafeFileHandle _file;
    private readonly long _offset;
    private readonly PlacedPage _page;
    private readonly byte[] _bytes;
    private readonly bool[] _known;

    /// <param name="file">The file.</param>
    /// <param name="chunk">Where the chunk is and how it is compressed.</param>
    /// <param name="page">Where the page is in it.</param>
    public SparsePage(SafeFileHandle file, ColumnChunk chunk, PlacedPage page)
    {
        if (page.Offset + (long)page.PackedBytes > chunk.Bytes) throw Damaged();
        (_file, _page, _offset) = (file, page, chunk.Offset + page.Offset);
        if (page.IsStored)
        {
            var head = chunk.Codec switch { PageCodec.None => 0, PageCodec.Lz4Raw => Lz4Encoder.StoredHead(page.PlainBytes), _ => throw Damaged() };
            if (head + page.PlainBytes != page.PackedBytes) throw Damaged();
            _offset += head;
        }
        else if (chunk.Codec != PageCodec.Lz4Raw)
        {
            throw new InvalidDataException("the segment is compressed in another way");
        }

        _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, page.PlainBytes));
        _known = new bool[page.IsStored ? (page.PlainBytes + RawPart - 1) / RawPart : page.Restarts.Length + 1];
    }

    public int Length => _page.PlainBytes;

    /// <summary>All bytes, of which those can be looked at that were asked for.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _page.PlainBytes);

    /// <summary>Some bytes.</summary>
    /// <exception cref="InvalidDataException">The page has no such bytes, or is damaged.</exception>
    public ReadOnlySpan<byte> Get(int offset, int count)
    {
        if (offset < 0 || count < 0 || offset > _page.PlainBytes - count) throw Damaged();
        if (count == 0) return [];
        if (_page.IsStored) ReadParts(offset / RawPart, (offset + count - 1) / RawPart);
        else for (var part = PartOf(offset); part < _known.Length && Start(part) < offset + count; part++) Decode(part);
        return _bytes.AsSpan(offset, count);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void ReadParts(int first, int last)
    {
        while (first <= last)
        {
            if (_known[first])
            {
                first++;
                continue;
            }

            var end = first;
            while (end <= last && !_known[end]) _known[end++] = true;
            var start = first * RawPart;
            ReadFile(_bytes.AsSpan(start..Math.Min(end * RawPart, _page.PlainBytes)), _offset + start);
            first = end;
        }
    }

    private void Decode(int part)
    {
        if (_known[part]) return;
        _known[part] = true;
        var packed = part == 0 ? 0 : _page.Restarts[part - 1].Packed;
        var (end, plainEnd) = part == _page.Restarts.Length ? (_page.PackedBytes, _page.PlainBytes) : (_page.Restarts[part].Packed, _page.Restarts[part].Plain);
        if (packed > end || end > _page.PackedBytes || Start(part) > plainEnd || plainEnd > _page.PlainBytes) throw Damaged();
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, end - packed));
        try
        {
            ReadFile(bytes.AsSpan(0, end - packed), _offset + packed);
            Lz4Block.Decode(bytes.AsSpan(0, end - packed), _bytes.AsSpan(Start(part)..plainEnd));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private int PartOf(int offset)
    {
        var (low, high) = (0, _page.Restarts.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_page.Restarts[middle].Plain <= offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int Start(int part) => part == 0 ? 0 : _page.Restarts[part - 1].Plain;

    private void ReadFile(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(_file, target, offset);
            if (read == 0) throw new InvalidDataException("the segment is cut off");
            target = target[read..];
            offset += read;
        }
    }

    private static InvalidDataException Damaged() => new("the places of the segment are damaged");
}
