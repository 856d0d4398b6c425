namespace Storage.DuckDb.Parquet;

/// <summary>A way to compress pages.</summary>
internal interface IPageEncoder
{
    /// <summary>How a file names it.</summary>
    PageCodec Codec { get; }

    /// <summary>Appends the bytes, compressed.</summary>
    void Encode(ReadOnlySpan<byte> source, ByteBuffer target);
}
