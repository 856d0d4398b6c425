using System.Text.Json;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>All events of a trace, oldest first.</summary>
internal static class TraceEndpoint
{
    private const int TraceIdDigits = 32;

    /// <summary>Pages of a trace that are read; a longer one ends there and says so.</summary>
    private const int MaxPages = 100;

    public static void Map(RouteGroupBuilder api) => api.MapGet("/traces/{traceId}", GetAsync);

    private static async Task GetAsync(HttpContext context, string traceId, IEventStore store)
    {
        var id = traceId.ToLowerInvariant();
        if (id.Length != TraceIdDigits || !id.All(char.IsAsciiHexDigitLower))
            throw new ApiException(StatusCodes.Status400BadRequest, "The trace id is not valid.", new QueryError("traceId", $"\"{traceId}\" is not {TraceIdDigits} hexadecimal digits"));
        if (context.Request.Query["format"] is [{ Length: > 0 } format, ..] && format != "json")
            throw new ApiException(StatusCodes.Status406NotAcceptable, $"Traces are given as json, not as {format}.");
        var cancellationToken = context.RequestAborted;
        var query = new Query
        {
            Time = TimeRange.All,
            Where = new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, id),
            Orders = [new Order(new ResultReference(Column: WellKnownColumns.Time), Descending: false)],
            Limit = Query.MaxLimit,
        };
        var page = store.Schema.Contains(WellKnownColumns.TraceId) ? (await store.RunAsync(query, cancellationToken)).Events : null;
        if (page is null || page.Table.RowCount == 0) throw new ApiException(StatusCodes.Status404NotFound, $"There is no trace {id} here.");

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter.AsStream(leaveOpen: true), Json.WriterOptions);
        json.WriteStartObject();
        json.WriteStartArray("events");
        for (var pages = 1; ; pages++)
        {
            for (var row = 0; row < page.Table.RowCount; row++) WriteEvent(json, page.Table, row);
            await json.FlushAsync(cancellationToken);
            if (page.Cursor is null || pages == MaxPages) break;
            page = (await store.RunAsync(query with { Cursor = page.Cursor }, cancellationToken)).Events!;
        }

        json.WriteEndArray();
        if (page.Cursor is not null) json.WriteBoolean("truncated", true);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private static void WriteEvent(Utf8JsonWriter json, ResultTable events, int row)
    {
        json.WriteStartObject();
        foreach (var column in events.Columns)
        {
            if (column.IsNull(row)) continue;
            json.WritePropertyName(column.Name);
            if (column.Name == WellKnownColumns.Time) json.WriteStringValue(UnixTime.ToRfc3339Nanoseconds(column[row].AsInt64()));
            else QueryJson.WriteValue(json, column[row]);
        }

        json.WriteEndObject();
    }
}
