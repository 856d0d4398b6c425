using System.Text;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>The address of a trace: <c>/trace/{id}?span={spanId}&amp;time={RFC 3339}</c>.</summary>
public static class TraceUrl
{
    /// <param name="traceId">The trace.</param>
    /// <param name="spanId">The span that is open, if one is.</param>
    /// <param name="timeUnixNs">A time inside the trace, which makes finding it cheap; null when it is unknown.</param>
    public static string Format(string traceId, string? spanId, long? timeUnixNs)
    {
        var query = new StringBuilder();
        if (spanId is not null) UrlText.Append(query, "span", spanId);
        if (timeUnixNs is { } time) UrlText.Append(query, "time", UnixTime.ToRfc3339(time));
        return $"/trace/{Uri.EscapeDataString(traceId)}{(query.Length > 0 ? "?" : "")}{query}";
    }

    /// <summary>The open span and the time hint of an address.</summary>
    public static (string? SpanId, long? TimeUnixNs) Parse(string uri)
    {
        string? span = null;
        long? time = null;
        foreach (var (name, value) in UrlText.Parse(uri))
        {
            if (name == "span") span = value;
            else if (name == "time" && TimeText.TryParseInstant(value, TimeZoneInfo.Utc, out var unixNs)) time = unixNs;
        }

        return (span, time);
    }
}
