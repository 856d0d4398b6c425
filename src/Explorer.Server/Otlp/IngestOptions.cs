namespace Explorer.Server.Otlp;

/// <summary>Bounds and keys of everything that takes telemetry in.</summary>
internal sealed record IngestOptions
{
    /// <summary>Longest request body as it comes over the wire, bytes. A longer one is refused with 413 or RESOURCE_EXHAUSTED.</summary>
    public int MaxBodyBytes { get; init; } = 32 << 20;

    /// <summary>Longest request body after decompression, bytes. Decompression stops there, and the request is refused as above.</summary>
    public int MaxDecompressedBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of request bodies that may be in memory at once, all requests together. Above it senders are told to come back later.</summary>
    public long MaxBufferedBytes { get; init; } = 256L << 20;

    /// <summary>Keys of which a request must carry one in x-explorer-key or x-honeycomb-team; none means that anyone may send.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];
}
