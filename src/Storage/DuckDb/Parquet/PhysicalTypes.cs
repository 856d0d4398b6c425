using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>Says how columns of a segment stand in its file.</summary>
internal static class PhysicalTypes
{
    public static PhysicalType Of(SegmentColumn column) => column.Type switch
    {
        StorageType.Bool => PhysicalType.Boolean,
        StorageType.Int64 => PhysicalType.Int64,
        StorageType.Float64 => column.IsScaled ? PhysicalType.Int64 : PhysicalType.Double,
        _ => PhysicalType.ByteArray,
    };
}
