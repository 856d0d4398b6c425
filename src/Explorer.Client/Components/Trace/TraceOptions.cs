using System.Globalization;
using System.Text;
using System.Text.Json;
using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components.Trace;

/// <summary>What the address says of a trace, for <c>trace/view.js</c>.</summary>
/// <param name="TraceId">The trace.</param>
/// <param name="Span">The span that is open; null for none.</param>
/// <param name="Time">A time inside the trace, RFC 3339; null when it is unknown.</param>
/// <param name="Zoom">Start and end of the axis, nanoseconds from the trace's start; null for all.</param>
/// <param name="Columns">Columns beside the names.</param>
internal sealed record TraceOptions(string TraceId, string? Span, string? Time, long[]? Zoom, string[] Columns)
{
    public static TraceOptions Of(TraceState state) => new(
        state.TraceId, state.SpanId, state.TimeUnixNs is { } time ? UnixTime.ToRfc3339(time) : null, state.Zoom is { } zoom ? [zoom.From, zoom.To] : null, [.. state.Columns]);

    /// <summary>Where the trace's first answer is asked for. The script asks for it by this very text, so that what the document preloads is what it gets.</summary>
    public string Address
    {
        get
        {
            var query = new StringBuilder();
            if (Time is not null) UrlText.Append(query, "time", Time);
            foreach (var column in Columns) UrlText.Append(query, "column", column);
            return string.Create(CultureInfo.InvariantCulture, $"/api/v1/traces/{Uri.EscapeDataString(TraceId)}/waterfall{(query.Length > 0 ? "?" : "")}{query}");
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}
