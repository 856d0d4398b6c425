using System.Globalization;
using System.Text.Json;
using Analysis.Trace;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Files;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>A trace: its events oldest first, as OTLP/JSON, as the waterfall takes it; what is found in it; and traces from files.</summary>
internal static class TraceEndpoint
{
    private const int TraceIdDigits = 32;

    /// <summary>Columns that can be shown beside the names.</summary>
    private const int MaxColumns = 8;

    private const int MaxSearchText = 1000;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/traces/{traceId}", GetAsync);
        api.MapGet("/traces/{traceId}/waterfall", WaterfallAsync);
        api.MapGet("/traces/{traceId}/search", SearchAsync);
        api.MapPost("/traces/open", OpenAsync).DisableAntiforgery();
    }

    private static async Task GetAsync(HttpContext context, string traceId, TraceReader traces)
    {
        var id = Id(traceId);
        var format = context.Request.Query["format"] is [{ Length: > 0 } named, ..] ? named : "json";
        if (format is not ("json" or "otlp")) throw new ApiException(StatusCodes.Status406NotAcceptable, $"Traces are given as json or otlp, not as {format}.");
        var cancellationToken = context.RequestAborted;
        await using var pages = traces.AllAsync(id, cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await pages.MoveNextAsync())
        {
            // Expected, and asked for as often as not: an exception on its way through all of the layers costs more than the search.
            await Problem.WriteAsync(context, None(id).Problem);
            return;
        }

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter.AsStream(leaveOpen: true), Json.WriterOptions);
        if (format == "otlp") await WriteOtlpAsync(context, json, id, pages);
        else await WriteEventsAsync(json, pages, cancellationToken);
        await json.FlushAsync(cancellationToken);
    }

    private static async Task WriteOtlpAsync(HttpContext context, Utf8JsonWriter json, string id, IAsyncEnumerator<ResultTable> pages)
    {
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"trace-{id}.json\"";
        var all = new List<ResultTable>();
        do all.Add(pages.Current);
        while (await pages.MoveNextAsync());
        new OtlpFileWriter(json).Write(all);
    }

    private static async Task WriteEventsAsync(Utf8JsonWriter json, IAsyncEnumerator<ResultTable> pages, CancellationToken cancellationToken)
    {
        var read = 0;
        json.WriteStartObject();
        json.WriteStartArray("events");
        do
        {
            for (var row = 0; row < pages.Current.RowCount; row++) WriteEvent(json, pages.Current, row);
            read += pages.Current.RowCount;
            await json.FlushAsync(cancellationToken);
        }
        while (await pages.MoveNextAsync());

        json.WriteEndArray();
        if (read >= TraceReader.MaxEvents) json.WriteBoolean("truncated", true);
        json.WriteEndObject();
    }

    /// <summary>The trace as the waterfall takes it; 204 when it still has <c>after</c> events.</summary>
    private static async Task WaterfallAsync(HttpContext context, string traceId, TraceReader traces)
    {
        var id = Id(traceId);
        var parameters = new QueryParameters(context.Request.Query);
        var near = parameters.Instant("time");
        var after = parameters.Int("after", 0, 0, int.MaxValue);
        string[] columns = [.. context.Request.Query["column"].OfType<string>().Where(c => c.Length > 0).Distinct(StringComparer.Ordinal).Take(MaxColumns)];
        parameters.ThrowIfFaulty();
        context.Response.Headers.CacheControl = "no-store";
        if (after > 0 && await traces.CountAsync(id, near, context.RequestAborted) == after)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var events = await traces.ReadAsync(id, near, columns, context.RequestAborted);
        if (events.Events == 0) throw None(id);
        var model = TraceModel.Build(events);
        await new WaterfallAnswer(model, events, columns).WriteAsync(context);
    }

    /// <summary>The spans and log records of a trace in which something is found: <c>{ "spans": [ids], "logs": [{ "time": Unix nanoseconds, "span": id or null }], "cut": false }</c>.</summary>
    private static async Task SearchAsync(HttpContext context, string traceId, TraceReader traces)
    {
        var id = Id(traceId);
        var parameters = new QueryParameters(context.Request.Query);
        var near = parameters.Instant("time");
        parameters.ThrowIfFaulty();
        if (parameters.Text("q") is not { Length: <= MaxSearchText } text)
            throw new ApiException(StatusCodes.Status400BadRequest, "There is nothing to search for.", new QueryError("q", $"must have 1 to {MaxSearchText} characters"));
        var matches = await traces.SearchAsync(id, text, near, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("spans");
            foreach (var span in matches.SpanIds) json.WriteStringValue(span);
            json.WriteEndArray();
            json.WriteStartArray("logs");
            foreach (var (unixNs, span) in matches.Logs)
            {
                json.WriteStartObject();
                json.WriteString("time", unixNs.ToString(CultureInfo.InvariantCulture));
                json.WriteString("span", span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("cut", matches.IsCut);
            json.WriteEndObject();
        });
    }

    /// <summary>Takes an OTLP/JSON document and gives its traces ids under which they can be looked at for a while; nothing goes into the store.</summary>
    private static async Task OpenAsync(HttpContext context, OpenedTraces opened, TimeProvider time)
    {
        var body = await Json.ReadBodyAsync(context, OtlpFileReader.MaxBytes);
        IReadOnlyList<(string TraceId, ResultTable Events)> traces;
        try
        {
            traces = OtlpFileReader.Read(body.Span, UnixTime.FromDateTimeOffset(time.GetUtcNow()));
        }
        catch (RefusedException refused)
        {
            throw new ApiException(refused.Answer.HttpStatus, $"The file is not OTLP/JSON: {refused.Message}.");
        }

        if (traces.Count == 0) throw new ApiException(StatusCodes.Status400BadRequest, "The file has no spans: Explorer opens OTLP/JSON with resourceSpans.");
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("traces");
            foreach (var (traceId, events) in traces.Take(OpenedTraces.MaxTraces))
            {
                json.WriteStartObject();
                json.WriteString("id", opened.Add(events));
                json.WriteString("trace_id", traceId);
                json.WriteNumber("events", events.RowCount);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("left_out", Math.Max(0, traces.Count - OpenedTraces.MaxTraces));
            json.WriteEndObject();
        });
    }

    private static string Id(string traceId)
    {
        var id = traceId.ToLowerInvariant();
        if (TraceReader.IsOpened(id) || (id.Length == TraceIdDigits && id.All(char.IsAsciiHexDigitLower))) return id;
        throw new ApiException(StatusCodes.Status400BadRequest, "The trace id is not valid.", new QueryError("traceId", $"\"{traceId}\" is not {TraceIdDigits} hexadecimal digits"));
    }

    private static ApiException None(string id) => new(StatusCodes.Status404NotFound, $"There is no trace {id} here.");

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
