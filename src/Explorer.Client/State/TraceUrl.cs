using System.Globalization;
using System.Text;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>
/// The address of a trace: <c>/trace/{id}?span={spanId}&amp;time={RFC 3339}&amp;zoom={ms}-{ms}&amp;col={column}&amp;tab=statistics&amp;by={column}&amp;with={id}</c>.
/// </summary>
public static class TraceUrl
{
    /// <summary>Columns that are shown beside the names; more are left out.</summary>
    public const int MaxColumns = 8;

    /// <summary>The address of a trace, at a span if one is given.</summary>
    public static string Format(string traceId, string? spanId, long? timeUnixNs) => Format(new TraceState(traceId) { SpanId = spanId, TimeUnixNs = timeUnixNs });

    /// <summary>The address of a state, relative to the server.</summary>
    public static string Format(TraceState state)
    {
        var query = new StringBuilder();
        if (state.SpanId is not null) UrlText.Append(query, "span", state.SpanId);
        if (state.TimeUnixNs is { } time) UrlText.Append(query, "time", UnixTime.ToRfc3339(time));
        if (state.Zoom is { } zoom) UrlText.Append(query, "zoom", $"{Milliseconds(zoom.From)}-{Milliseconds(zoom.To)}");
        foreach (var column in state.Columns) UrlText.Append(query, "col", column);
        if (state.Tab != TraceTab.Waterfall) UrlText.Append(query, "tab", state.Tab.ToString().ToLowerInvariant());
        if (state.GroupBy is not null) UrlText.Append(query, "by", state.GroupBy);
        if (state.OtherTraceId is not null) UrlText.Append(query, "with", state.OtherTraceId);
        return $"/trace/{Uri.EscapeDataString(state.TraceId)}{(query.Length > 0 ? "?" : "")}{query}";
    }

    /// <summary>The state of an address; what cannot be read in it is left out.</summary>
    public static TraceState Parse(string traceId, string uri)
    {
        // Ids are hex digits in lower case, however somebody wrote them.
        var state = new TraceState(traceId.ToLowerInvariant());
        foreach (var (name, value) in UrlText.Parse(uri)) state = With(state, name, value);
        return state;
    }

    /// <summary>The state that an address asks for; null when it is not that of a trace.</summary>
    /// <param name="address">The address, relative to the server, without a slash at its start.</param>
    public static TraceState? ParseAddress(string address)
    {
        var path = address.Split('?', '#')[0];
        return path.Split('/') is ["trace", { Length: > 0 } id] ? Parse(Uri.UnescapeDataString(id), address) : null;
    }

    private static TraceState With(TraceState state, string name, string value) => name switch
    {
        "span" when value.Length > 0 => state with { SpanId = value.ToLowerInvariant() },
        "time" when TimeText.TryParseInstant(value, TimeZoneInfo.Utc, out var unixNs) => state with { TimeUnixNs = unixNs },
        "zoom" when value.Split('-') is [var from, var to] && Nanoseconds(from) is { } start && Nanoseconds(to) is { } end && start < end => state with { Zoom = (start, end) },
        "col" when value.Length > 0 && state.Columns.Count < MaxColumns && !state.Columns.Contains(value) => state with { Columns = state.Columns.Add(value) },
        "tab" when Enum.TryParse<TraceTab>(value, ignoreCase: true, out var tab) && Enum.IsDefined(tab) => state with { Tab = tab },
        "by" when value.Length > 0 => state with { GroupBy = value },
        "with" when value.Length > 0 => state with { OtherTraceId = value },
        _ => state,
    };

    private static string Milliseconds(long ns) => (ns / 1e6m).ToString("0.######", CultureInfo.InvariantCulture);

    private static long? Nanoseconds(string milliseconds) =>
        decimal.TryParse(milliseconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ms) && ms < 9_000_000_000_000m ? (long)(ms * 1_000_000m) : null;
}
