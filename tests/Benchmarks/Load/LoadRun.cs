using System.Diagnostics;
using System.IO.Compression;
using Benchmarks.Harness;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Load;

/// <summary>Sends requests to a server over some connections until they, or the time, are used up. Every request is acknowledged in the end, or the run fails.</summary>
internal sealed class LoadRun
{
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(4);

    private readonly LoadOptions _options;
    private readonly IEnumerator<byte[]> _requests;
    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = new();
    private readonly LoadResult _result = new();
    private long _taken;

    private LoadRun(LoadOptions options, IEnumerable<byte[]> requests)
    {
        _options = options;
        _requests = requests.GetEnumerator();
    }

    /// <param name="server">Where to.</param>
    /// <param name="requests">Bodies as they go over the wire: compressed already if the transport says so.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the load early; what was sent by then counts.</param>
    public static async Task<LoadResult> RunAsync(ServerProcess server, IEnumerable<byte[]> requests, LoadOptions options, CancellationToken cancellationToken = default)
    {
        var run = new LoadRun(options, requests);
        var connections = Enumerable.Range(0, options.Connections).Select(_ => Connect(server, options.Transport)).ToArray();
        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        run._clock.Start();
        try
        {
            await Task.WhenAll(connections.Select(connection => Task.Run(() => run.SendAllAsync(connection, cancellationToken), CancellationToken.None)));
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
            run._requests.Dispose();
        }

        self.Refresh();
        run._result.Seconds = run._clock.Elapsed.TotalSeconds;
        run._result.ClientCpuSeconds = (self.TotalProcessorTime - cpu).TotalSeconds;
        return run._result;
    }

    /// <summary>The bodies compressed as OpenTelemetry SDKs do, with gzip at its usual level.</summary>
    public static byte[] Gzip(byte[] request)
    {
        using var memory = new MemoryStream(request.Length / 4);
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal)) gzip.Write(request);
        return memory.ToArray();
    }

    public static IOtlpConnection Connect(ServerProcess server, Transport transport) => transport switch
    {
        Transport.Http => new HttpConnection(server.HttpPort, gzip: false),
        Transport.HttpGzip => new HttpConnection(server.HttpPort, gzip: true),
        Transport.Grpc => new GrpcConnection(server.GrpcPort, gzip: false),
        Transport.GrpcGzip => new GrpcConnection(server.GrpcPort, gzip: true),
        _ => new GrpcClientConnection(server.GrpcPort),
    };

    private async Task SendAllAsync(IOtlpConnection connection, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && TryTake(out var request, out var due))
        {
            if (due > _clock.Elapsed) await Task.Delay(due - _clock.Elapsed, CancellationToken.None);
            var now = _clock.Elapsed;
            // A timer wakes up to a few milliseconds late, which is not the server's; what is later than that waited for a connection.
            var started = _options.SpansPerSecond is null || now - due < TimerGrain ? now : due;
            for (var patience = 0; !await connection.SendAsync(request); patience++)
            {
                if (patience == 600) throw new BenchmarkException("the server refused the same request for a minute");
                _result.Refused();
                await Task.Delay(100, CancellationToken.None);
            }

            var done = _clock.Elapsed;
            _result.Acknowledged(done - started);
            _options.Timeline?.Add(done, done - started);
        }
    }

    private bool TryTake(out byte[] request, out TimeSpan due)
    {
        lock (_gate)
        {
            due = _options.SpansPerSecond is { } rate ? TimeSpan.FromSeconds(_taken * Workload.BatchSpans / rate) : TimeSpan.Zero;
            var late = _options.Duration is { } duration && (due > duration || _clock.Elapsed > duration + TimeSpan.FromSeconds(30) || (due == TimeSpan.Zero && _clock.Elapsed > duration));
            if (late || !_requests.MoveNext())
            {
                request = [];
                return false;
            }

            _taken++;
            request = _requests.Current;
            return true;
        }
    }
}
