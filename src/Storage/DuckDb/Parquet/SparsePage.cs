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

    /// <summary>Which parts of a page that stands in the file as it is were read.</summary>
    private readonly bool[] _known = [];

    /// <summary>How far each part of a compressed page was decompressed.</summary>
    private readonly Lz4Progress[] _progress = [];

    /// <summary>The part whose compressed bytes are at hand, and these; -1 for none.</summary>
    private int _packedPart = -1;
    private byte[] _packed = [];

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
        if (page.IsStored) _known = new bool[(page.PlainBytes + RawPart - 1) / RawPart];
        else _progress = new Lz4Progress[page.Restarts.Length + 1];
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
        else for (var part = PartOf(offset); part < _progress.Length && Start(part) < offset + count; part++) Decode(part, offset + count - Start(part));
        return _bytes.AsSpan(offset, count);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        if (_packed.Length > 0) ArrayPool<byte>.Shared.Return(_packed);
    }

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

    /// <summary>Decompresses a part as far as it is asked for: mostly some bytes in the middle.</summary>
    private void Decode(int part, int wanted)
    {
        ref var progress = ref _progress[part];
        var start = Start(part);
        var end = part == _page.Restarts.Length ? _page.PlainBytes : _page.Restarts[part].Plain;
        if (start > end || end > _page.PlainBytes) throw Damaged();
        wanted = Math.Min(wanted, end - start);
        if (progress.To < wanted) Lz4Block.Decode(Packed(part), _bytes.AsSpan(start..end), wanted, ref progress);
    }

    /// <summary>The compressed bytes of a part.</summary>
    private ReadOnlySpan<byte> Packed(int part)
    {
        var from = part == 0 ? 0 : _page.Restarts[part - 1].Packed;
        var end = part == _page.Restarts.Length ? _page.PackedBytes : _page.Restarts[part].Packed;
        if (from > end || end > _page.PackedBytes) throw Damaged();
        if (part != _packedPart)
        {
            _packedPart = -1;
            if (_packed.Length < end - from)
            {
                if (_packed.Length > 0) ArrayPool<byte>.Shared.Return(_packed);
                _packed = [];
                _packed = ArrayPool<byte>.Shared.Rent(end - from);
            }

            ReadFile(_packed.AsSpan(0, end - from), _offset + from);
            _packedPart = part;
        }

        return _packed.AsSpan(0, end - from);
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
