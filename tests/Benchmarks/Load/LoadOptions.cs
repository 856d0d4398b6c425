using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>How requests reach the server.</summary>
internal enum Transport
{
    Http,
    HttpGzip,
    Grpc,
    GrpcGzip,

    /// <summary>By .NET's HTTP client instead of a bare socket.</summary>
    GrpcClient,
}

/// <summary>How a load is driven.</summary>
internal sealed record LoadOptions
{
    public Transport Transport { get; init; } = Transport.Http;

    /// <summary>Connections, each with one request in flight.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>Spans a second that are due; null sends as fast as they are acknowledged.</summary>
    public double? SpansPerSecond { get; init; }

    /// <summary>No request starts after this; null sends all there are.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Told of every acknowledgement; null when nobody asks.</summary>
    public Timeline? Timeline { get; init; }
}
