namespace Benchmarks.Workloads;

/// <summary>The data that every benchmark uses: export requests in OTLP protobuf, equal for equal arguments.</summary>
internal static class Workload
{
    /// <summary>Spans of a request; the batch that OpenTelemetry SDKs send by default.</summary>
    public const int BatchSpans = 512;

    /// <summary>
    /// "Shop": 20 services with 10 pods each and 40 operations a service, 10 spans a trace, 8 to 12 of 23 attributes a span beside 10 of the
    /// resource, about 494 bytes a span. A request holds <see cref="BatchSpans"/> spans of one pod, the last ones fewer.
    /// </summary>
    /// <param name="seed">Other seeds make other spans and other trace ids.</param>
    /// <param name="spans">How many in all.</param>
    /// <param name="start">Time of the first trace; null is an hour ago, to the second.</param>
    /// <param name="duration">Time over which the traces are spread; null is an hour.</param>
    public static IEnumerable<byte[]> W1(int seed, long spans, DateTimeOffset? start = null, TimeSpan? duration = null)
    {
        var from = start ?? DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 3600);
        var generator = new ShopGenerator(seed, spans, from.ToUnixTimeMilliseconds() * 1_000_000, (long)((duration ?? TimeSpan.FromHours(1)).TotalMilliseconds * 1e6));
        return generator.Requests();
    }

    /// <summary>
    /// "Wide": 2,000 attribute names (1,200 texts, 700 integers, 100 floats), 60 of them on an event with Zipf weights, over 12 minutes of
    /// which each brings 5 further names, used by every twelfth event of that minute.
    /// </summary>
    public static IEnumerable<byte[]> W2(int seed, long spans, DateTimeOffset? start = null)
    {
        var from = start ?? DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 720);
        return new WideGenerator(seed, spans, from.ToUnixTimeMilliseconds() * 1_000_000).Requests();
    }

    /// <summary>The full requests of <see cref="W1"/> in memory, without the last one of each pod.</summary>
    public static byte[][] Full(IEnumerable<byte[]> requests) => [.. requests.SkipLast(ShopCatalog.ServiceCount * ShopCatalog.PodsPerService)];

    /// <summary>The requests in memory, made on the calling thread.</summary>
    public static byte[][] Prepare(IEnumerable<byte[]> requests) => [.. requests];
}
