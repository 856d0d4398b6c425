using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>The form of a kept run: compressed JSON, the same that <c>/api/v1/runs/{id}</c> gives.</summary>
internal static class RunFile
{
    /// <summary>A run as the bytes of its file.</summary>
    /// <param name="entry">What the history says of it.</param>
    /// <param name="answer">The question at its absolute time, and its answer.</param>
    /// <param name="markers">The markers on its charts.</param>
    /// <param name="comparison">The comparison that was shown with it; null for none.</param>
    /// <param name="store">What the store held, so that who asks again can tell whether there is more now.</param>
    /// <param name="result">The answer as JSON, as <see cref="ResultOf"/> makes it.</param>
    /// <param name="omitted">Why the answer is left out; null to write it.</param>
    public static byte[] Write(RunEntry entry, Answer answer, IReadOnlyList<ChartMarker> markers, KeptComparison? comparison, StoreStatistics store, ReadOnlySpan<byte> result, string? omitted)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        using (var json = new Utf8JsonWriter(gzip, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("id", entry.Id);
            json.WriteString("created", UnixTime.ToRfc3339(UnixTime.FromDateTimeOffset(entry.At)));
            json.WriteString("address", entry.Address);
            json.WritePropertyName("query");
            QueryJson.Write(json, answer.Asked);
            var meta = answer.Result.Meta;
            json.WriteString("start_time", UnixTime.ToRfc3339(meta.Window.StartUnixNs));
            json.WriteString("end_time", UnixTime.ToRfc3339(meta.Window.EndUnixNs));
            json.WriteStartObject("data_version");
            json.WriteNumber("events", store.Events);
            json.WriteString("latest", UnixTime.ToRfc3339(store.MaxTimeUnixNs));
            json.WriteEndObject();
            Markers(json, markers);
            json.WritePropertyName("result");
            if (omitted is null) json.WriteRawValue(result, skipInputValidation: true);
            else json.WriteNullValue();
            if (omitted is not null) json.WriteString("omitted", omitted);
            else if (answer.Roots is { } roots) Roots(json, roots);
            if (comparison is not null)
            {
                json.WritePropertyName("comparison");
                ComparisonFile.Write(json, comparison);
            }

            json.WriteEndObject();
        }

        return file.ToArray();
    }

    /// <summary>An answer as JSON, which may be large: it is written once, for whoever asked and for the kept run.</summary>
    public static ReadOnlyMemory<byte> ResultOf(Query query, QueryResult result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Api.Json.WriterOptions)) QueryJson.WriteResult(json, query, result);
        return buffer.WrittenMemory;
    }

    /// <summary>What a run's file says.</summary>
    /// <param name="run">The file, decompressed.</param>
    /// <param name="known">What the history says of the run; null when only its file is left.</param>
    /// <exception cref="FormatException">It is no run.</exception>
    public static KeptRun Read(JsonElement run, RunEntry? known)
    {
        try
        {
            var query = QueryJson.Read(run.GetProperty("query"));
            var window = new TimeWindow(Time(run, "start_time"), Time(run, "end_time"));
            var asked = query with { Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs), Cursor = null };
            var address = run.TryGetProperty("address", out var text) ? text.GetString()! : AddressOf(query);
            var at = UnixTime.ToDateTimeOffset(Time(run, "created"));
            var state = ExplorerUrl.Parse(address).State;
            state = state with { Query = state.Query with { Time = asked.Time } };
            var result = run.GetProperty("result") is { ValueKind: JsonValueKind.Object } answer ? Alone(QueryJson.ReadResult(query, answer)) : null;
            var entry = known ?? EntryOf(run.GetProperty("id").GetString()!, at, address, asked, result);
            var omitted = run.TryGetProperty("omitted", out var why) ? why.GetString()! : "";
            var comparison = run.TryGetProperty("comparison", out var shown) ? ComparisonFile.Read(shown) : null;
            return new KeptRun(entry, result is null ? null : new Answer(asked, state, result, at) { Roots = ReadRoots(run) }, omitted, ReadMarkers(run)) { Comparison = comparison };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or QueryException)
        {
            throw new FormatException("the file is no run", e);
        }
    }

    // A kept listing ends where it was kept: what would follow is not what was seen.
    private static QueryResult Alone(QueryResult result) => result.Events is { } page ? new QueryResult { Events = page with { Cursor = null }, Meta = result.Meta } : result;

    /// <summary>What the history says of a new run.</summary>
    public static RunEntry EntryOf(string id, DateTimeOffset at, string address, Query asked, QueryResult? result) => new(
        id, at, address, "", IsStarred: false, IsShared: false, result?.Meta.EventsMatched ?? 0, Math.Round(result?.Meta.Elapsed.TotalMilliseconds ?? 0, 1), result is null ? [] : RunPreview.Of(result, asked));

    /// <summary>The address of a question that was not asked by a page.</summary>
    public static string AddressOf(Query query) => ExplorerUrl.Format(new ExplorerState
    {
        Query = query with { Cursor = null, Columns = default, Orders = query.IsListing ? default : query.Orders },
        View = query.IsListing ? ExplorerView.Events : ExplorerView.Overview,
        EventColumns = query.IsListing ? query.Columns : default,
    });

    private static void Markers(Utf8JsonWriter json, IReadOnlyList<ChartMarker> markers)
    {
        if (markers.Count == 0) return;
        json.WriteStartArray("markers");
        foreach (var marker in markers)
        {
            json.WriteStartObject();
            json.WriteNumber("at_ms", marker.AtMs);
            json.WriteString("text", marker.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static IReadOnlyList<ChartMarker> ReadMarkers(JsonElement run) =>
        run.TryGetProperty("markers", out var markers) ? [.. markers.EnumerateArray().Select(m => new ChartMarker(m.GetProperty("at_ms").GetDouble(), m.GetProperty("text").GetString()!))] : [];

    private static void Roots(Utf8JsonWriter json, IReadOnlyDictionary<string, TraceRoot> roots)
    {
        json.WriteStartObject("roots");
        foreach (var (trace, root) in roots)
        {
            json.WriteStartObject(trace);
            if (root.Service is { } service) json.WriteString("service.name", service);
            if (root.Name is { } name) json.WriteString("name", name);
            if (root.DurationMs is { } duration && double.IsFinite(duration)) json.WriteNumber("duration_ms", duration);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static IReadOnlyDictionary<string, TraceRoot>? ReadRoots(JsonElement run)
    {
        if (!run.TryGetProperty("roots", out var roots)) return null;
        return roots.EnumerateObject().ToDictionary(
            r => r.Name, r => new TraceRoot(Text(r.Value, "service.name"), Text(r.Value, "name"), r.Value.TryGetProperty("duration_ms", out var duration) ? duration.GetDouble() : null), StringComparer.Ordinal);

        static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var text) ? text.GetString() : null;
    }

    private static long Time(JsonElement run, string name) =>
        TimeText.TryParseInstant(run.GetProperty(name).GetString()!, TimeZoneInfo.Utc, out var unixNs) ? unixNs : throw new InvalidOperationException($"{name} is no time");
}
