using System.Diagnostics;
using System.Security.Cryptography;
using Benchmarks.Harness;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Load;

/// <summary>From the acknowledgement of an event to the start of the first query that counts it, and to that query's answer.</summary>
internal sealed class Freshness(ServerProcess server) : IDisposable
{
    private readonly IOtlpConnection _connection = LoadRun.Connect(server, Transport.Http);
    private int _asked;
    private int _atOnce;

    /// <summary>Probes whose first query, sent right after the acknowledgement, already had the event.</summary>
    public string AtOnce => $"{_atOnce} of {_asked}";

    public LatencyHistogram Visible { get; } = new();

    public LatencyHistogram Answered { get; } = new();

    /// <summary>Sends one span with an id of its own, and asks for it until it is there.</summary>
    public async Task ProbeAsync()
    {
        var id = RandomNumberGenerator.GetBytes(16);
        var now = DateTimeOffset.UtcNow;
        while (!await _connection.SendAsync(OneSpan(id, now))) await Task.Delay(20);
        var watch = Stopwatch.StartNew();
        var seconds = now.ToUnixTimeMilliseconds() / 1000.0;
        var where = $$"""{ "column": "trace.trace_id", "op": "=", "value": "{{Convert.ToHexStringLower(id)}}" }""";
        var tries = 1;
        var asked = watch.Elapsed;
        while (await server.Api.CountAsync(seconds - 5, seconds + 5, where) == 0)
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30)) throw new BenchmarkException("an acknowledged event is not visible after 30 s");
            tries++;
            asked = watch.Elapsed;
        }

        Visible.Add(asked);
        Answered.Add(watch.Elapsed);
        _asked++;
        if (tries == 1) _atOnce++;
    }

    public void Dispose() => _connection.Dispose();

    private static byte[] OneSpan(byte[] id, DateTimeOffset time)
    {
        var resource = new OtlpBuffer(64);
        resource.StringAttribute(0x0A, "service.name"u8, "freshness-probe"u8);
        var spans = new OtlpBuffer(1_024);
        var span = spans.Begin(0x12);
        spans.Bytes(0x0A, id);
        spans.Bytes(0x12, id.AsSpan(0, 8));
        spans.Bytes(0x2A, "probe"u8);
        spans.Fixed64(0x39, (ulong)time.ToUnixTimeMilliseconds() * 1_000_000);
        spans.Fixed64(0x41, ((ulong)time.ToUnixTimeMilliseconds() * 1_000_000) + 1);
        spans.StringAttribute(0x4A, "app.note"u8, "asked for as soon as it is acknowledged, by its trace id and nothing else"u8);
        spans.End(span);
        return OtlpRequest.Of(resource.Written, spans.Written);
    }
}
