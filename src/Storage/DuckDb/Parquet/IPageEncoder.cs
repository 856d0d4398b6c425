namespace Storage.DuckDb.Parquet;

/// <summary>A way to compress pages.</summary>
internal interface IPageEncoder
{
    /// <summary>How a file names it.</summary>
    PageCodec Codec { get; }

    /// <summary>Appends the bytes, compressed.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="unique">How many of the first of them need not be looked at, since hardly anything in them repeats.</param>
    /// <param name="target">Takes them.</param>
    /// <param name="restarts">Takes the places from which on they can be read without those before.</param>
    void Encode(ReadOnlySpan<byte> source, int unique, ByteBuffer target, List<Restart> restarts);
}

/// <summary>A place of a compressed page where a reader can begin: what follows refers to nothing before it.</summary>
/// <param name="Packed">Where it is in the compressed bytes.</param>
/// <param name="Plain">Which plain byte comes next there.</param>
internal readonly record struct Restart(int Packed, int Plain);
