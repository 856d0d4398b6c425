using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>How the values of a column stand in a file.</summary>
internal enum PhysicalType
{
    Boolean = 0,
    Int64 = 2,
    Double = 5,
    ByteArray = 6,
}

/// <summary>How pages are compressed.</summary>
internal enum PageCodec
{
    None = 0,
    Zstd = 6,
    Lz4Raw = 7,
}

/// <summary>Where the values of a column in one row group are.</summary>
/// <param name="Offset">Of the first page.</param>
/// <param name="Bytes">Of all pages.</param>
/// <param name="PlainBytes">Of all pages before they were compressed.</param>
/// <param name="Codec">How they are compressed.</param>
internal readonly record struct ColumnChunk(long Offset, int Bytes, long PlainBytes, PageCodec Codec);

/// <summary>A column of a file.</summary>
/// <param name="Index">Its place among the chunks of each row group.</param>
/// <param name="Type">How its values stand there.</param>
/// <param name="IsOptional">True when rows may have no value of it.</param>
internal sealed record ParquetColumn(int Index, PhysicalType Type, bool IsOptional);

/// <summary>What the footer of a Parquet file with flat columns says about where values are.</summary>
internal sealed class ParquetLayout
{
    private const int TailBytes = 8;
    private const uint Magic = 0x31524150; // "PAR1"
    private const int MaxFooterBytes = 64 << 20;

    private readonly ColumnChunk[][] _groups;

    private ParquetLayout(FrozenDictionary<string, ParquetColumn> columns, ColumnChunk[][] groups, long[] firstRows)
    {
        Columns = columns;
        _groups = groups;
        FirstRows = firstRows;
    }

    /// <summary>The columns by their names in the file.</summary>
    public FrozenDictionary<string, ParquetColumn> Columns { get; }

    /// <summary>The first row of each row group, and the number of all rows.</summary>
    public long[] FirstRows { get; }

    /// <summary>Where values can be read one by one; null in files that do not say.</summary>
    public PlaceDirectory? Places { get; private init; }

    /// <summary>Between what the times lie in each row group; where the footer does not say, all times there are.</summary>
    public (long Least, long Most)[] Times { get; private init; } = [];

    public int GroupCount => _groups.Length;

    /// <summary>Chunks of all row groups: what it takes in memory is about 24 bytes for each.</summary>
    public long ChunkCount => (long)_groups.Length * Columns.Count;

    public ColumnChunk Chunk(int group, ParquetColumn column) => _groups[group][column.Index];

