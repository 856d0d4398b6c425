using System.Security.Cryptography;
using System.Text;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Transport;
using Storage;

namespace Explorer.Server.Otlp;

/// <summary>
/// What all ways in have in common: the key, reading within bounds, the store, and the one place where everything that can go wrong becomes
/// a verdict.
/// </summary>
internal sealed partial class IngestEdge(
    IEventStore store, IngestOptions options, IngestStatistics statistics, TimeProvider time, ILogger<IngestEdge> logger)
{
    public const string Grpc = "grpc";
    public const string Http = "http";
    public const string Events = "events";

    /// <summary>Events may take this many times the bytes of the longest request; real telemetry takes one to five times its bytes.</summary>
    private const int MaxExpansion = 8;

    private static readonly TimeSpan StoreRecovery = TimeSpan.FromSeconds(5);

    private readonly byte[][] _keyHashes = [.. options.Keys.Select(Hash)];

    /// <summary>
    /// One decoding for each processor: more of them at once take turns, each with columns that have gone from the processor's cache by then, and for some no
    /// columns are there that know the names.
    /// </summary>
    private readonly SemaphoreSlim _decoding = new(OtlpDecoder.MostAtOnce);

    public BodyReader Bodies { get; } = new(options);

    public IngestOptions Options => options;

    /// <summary>Does the work of a request and says what became of it.</summary>
    /// <returns>Null when the sender has gone and nobody waits for an answer.</returns>
    public async Task<IngestAnswer?> RunAsync(
        HttpContext context, string transport, string route, Func<CancellationToken, ValueTask<IngestAnswer>> work, CancellationToken cancellationToken)
    {
        IngestAnswer answer;
        try
        {
            answer = HasKey(context.Request)
                ? await work(cancellationToken)
                : new IngestAnswer(Verdict.WrongKey, "no valid key in x-explorer-key or x-honeycomb-team");
        }
        catch (RefusedException e)
        {
            answer = e.Answer;
        }
        catch (OperationCanceledException)
        {
            if (context.RequestAborted.IsCancellationRequested) return Gone(context);
            answer = new IngestAnswer(Verdict.DeadlineExceeded, "the sender's deadline passed before the data was durable");
        }
        catch (EventStoreException e)
        {
            // Not the sender's fault, and it may well pass: sending again keeps the data.
            answer = new IngestAnswer(Verdict.Busy, "the data could not be stored: " + e.Message, RetryAfter: StoreRecovery);
        }
        catch (IOException)
        {
            return Gone(context); // the connection's: the store names its own faults
        }
        catch (Exception e)
        {
            LogFault(logger, e, route);
            answer = new IngestAnswer(Verdict.Internal, "internal error; the server's log says more");
        }

        statistics.CountAnswer(transport, route, context.Connection.RemotePort, answer);
        return answer;
    }

    public void CountBytes(string transport, int bytes) => statistics.CountBytes(transport, bytes);

    /// <summary>Decodes an export request and stores it.</summary>
    public async ValueTask<IngestAnswer> ExportAsync(OtlpSignal signal, OtlpEncoding encoding, PooledBody body, CancellationToken cancellationToken)
    {
        DecodedRequest request;
        using (body)
        {
            await _decoding.WaitAsync(cancellationToken);
            try
            {
                request = OtlpDecoder.Decode(signal, encoding, body.Bytes, store.Schema, ArrivalUnixNs(), MaxCost);
            }
            finally
            {
                _decoding.Release();
            }
        }

        return await StoreAsync(request, signal.ToString(), cancellationToken);
    }

    /// <summary>Stores the events of a request, all or none of them, and disposes its batches. Accepted means that all are durable.</summary>
    public async ValueTask<IngestAnswer> StoreAsync(DecodedRequest request, string signal, CancellationToken cancellationToken)
    {
        try
        {
            var result = await store.AppendAsync(request.Batches, cancellationToken);
            if (result.Status == AppendStatus.Busy)
                return new IngestAnswer(Verdict.Busy, result.Reason ?? "the store is busy", RetryAfter: result.RetryAfter);
        }
        finally
        {
            foreach (var batch in request.Batches) batch.Dispose();
        }

        statistics.CountStored(request, signal);
        return new IngestAnswer(Verdict.Accepted, request.RejectionReason, Accepted: request.Events, Rejected: request.Rejected);
    }

    /// <summary>Bytes that the events of one request may take.</summary>
    public long MaxCost => (long)options.MaxDecompressedBytes * MaxExpansion;

    public Storage.Events.Schema Schema => store.Schema;

    /// <summary>Now, Unix nanoseconds.</summary>
    public long ArrivalUnixNs() => Storage.Queries.UnixTime.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>Ends the connection, lest an empty success is taken for an acknowledgement.</summary>
    private static IngestAnswer? Gone(HttpContext context)
    {
        context.Abort();
        return null;
    }

    private bool HasKey(HttpRequest request)
    {
        if (_keyHashes.Length == 0) return true;
        var key = request.Headers["x-explorer-key"].FirstOrDefault() ?? request.Headers["x-honeycomb-team"].FirstOrDefault();
        if (string.IsNullOrEmpty(key)) return false;
        var hash = Hash(key);
        var found = false;
        foreach (var known in _keyHashes) found |= CryptographicOperations.FixedTimeEquals(hash, known);
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "A request to {Route} failed for a reason of our own")]
    private static partial void LogFault(ILogger logger, Exception exception, string route);
}
