namespace Storage.DuckDb.Parquet;

/// <summary>How the values of a column stand in a file, by the numbers of the format.</summary>
internal enum PhysicalType
{
    Boolean = 0,
    Int64 = 2,
    Double = 5,
    ByteArray = 6,
}

/// <summary>How pages are compressed, by the numbers of the format.</summary>
internal enum PageCodec
{
    None = 0,
    Lz4Raw = 7,
}
