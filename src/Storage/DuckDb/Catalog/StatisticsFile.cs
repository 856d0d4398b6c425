using System.Buffers.Binary;
using System.Text;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>
/// The file beside a segment that holds its statistics: magic, CRC-32C of all that follows, length and CRC-32C of the segment's file, events,
/// columns, trace filters. It is made again from the segment when it is lost; the checksum is then that of the file as it was found.
/// </summary>
internal static class StatisticsFile
{
    public const string Suffix = ".stats";

    private const uint Magic = 0x33_53_58_45; // "EXS3"

    /// <summary>"EXS2": has no checksum of the segment.</summary>
    private const uint SecondMagic = 0x32_53_58_45;

    /// <summary>"EXS1": has one filter for all rows.</summary>
    private const uint FirstMagic = 0x31_53_58_45;
    private const int HeaderBytes = 8;

    /// <summary>A larger file is not one of ours.</summary>
    private const int MaxBytes = 64 << 20;

    private enum RangeKind : byte
    {
        None,
        Int64,
        Float64,
        Text,
    }

    /// <summary>Where the statistics of a segment are.</summary>
    public static string PathOf(string segmentPath) => Path.ChangeExtension(segmentPath, Suffix);

    /// <summary>Writes and syncs a file; the caller syncs its directory. Returns its size.</summary>
    /// <param name="path">The file.</param>
    /// <param name="statistics">What it holds.</param>
    /// <param name="segmentBytes">Length of the segment's file.</param>
    /// <param name="segmentChecksum">CRC-32C of that file.</param>
    public static long Write(string path, SegmentStatistics statistics, long segmentBytes, uint segmentChecksum)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(0u);
        writer.Write(segmentBytes);
        writer.Write(segmentChecksum);
        writer.Write(statistics.Events);
        writer.Write7BitEncodedInt(statistics.Columns.Count);
        foreach (var column in statistics.Columns.Values) WriteColumn(writer, column);
        WriteTraces(writer, statistics.Traces);
        writer.Flush();
        var bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], ~JournalRecord.Crc32C(uint.MaxValue, bytes[HeaderBytes..]));
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.FlushToDisk(file);
        return bytes.Length;
    }

    /// <summary>Reads a file; null when it is missing.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or does not belong to a segment of that length.</exception>
    public static SegmentStatistics? Read(string path, long segmentBytes) => Read(path, segmentBytes, out _);

    /// <summary>Reads a file; null when it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="segmentBytes">Length of the segment's file.</param>
    /// <param name="segmentChecksum">CRC-32C of the segment's file as it was written; null where that is not known.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or does not belong to a segment of that length.</exception>
    public static SegmentStatistics? Read(string path, long segmentBytes, out uint? segmentChecksum)
    {
        segmentChecksum = null;
        if (!File.Exists(path)) return null;
        if (new FileInfo(path).Length > MaxBytes) throw new InvalidDataException("the file is too large for statistics");
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is not (Magic or SecondMagic or FirstMagic)) throw new InvalidDataException("the file is no statistics");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != ~JournalRecord.Crc32C(uint.MaxValue, bytes.AsSpan(HeaderBytes)))
            throw new InvalidDataException("the checksum of the statistics is wrong");
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, HeaderBytes, bytes.Length - HeaderBytes), Encoding.UTF8);
            if (reader.ReadInt64() != segmentBytes) throw new InvalidDataException("the statistics are of another segment");
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic) segmentChecksum = reader.ReadUInt32();
            var events = reader.ReadInt64();
            var columns = new ColumnStatistics[reader.Read7BitEncodedInt()];
            for (var i = 0; i < columns.Length; i++) columns[i] = ReadColumn(reader);
            return new SegmentStatistics(events, columns, BinaryPrimitives.ReadUInt32LittleEndian(bytes) == FirstMagic ? ReadOneFilter(reader) : ReadTraces(reader));
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException("the statistics cannot be read", e);
        }
    }

    private static void WriteColumn(BinaryWriter writer, ColumnStatistics column)
    {
        writer.Write(column.Name);
        writer.Write((byte)column.Type);
        writer.Write7BitEncodedInt64(column.Count);
        switch (column.Range)
        {
            case ColumnRange.OfInt64 range:
                writer.Write((byte)RangeKind.Int64);
                writer.Write(range.Min);
                writer.Write(range.Max);
                break;
            case ColumnRange.OfFloat64 range:
                writer.Write((byte)RangeKind.Float64);
                writer.Write(range.Min);
                writer.Write(range.Max);
                writer.Write(range.HasNaN);
                break;
            case ColumnRange.OfText range:
                writer.Write((byte)RangeKind.Text);
                WriteBytes(writer, range.Min);
                WriteBytes(writer, range.Max);
                break;
            default:
                writer.Write((byte)RangeKind.None);
                break;
        }

        WriteValues(writer, column.Values);
    }

    private static ColumnStatistics ReadColumn(BinaryReader reader)
    {
        var name = reader.ReadString();
        var type = (StorageType)reader.ReadByte();
        var count = reader.Read7BitEncodedInt64();
        ColumnRange? range = (RangeKind)reader.ReadByte() switch
        {
            RangeKind.None => null,
            RangeKind.Int64 => new ColumnRange.OfInt64(reader.ReadInt64(), reader.ReadInt64()),
            RangeKind.Float64 => new ColumnRange.OfFloat64(reader.ReadDouble(), reader.ReadDouble(), reader.ReadBoolean()),
            RangeKind.Text => new ColumnRange.OfText(ReadBytes(reader), ReadBytes(reader)),
            _ => throw new InvalidDataException("unknown kind of range"),
        };
        return new ColumnStatistics(name, type, count, range, ReadValues(reader, type));
    }

    /// <summary>The number of values plus one, or 0 where they are not known.</summary>
    private static void WriteValues(BinaryWriter writer, ValueCounts? values)
    {
        writer.Write7BitEncodedInt(values is null ? 0 : values.Length + 1);
        if (values is null) return;
        for (var i = 0; i < values.Length; i++)
        {
            if (values.Type == StorageType.String) WriteBytes(writer, values.Text(i));
            else writer.Write(values.Bits(i));
            writer.Write7BitEncodedInt64(values.Counts[i]);
        }
    }

    private static ValueCounts? ReadValues(BinaryReader reader, StorageType type)
    {
        var length = reader.Read7BitEncodedInt() - 1;
        if (length < 0) return null;
        if (length > ColumnCounter.MaxValues) throw new InvalidDataException($"a column with {length} values");
        var isText = type == StorageType.String;
        var (bits, ends, counts) = (new long[isText ? 0 : length], new int[isText ? length : 0], new long[length]);
        using var heap = new MemoryStream();
        for (var i = 0; i < length; i++)
        {
            if (isText)
            {
                heap.Write(ReadBytes(reader));
                ends[i] = (int)heap.Length;
            }
            else
            {
                bits[i] = reader.ReadInt64();
            }

            counts[i] = reader.Read7BitEncodedInt64();
        }

        return new ValueCounts(type, bits, heap.ToArray(), ends, counts);
    }

    /// <summary>The number of filters, 0 where the traces are not known; the rows of each; the filters.</summary>
    private static void WriteTraces(BinaryWriter writer, TraceStripes? traces)
    {
        writer.Write7BitEncodedInt(traces?.Filters.Count ?? 0);
        if (traces is null) return;
        writer.Write(traces.RowsPerStripe);
        foreach (var filter in traces.Filters)
        {
            var bytes = new byte[filter.Bytes];
            filter.WriteTo(bytes);
            WriteBytes(writer, bytes);
        }
    }

    private static TraceStripes? ReadTraces(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt();
        if (count == 0) return null;
        var rows = reader.ReadInt64();
        if (count < 0 || rows <= 0 || (long)count * 2 > reader.BaseStream.Length) throw new InvalidDataException($"{count} filters of {rows} rows");
        var filters = new List<TraceFilter>(count);
        for (var i = 0; i < count; i++) filters.Add(TraceFilter.Read(ReadBytes(reader)));
        return new TraceStripes(rows, filters);
    }

    private static TraceStripes? ReadOneFilter(BinaryReader reader) =>
        ReadBytes(reader) is { Length: > 0 } bytes ? new TraceStripes(long.MaxValue, [TraceFilter.Read(bytes)]) : null;

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        var length = reader.Read7BitEncodedInt();
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }
}
