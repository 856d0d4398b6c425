using System.Globalization;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Trace;

/// <summary>What was found in a trace.</summary>
/// <param name="SpanIds">Spans that match, or whose span events or links do.</param>
/// <param name="Logs">Log records that match: their times, Unix nanoseconds, and the spans that they name; null for none.</param>
/// <param name="IsCut">True when there are more than <see cref="TraceReader.MaxMatches"/>.</param>
public sealed record TraceMatches(IReadOnlyCollection<string> SpanIds, IReadOnlyCollection<(long TimeUnixNs, string? SpanId)> Logs, bool IsCut);

/// <summary>Reads traces, from the store or from an opened file.</summary>
public sealed class TraceReader(IEventStore store, OpenedTraces opened)
{
    /// <summary>Events of a trace that are read; the latest ones beyond are left out, and counted.</summary>
    public const int MaxEvents = Query.MaxListed;

    /// <summary>Events that a search names.</summary>
    public const int MaxMatches = Query.MaxLimit;

    /// <summary>Columns of numbers that are looked through for a text that is one: those that most events have.</summary>
    private const int MaxNumberColumns = 100;

    /// <summary>Log records of one time that are given.</summary>
    private const int MaxAtOnce = 100;

    /// <summary>Around a time hint, nanoseconds: who gives one says that the trace lies within a day of it.</summary>
    private const long HintReachNs = 24L * 3600 * 1_000_000_000;

    /// <summary>Reads a trace.</summary>
    /// <param name="traceId">The trace, lower-case hex, or the id of an opened one.</param>
    /// <param name="nearUnixNs">A time inside the trace, when one is known: less is read then.</param>
    /// <param name="columns">Further columns whose values are wanted.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="EventStoreException">The store is at fault.</exception>
    public async Task<TraceEvents> ReadAsync(string traceId, long? nearUnixNs, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        if (IsOpened(traceId)) return opened.Find(traceId) is { } file ? TraceEvents.Read([file], columns, file.RowCount) : TraceEvents.Read([], [], 0);
        var schema = store.Schema;
        var pages = new List<ResultTable>();
        var events = 0L;
        await foreach (var (table, matched) in PagesAsync(traceId, nearUnixNs, [.. TraceEvents.Columns.Concat(columns).Distinct(StringComparer.Ordinal).Where(schema.Contains)], MaxEvents, cancellationToken))
        {
            pages.Add(table);
            events = Math.Max(events, matched);
        }

        return TraceEvents.Read(pages, columns, events);
    }

    /// <summary>The events of a trace with all their columns, oldest first, in pages; at most <see cref="MaxEvents"/>.</summary>
    public async IAsyncEnumerable<ResultTable> AllAsync(string traceId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (IsOpened(traceId))
        {
            if (opened.Find(traceId) is { } file) yield return file;
            yield break;
        }

        await foreach (var (table, _) in PagesAsync(traceId, null, default, Query.MaxLimit, cancellationToken)) yield return table;
    }

    /// <summary>Events that the trace has now.</summary>
    public async Task<long> CountAsync(string traceId, long? nearUnixNs, CancellationToken cancellationToken)
    {
        if (IsOpened(traceId)) return opened.Find(traceId)?.RowCount ?? 0;
        if (!store.Schema.Contains(WellKnownColumns.TraceId)) return 0;
        var query = new Query { Time = Around(nearUnixNs), Where = Is(WellKnownColumns.TraceId, traceId), Calculations = [new Calculation(CalculationOp.Count)], Series = false };
        return (await store.RunAsync(query, cancellationToken)).Meta.EventsMatched;
    }

    /// <summary>A span with its span events, links and log records, with all their columns, by time; at most <see cref="Query.MaxLimit"/> events.</summary>
    public async Task<ResultTable> SpanAsync(string traceId, string spanId, long? nearUnixNs, CancellationToken cancellationToken)
    {
        if (IsOpened(traceId))
            return opened.Find(traceId) is { } file ? TableRows.Where(file, row => BelongsTo(file, row, spanId)) : ResultTable.Empty;
        // Of what names the span as its parent, other spans are not of it.
        var own = new Filter.And([Is(WellKnownColumns.ParentId, spanId), new Filter.Condition(WellKnownColumns.SpanId, FilterOp.DoesNotExist)]);
        var query = Listing(traceId, nearUnixNs) with { Where = new Filter.And([Is(WellKnownColumns.TraceId, traceId), new Filter.Or([Is(WellKnownColumns.SpanId, spanId), own])]) };
        return (await store.RunAsync(query, cancellationToken)).Events!.Table;
    }

    /// <summary>The log records of a trace that have one time, with all their columns.</summary>
    /// <param name="traceId">The trace.</param>
    /// <param name="timeUnixNs">The time.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<ResultTable> LogsAtAsync(string traceId, long timeUnixNs, CancellationToken cancellationToken)
    {
        if (IsOpened(traceId))
            return opened.Find(traceId) is { } file ? TableRows.Where(file, row => IsLog(file, row) && file.Find(WellKnownColumns.Time)![row].AsInt64() == timeUnixNs) : ResultTable.Empty;
        var query = Listing(traceId, null) with
        {
            Time = new TimeRange.Between(timeUnixNs, timeUnixNs == long.MaxValue ? timeUnixNs : timeUnixNs + 1), Limit = MaxAtOnce,
            Where = new Filter.And([Is(WellKnownColumns.TraceId, traceId), Is(WellKnownColumns.SignalType, "log")]),
        };
        return (await store.RunAsync(query, cancellationToken)).Events!.Table;
    }

