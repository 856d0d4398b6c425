using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>What became of a load.</summary>
internal sealed class LoadResult
{
    private long _requests;
    private long _retries;

    /// <summary>
    /// From the moment a request was due - not the moment it was sent - to its acknowledgement, retries included: a server that stops makes
    /// everything late that would have been sent meanwhile.
    /// </summary>
    public LatencyHistogram Acknowledgement { get; } = new();

    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Times that the server said "busy, try again".</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Spans that were acknowledged, taking every request as full.</summary>
    public long Spans => Requests * Workloads.Workload.BatchSpans;

    public double Seconds { get; set; }

    /// <summary>CPU time of this process meanwhile.</summary>
    public double ClientCpuSeconds { get; set; }

    public void Acknowledged(TimeSpan latency)
    {
        Interlocked.Increment(ref _requests);
        Acknowledgement.Add(latency);
    }

    public void Refused() => Interlocked.Increment(ref _retries);
}
