using Storage.Events;
using Storage.Queries;

namespace Storage.Forms;

/// <summary>
/// Result tables in the binary forms of other tools. Texts are UTF-8, Int64, Float64 and Bool what they are, missing values null; <c>time</c> is a
/// timestamp in nanoseconds, UTC.
/// </summary>
public static class TableForms
{
    /// <summary>Media type of <see cref="WriteArrow"/>.</summary>
    public const string ArrowMediaType = "application/vnd.apache.arrow.stream";

    /// <summary>Media type of <see cref="WriteParquet"/>.</summary>
    public const string ParquetMediaType = "application/vnd.apache.parquet";

    /// <summary>Writes a table as an Arrow IPC stream: the schema, then batches of rows, of which one at a time is in memory.</summary>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="table">The table.</param>
    public static void WriteArrow(Stream stream, ResultTable table) => new ArrowStream(stream).Write(table);

    /// <summary>Writes a table as a Parquet file of one row group.</summary>
    /// <param name="stream">Takes the bytes; need not seek.</param>
    /// <param name="table">The table; with a column at least, since a file without is none.</param>
    public static void WriteParquet(Stream stream, ResultTable table) => new ParquetTable(stream).Write(table);

    /// <summary>True for the column that holds times.</summary>
    internal static bool IsTime(ResultColumn column) => column.Name == WellKnownColumns.Time && column.Type == ColumnType.Int64;

    /// <summary>A number or Bool as bits; 0 where it is missing.</summary>
    internal static long Bits(Value value) => value.Kind switch
    {
        ValueKind.Int64 => value.AsInt64(),
        ValueKind.Float64 => BitConverter.DoubleToInt64Bits(value.AsDouble()),
        ValueKind.Bool => value.AsBool() ? 1 : 0,
        _ => 0,
    };
}