    /// <summary>
    /// Finds events of a trace: by a condition, when the text is one (<c>http.route = "/pay"</c>), else by the text, in whatever case, in any column
    /// of texts, and in those of numbers when it is one. An opened file is searched by text alone.
    /// </summary>
    /// <exception cref="QueryException">The condition names a column that there is not, or compares what cannot be compared.</exception>
    public async Task<TraceMatches> SearchAsync(string traceId, string text, long? nearUnixNs, CancellationToken cancellationToken)
    {
        if (IsOpened(traceId)) return SearchFile(traceId, text);
        var query = Listing(traceId, nearUnixNs) with
        {
            Where = new Filter.And([Is(WellKnownColumns.TraceId, traceId), ConditionOf(text)]),
            Columns = [.. new[] { WellKnownColumns.SpanId, WellKnownColumns.ParentId, WellKnownColumns.SignalType, WellKnownColumns.AnnotationType }.Where(store.Schema.Contains)],
        };
        var page = (await store.RunAsync(query, cancellationToken)).Events!;
        return MatchesOf(page.Table, page.Cursor is not null);
    }

    /// <summary>True for the id of an opened file.</summary>
    public static bool IsOpened(string traceId) => traceId.StartsWith(OpenedTraces.Prefix, StringComparison.Ordinal);

    private TraceMatches SearchFile(string traceId, string text)
    {
        if (opened.Find(traceId) is not { } file) return new TraceMatches([], [], false);
        return MatchesOf(TableRows.Where(file, row => file.Columns.Any(c => !c.IsNull(row) && c[row].ToString().Contains(text, StringComparison.OrdinalIgnoreCase))), false);
    }

    private Filter ConditionOf(string text)
    {
        try
        {
            return QueryText.ParseWhere(text);
        }
        catch (QueryException)
        {
            var anywhere = new Filter.Condition(Filter.AnyColumn, FilterOp.Search, text);
            if (!double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return anywhere;
            var numbers = store.Schema.Columns.Where(c => c.Type is ColumnType.Int64 or ColumnType.Float64 && c.Name != WellKnownColumns.Time).OrderByDescending(c => c.Count).Take(MaxNumberColumns);
            return new Filter.Or([anywhere, .. numbers.Select(c => new Filter.Condition(c.Name, FilterOp.Equal, number))]);
        }
    }

    private static TraceMatches MatchesOf(ResultTable events, bool isCut)
    {
        var (ids, logs) = (new HashSet<string>(StringComparer.Ordinal), new List<(long, string?)>());
        var (span, parent) = (events.Find(WellKnownColumns.SpanId), events.Find(WellKnownColumns.ParentId));
        for (var row = 0; row < events.RowCount; row++)
        {
            var above = parent is not null && !parent.IsNull(row) ? parent[row].ToString() : null;
            if (span is not null && !span.IsNull(row)) ids.Add(span[row].ToString());
            else if (IsLog(events, row)) logs.Add((events.Find(WellKnownColumns.Time)![row].AsInt64(), above));
            else if (above is not null) ids.Add(above);
        }

        return new TraceMatches(ids, logs, isCut);
    }

    private static bool IsLog(ResultTable events, int row) =>
        events.Find(WellKnownColumns.SignalType) is { } signal && signal[row].ToString() == "log" && (events.Find(WellKnownColumns.AnnotationType) is not { } annotation || annotation.IsNull(row));

    private static bool BelongsTo(ResultTable events, int row, string spanId)
    {
        var id = events.Find(WellKnownColumns.SpanId) is { } span && !span.IsNull(row) ? span[row].ToString() : null;
        return (id ?? events.Find(WellKnownColumns.ParentId)?[row].ToString()) == spanId;
    }

    private async IAsyncEnumerable<(ResultTable Table, long Matched)> PagesAsync(
        string traceId, long? nearUnixNs, ValueList<string> columns, int atOnce, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!store.Schema.Contains(WellKnownColumns.TraceId)) yield break;
        var query = Listing(traceId, nearUnixNs) with { Columns = columns, Limit = atOnce };
        for (var read = 0; ;)
        {
            var result = await store.RunAsync(query, cancellationToken);
            var page = result.Events!;
            if (page.Table.RowCount == 0) yield break;
            yield return (page.Table, result.Meta.EventsMatched);
            read += page.Table.RowCount;
            if (page.Cursor is null || read >= MaxEvents) yield break;
            query = query with { Cursor = page.Cursor };
        }
    }

    private static Query Listing(string traceId, long? nearUnixNs) => new()
    {
        Time = Around(nearUnixNs),
        Where = Is(WellKnownColumns.TraceId, traceId),
        Orders = [new Order(new ResultReference(Column: WellKnownColumns.Time), Descending: false)],
        Limit = Query.MaxLimit,
    };

    private static Filter.Condition Is(string column, string value) => new(column, FilterOp.Equal, value);

    private static TimeRange Around(long? near) => near is { } time
        ? new TimeRange.Between(Math.Max(0, time - HintReachNs), time > long.MaxValue - HintReachNs ? long.MaxValue : time + HintReachNs)
        : TimeRange.All;
}
