using Storage.Events;
using Storage.Queries;

namespace Analysis.Services;

/// <summary>The questions behind the services page: everything on it is a query over spans.</summary>
public static class ServiceQuestions
{
    /// <summary>Services in the table, those with the most requests.</summary>
    public const int MaxServices = 500;

    /// <summary>Operations of one service.</summary>
    public const int MaxOperations = 100;

    /// <summary>Time buckets of a sparkline.</summary>
    private const int Buckets = 60;

    /// <summary>Names of the calculations.</summary>
    public const string Requests = "requests", Errors = "errors", P50 = "p50", P95 = "p95", P99 = "p99";

    private static readonly Filter IsError = new Filter.Condition(WellKnownColumns.Error, FilterOp.Equal, true);

    /// <summary>Where a request comes into a service: server and consumer spans, and spans without a parent.</summary>
    public static Filter Entry { get; } = new Filter.Or(
    [
        new Filter.Condition(WellKnownColumns.SpanKind, FilterOp.In, ["server", "consumer"]),
        new Filter.And([new Filter.Condition(WellKnownColumns.SpanId, FilterOp.Exists), new Filter.Condition(WellKnownColumns.ParentId, FilterOp.DoesNotExist)]),
    ]);

    /// <summary>The entries of one service.</summary>
    public static Filter EntryOf(string service) => new Filter.And([Of(service), Entry]);

    /// <summary>Rate, errors and durations of every service over time.</summary>
    /// <param name="time">The window.</param>
    /// <param name="compareSeconds">How much earlier the window lies that it is compared with; null for none.</param>
    public static Query Table(TimeWindow time, long? compareSeconds) => Red(time, Entry, WellKnownColumns.ServiceName, MaxServices) with
    {
        GranularitySeconds = Math.Max(1, Math.Ceiling(time.LengthNs / 1e9 / Buckets)), CompareOffsetSeconds = compareSeconds, Series = true,
    };

    /// <summary>The operations of a service.</summary>
    public static Query Operations(TimeWindow time, string service, long? compareSeconds) =>
        Red(time, EntryOf(service), WellKnownColumns.Name, MaxOperations) with { CompareOffsetSeconds = compareSeconds };

    /// <summary>Which versions of a service took requests, and from when to when.</summary>
    public static Query Versions(TimeWindow time, string service) => new()
    {
        Time = Between(time), Where = EntryOf(service), Breakdowns = ["service.version"], Limit = 10, Series = false,
        Calculations = [new Calculation(CalculationOp.Count, Name: Requests), new Calculation(CalculationOp.Min, WellKnownColumns.Time, "first"), new Calculation(CalculationOp.Max, WellKnownColumns.Time, "last")],
    };

    internal static Query Red(TimeWindow time, Filter where, string by, int limit) => new()
    {
        Time = Between(time), Where = where, Breakdowns = [by], Limit = limit, Series = false,
        Calculations =
        [
            new Calculation(CalculationOp.Count, Name: Requests), new Calculation(CalculationOp.Count, Name: Errors, Where: IsError),
            new Calculation(CalculationOp.P50, WellKnownColumns.DurationMs, P50), new Calculation(CalculationOp.P95, WellKnownColumns.DurationMs, P95), new Calculation(CalculationOp.P99, WellKnownColumns.DurationMs, P99),
        ],
    };

    internal static Filter Of(string service) => Is(WellKnownColumns.ServiceName, service);

    internal static Filter Is(string column, string value) =>
        value.Length == 0 ? new Filter.Condition(column, FilterOp.DoesNotExist) : new Filter.Condition(column, FilterOp.Equal, value);

    internal static TimeRange Between(TimeWindow window) => new TimeRange.Between(window.StartUnixNs, window.EndUnixNs);
}