    /// <summary>Reads the footer of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Stops between row groups.</param>
    /// <exception cref="InvalidDataException">It is damaged, or says something that our files never say.</exception>
    public static ParquetLayout Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, CancellationToken cancellationToken = default)
    {
        var length = RandomAccess.GetLength(file);
        Span<byte> tail = stackalloc byte[TailBytes];
        if (length < TailBytes || RandomAccess.Read(file, tail, length - TailBytes) != TailBytes || BinaryPrimitives.ReadUInt32LittleEndian(tail[4..]) != Magic)
            throw new InvalidDataException("the file is no Parquet file");
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (bytes > MaxFooterBytes || bytes > length - TailBytes) throw new InvalidDataException("the footer has an impossible length");
        var start = length - TailBytes - bytes;
        var before = (int)Math.Min(start, PlaceDirectory.TailBytes);
        var footer = new byte[before + bytes];
        if (RandomAccess.Read(file, footer, start - before) != footer.Length) throw new InvalidDataException("the footer is cut off");
        return Parse(footer.AsSpan(before), before < PlaceDirectory.TailBytes ? null : PlaceDirectory.Read(file, start, footer.AsSpan(0, before)), cancellationToken);
    }

    private static ParquetLayout Parse(ReadOnlySpan<byte> footer, PlaceDirectory? places, CancellationToken cancellationToken)
    {
        var reader = new ThriftReader(footer);
        var columns = new Dictionary<string, ParquetColumn>(StringComparer.Ordinal);
        var groups = new List<ColumnChunk[]>();
        var firstRows = new List<long> { 0 };
        var times = new List<(long, long)>();
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 2:
                    ReadSchema(ref reader, columns);
                    break;
                case 4:
                    for (var left = reader.ListHead(out _); left > 0; left--)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        var range = (long.MinValue, long.MaxValue);
                        groups.Add(ReadGroup(ref reader, columns.Count, columns.GetValueOrDefault(WellKnownColumns.Time)?.Index ?? -1, ref range, out var rows));
                        firstRows.Add(firstRows[^1] + rows);
                        times.Add(range);
                    }

                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new ParquetLayout(columns.ToFrozenDictionary(StringComparer.Ordinal), [.. groups], [.. firstRows]) { Places = places, Times = [.. times] };
    }

    private static void ReadSchema(ref ThriftReader reader, Dictionary<string, ParquetColumn> columns)
    {
        var left = reader.ListHead(out _) - 1;
        reader.Skip(ThriftReader.Struct); // the root
        for (var index = 0; index < left; index++)
        {
            var (physical, repetition, name, children) = (-1L, 0L, "", 0L);
            for (var id = 0; reader.NextField(ref id, out var type);)
            {
                switch (id)
                {
                    case 1: physical = reader.Integer(); break;
                    case 3: repetition = reader.Integer(); break;
                    case 4: name = Encoding.UTF8.GetString(reader.Binary()); break;
                    case 5: children = reader.Integer(); break;
                    default: reader.Skip(type); break;
                }
            }

            if (children != 0 || repetition > 1 || !columns.TryAdd(name, new ParquetColumn(index, (PhysicalType)physical, repetition == 1)))
                throw new InvalidDataException("the file has columns that are no plain values");
        }
    }

    private static ColumnChunk[] ReadGroup(ref ThriftReader reader, int columns, int ranged, ref (long, long) range, out long rows)
    {
        var chunks = new ColumnChunk[columns];
        rows = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id == 3)
            {
                rows = reader.Integer();
            }
            else if (id == 1)
            {
                var count = reader.ListHead(out _);
                if (count != columns) throw new InvalidDataException("a row group lacks columns");
                for (var i = 0; i < count; i++)
                {
                    var values = (long.MinValue, long.MaxValue);
                    chunks[i] = ReadChunk(ref reader, ref values);
                    if (i == ranged) range = values;
                }
            }
            else
            {
                reader.Skip(type);
            }
        }

        return rows is >= 0 and <= int.MaxValue ? chunks : throw new InvalidDataException("a row group has an impossible number of rows");
    }

    private static ColumnChunk ReadChunk(ref ThriftReader reader, ref (long, long) range)
    {
        var chunk = default(ColumnChunk);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id == 3) chunk = ReadChunkData(ref reader, ref range);
            else reader.Skip(type);
        }

        return chunk;
    }

    private static ColumnChunk ReadChunkData(ref ThriftReader reader, ref (long, long) range)
    {
        var (codec, bytes, plain, data, dictionary) = (0L, 0L, 0L, 0L, 0L);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 4: codec = reader.Integer(); break;
                case 6: plain = reader.Integer(); break;
                case 7: bytes = reader.Integer(); break;
                case 9: data = reader.Integer(); break;
                case 11: dictionary = reader.Integer(); break;
                case 12: ReadRange(ref reader, ref range); break;
                default: reader.Skip(type); break;
            }
        }

        if (bytes is < 0 or > int.MaxValue) throw new InvalidDataException("a column has an impossible length");
        return new ColumnChunk(dictionary > 0 && dictionary < data ? dictionary : data, (int)bytes, plain, (PageCodec)codec);
    }

    private static void ReadRange(ref ThriftReader reader, ref (long Least, long Most) range)
    {
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id is not (5 or 6))
            {
                reader.Skip(type);
                continue;
            }

            var bound = reader.Binary();
            if (bound.Length != sizeof(long)) continue;
            if (id == 5) range.Most = BinaryPrimitives.ReadInt64LittleEndian(bound);
            else range.Least = BinaryPrimitives.ReadInt64LittleEndian(bound);
        }
    }
}
