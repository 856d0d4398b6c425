using System.Diagnostics;
using System.Diagnostics.Metrics;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Telemetry;

/// <summary>How long queries take and how they end, as <c>explorer.query.duration</c> with <c>outcome</c>.</summary>
internal sealed class QueryMetrics : IDisposable
{
    private readonly Meter _meter = new("Explorer.Query");
    private readonly Histogram<double> _duration;

    public QueryMetrics() => _duration = _meter.CreateHistogram<double>("explorer.query.duration", "s", "Time from the query's arrival to its answer");

    /// <summary>Runs a query and records it.</summary>
    public async Task<QueryResult> MeasureAsync(Func<Task<QueryResult>> run)
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = "fault";
        try
        {
            var result = await run();
            outcome = result.Meta.IsPartial ? "partial" : "complete";
            return result;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        catch (QueryException)
        {
            outcome = "invalid";
            throw;
        }
        catch (EventStoreException e) when (e.Fault == EventStoreFault.Timeout)
        {
            outcome = "timeout";
            throw;
        }
        finally
        {
            _duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    public void Dispose() => _meter.Dispose();
}
