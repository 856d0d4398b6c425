using System.Diagnostics.Metrics;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp;

/// <summary>A request of which something was not stored.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Request">Method and path.</param>
/// <param name="Status">HTTP status or gRPC status name; <c>partial</c> where only some records were rejected.</param>
/// <param name="Reason">Why; never with a value from the payload.</param>
/// <param name="RemotePort">Port that it came from.</param>
internal sealed record RefusedRequest(DateTimeOffset Time, string Request, string Status, string Reason, int RemotePort);

/// <summary>What came in since the process started. Safe to use from any thread.</summary>
internal sealed class IngestStatistics
{
    private const int KeptRefusals = 20;
    private const int RateSeconds = 10;

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Lock _lock = new();
    private readonly Queue<RefusedRequest> _refused = new(KeptRefusals);
    private readonly (long Second, long Events)[] _recent = new (long, long)[RateSeconds + 1];
    private readonly Counter<long> _events;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _overflowed;
    private readonly Counter<long> _truncated;
    private long _acceptedEvents;
    private long _rejectedRecords;

    public IngestStatistics(TimeProvider time, IMeterFactory meters)
    {
        _time = time;
        _started = time.GetTimestamp();
        var meter = meters.Create("Explorer.Ingest");
        _events = meter.CreateCounter<long>("explorer.ingest.events", "{event}", "Events stored.");
        _rejected = meter.CreateCounter<long>("explorer.ingest.rejected", "{record}", "Spans, log records, points and events that could not be taken.");
        _requests = meter.CreateCounter<long>("explorer.ingest.requests", "{request}", "Requests, by transport and outcome.");
        _bytes = meter.CreateCounter<long>("explorer.ingest.bytes", "By", "Bytes of request bodies as they came over the wire.");
        _overflowed = meter.CreateCounter<long>("explorer.ingest.overflowed_values", "{value}", "Values that went to meta.overflow for want of a column.");
        _truncated = meter.CreateCounter<long>("explorer.ingest.truncated_values", "{value}", "Values that were cut at the bound of a value.");
    }

    /// <summary>Events stored.</summary>
    public long AcceptedEvents => Interlocked.Read(ref _acceptedEvents);

    /// <summary>Records of otherwise good requests that were not stored.</summary>
    public long RejectedRecords => Interlocked.Read(ref _rejectedRecords);

    /// <summary>Events stored per second over the last ten seconds, or since the start when that is less.</summary>
    public double EventsPerSecond
    {
        get
        {
            var second = Second();
            long events = 0;
            lock (_lock)
            {
                foreach (var slot in _recent)
                    if (slot.Second > second - RateSeconds) events += slot.Events;
            }

            return (double)events / Math.Clamp(second, 1, RateSeconds);
        }
    }

    /// <summary>The latest requests of which something was not stored, latest first.</summary>
    public IReadOnlyList<RefusedRequest> Refused
    {
        get
        {
            lock (_lock) return [.. _refused.Reverse()];
        }
    }

    public void CountBytes(string transport, int bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("transport", transport));

    public void CountStored(DecodedRequest request, string signal)
    {
        Interlocked.Add(ref _acceptedEvents, request.Events);
        _events.Add(request.Events, new KeyValuePair<string, object?>("signal", signal));
        if (request.OverflowedValues > 0) _overflowed.Add(request.OverflowedValues);
        if (request.TruncatedValues > 0) _truncated.Add(request.TruncatedValues);
        var second = Second();
        lock (_lock)
        {
            ref var slot = ref _recent[second % _recent.Length];
            if (slot.Second != second) slot = (second, 0);
            slot.Events += request.Events;
        }
    }

    public void CountAnswer(string transport, string request, int remotePort, IngestAnswer answer)
    {
        _requests.Add(
            1, new KeyValuePair<string, object?>("transport", transport), new KeyValuePair<string, object?>("outcome", answer.Verdict.ToString()));
        if (answer.Rejected > 0)
        {
            Interlocked.Add(ref _rejectedRecords, answer.Rejected);
            _rejected.Add(answer.Rejected);
        }

        if (answer is { Verdict: Verdict.Accepted, Rejected: 0 }) return;
        var status = answer.Verdict == Verdict.Accepted ? "partial"
            : transport == IngestEdge.Grpc ? answer.GrpcStatus.ToString()
            : answer.HttpStatus.ToString(System.Globalization.CultureInfo.InvariantCulture);
        lock (_lock)
        {
            if (_refused.Count == KeptRefusals) _refused.Dequeue();
            _refused.Enqueue(new RefusedRequest(_time.GetUtcNow(), request, status, answer.Reason ?? string.Empty, remotePort));
        }
    }

    private long Second() => (long)_time.GetElapsedTime(_started).TotalSeconds;
}
