using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Where the places of each row group stand: between the last row group and the footer, which is where the format has its own page indexes, and where
/// readers look only if the footer tells them to. Of a row group, a checksum, the length of each column's places, and the places.
/// </summary>
internal sealed class PlaceDirectory
{
    /// <summary>Bytes right before the footer that say whether there is a directory, and of how many row groups.</summary>
    public const int TailBytes = sizeof(ulong) + sizeof(int);

    private const int EntryBytes = sizeof(long) + sizeof(int);
    private const ulong Magic = 0x31_53_45_43_41_4C_50_58; // "XPLACES1"
    private const int MaxGroupBytes = 64 << 20;

    private readonly (long Offset, int Length)[] _groups;

    private PlaceDirectory((long Offset, int Length)[] groups) => _groups = groups;

    /// <summary>Writes the places of all row groups, and where they are; nothing for files that are compressed for size.</summary>
    /// <param name="file">The file behind its last row group.</param>
    /// <param name="groups">The row groups.</param>
    public static void Write(Stream file, IReadOnlyList<RowGroup> groups)
    {
        // What is compressed for size has no place to begin at but the first byte of a page.
        if (groups.Count == 0 || groups[0].Chunks.Any(c => c.Codec == PageCodec.Zstd)) return;
        var offset = groups[^1].Offset + groups[^1].Chunks.Sum(c => (long)c.Bytes);
        var directory = new ByteBuffer();
        var bytes = new ByteBuffer();
        foreach (var group in groups)
        {
            bytes.Clear();
            bytes.AppendInt32(0);
            foreach (var chunk in group.Chunks) bytes.AppendInt32(chunk.Places.Length);
            foreach (var chunk in group.Chunks) bytes.Append(chunk.Places);
            bytes.SetInt32(0, (int)JournalRecord.Crc32C(uint.MaxValue, bytes.Written[sizeof(int)..]));
            file.Write(bytes.Written);
            BinaryPrimitives.WriteInt64LittleEndian(directory.Append(sizeof(long)), offset);
            directory.AppendInt32(bytes.Length);
            offset += bytes.Length;
        }

        directory.AppendInt32(groups.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(directory.Append(sizeof(ulong)), Magic);
        file.Write(directory.Written);
    }

    /// <summary>Reads the directory; null when the file has none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">Where its footer begins.</param>
    /// <param name="tail">The bytes before that.</param>
    public static PlaceDirectory? Read(SafeFileHandle file, long end, ReadOnlySpan<byte> tail)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(tail[sizeof(int)..]) != Magic) return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (count < 0 || count > (end - TailBytes) / EntryBytes) return null;
        var bytes = new byte[count * EntryBytes];
        var start = end - TailBytes - bytes.Length;
        if (RandomAccess.Read(file, bytes, start) != bytes.Length) return null;
        var groups = new (long Offset, int Length)[count];
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.AsSpan(i * EntryBytes, EntryBytes);
            groups[i] = (BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[sizeof(long)..]));
            if (groups[i].Offset < 0 || groups[i].Length is < sizeof(int) or > MaxGroupBytes || groups[i].Offset + groups[i].Length > start) return null;
        }

        return new PlaceDirectory(groups);
    }

    /// <summary>Reads the places of a row group.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public GroupPlaces Group(SafeFileHandle file, int group, int columns)
    {
        if (group >= _groups.Length) throw Damaged();
        var (offset, length) = _groups[group];
        var bytes = new byte[length];
        if (length < sizeof(int) * (columns + 1) || RandomAccess.Read(file, bytes, offset) != length) throw Damaged();
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != JournalRecord.Crc32C(uint.MaxValue, bytes.AsSpan(sizeof(int)))) throw Damaged();
        return new GroupPlaces(bytes, columns);
    }

    private static InvalidDataException Damaged() => new("the places of the segment are damaged");
}

/// <summary>The places of the chunks of a row group.</summary>
internal sealed class GroupPlaces
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;

    /// <param name="bytes">As they stand in the file.</param>
    /// <param name="columns">Columns of the file.</param>
    public GroupPlaces(byte[] bytes, int columns)
    {
        _bytes = bytes;
        _ends = new int[columns + 1];
        _ends[0] = sizeof(int) * (columns + 1);
        for (var i = 0; i < columns; i++) _ends[i + 1] = checked(_ends[i] + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(int) * (i + 1))));
    }

    /// <summary>The places of a column.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public ChunkPlaces Of(ParquetColumn column) => ChunkPlaces.Read(_bytes.AsSpan(_ends[column.Index].._ends[column.Index + 1]));
}
