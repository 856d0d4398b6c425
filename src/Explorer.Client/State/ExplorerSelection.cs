using System.Globalization;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Events of the answer that are told from others, in data units, so that they survive resizing and running again.</summary>
public abstract record ExplorerSelection;

/// <summary>A box on the heatmap.</summary>
/// <param name="StartUnixNs">Start, inclusive, Unix nanoseconds.</param>
/// <param name="EndUnixNs">End, exclusive, Unix nanoseconds.</param>
/// <param name="Low">Lowest value, inclusive.</param>
/// <param name="High">Highest value, inclusive.</param>
public sealed record HeatmapBox(long StartUnixNs, long EndUnixNs, double Low, double High) : ExplorerSelection;

/// <summary>The events of a time span, of a condition, or of both.</summary>
/// <param name="Window">The time span; null for all of the question's time.</param>
/// <param name="Where">The condition; null for none. One of the two is given.</param>
public sealed record SelectedEvents(TimeWindow? Window, Filter? Where) : ExplorerSelection;

/// <summary>
/// Selections as text: <c>start..end,low..high</c> is a box, <c>start..end</c> a time span, <c>start..end and error = true</c> a condition within
/// one, anything else a condition.
/// </summary>
public static class SelectionText
{
    private const string And = " and ";

    /// <summary>The text; <see cref="Parse"/> reads it back.</summary>
    public static string Format(ExplorerSelection selection) => selection switch
    {
        HeatmapBox box => string.Create(CultureInfo.InvariantCulture, $"{Format(new TimeWindow(box.StartUnixNs, box.EndUnixNs))},{box.Low:R}..{box.High:R}"),
        SelectedEvents { Window: { } window, Where: { } where } => Format(window) + And + Bracketed(where),
        SelectedEvents { Window: { } window } => Format(window),
        SelectedEvents { Where: { } where } => QueryText.Format(where),
        _ => "",
    };

    /// <summary>Reads a selection.</summary>
    /// <exception cref="QueryException">The text is none; positions are those of the condition in it.</exception>
    public static ExplorerSelection Parse(string text)
    {
        var end = text.IndexOfAny([' ', ',']);
        var head = end < 0 ? text : text[..end];
        if (ParseWindow(head) is not { } window) return new SelectedEvents(null, Where(text, 0));
        if (end < 0) return new SelectedEvents(window, null);
        if (text[end] == ',') return ParseBox(window, text[(end + 1)..]) ?? throw new QueryException($"\"{text}\" is not a selection: expected start..end,low..high");
        return text.AsSpan(end).StartsWith(And, StringComparison.OrdinalIgnoreCase)
            ? new SelectedEvents(window, Where(text, end + And.Length))
            : throw new QueryException($"\"{text}\" is not a selection: expected start..end, or start..end and a condition");
    }

    /// <summary>Reads what a selection is compared with: a time span or a condition.</summary>
    /// <exception cref="QueryException">The text is neither.</exception>
    public static SelectedEvents ParseBaseline(string text) => Parse(text) is SelectedEvents events && (events.Window is null || events.Where is null)
        ? events
        : throw new QueryException($"\"{text}\" is nothing to compare with: expected start..end, or a condition");

    private static string Format(TimeWindow window) => $"{UnixTime.ToRfc3339(window.StartUnixNs)}..{UnixTime.ToRfc3339(window.EndUnixNs)}";

    // What stands behind the time is one condition: "or" at its top binds less than the "and" in front of it.
    private static string Bracketed(Filter where) => where is Filter.Or ? $"({QueryText.Format(where)})" : QueryText.Format(where);

    private static Filter Where(string text, int from)
    {
        try
        {
            return QueryText.ParseWhere(text[from..]);
        }
        catch (QueryException fault) when (from > 0)
        {
            throw new QueryException([.. fault.Errors.Select(e => e with { Position = e.Position + from })]);
        }
    }

    private static TimeWindow? ParseWindow(string text)
    {
        var parts = text.Split("..");
        return parts.Length == 2 && TimeText.TryParseInstant(parts[0], TimeZoneInfo.Utc, out var start) && TimeText.TryParseInstant(parts[1], TimeZoneInfo.Utc, out var end) && end > start
            ? new TimeWindow(start, end)
            : null;
    }

    private static HeatmapBox? ParseBox(TimeWindow window, string text)
    {
        var parts = text.Split("..");
        return parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var low)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var high)
            && double.IsFinite(low) && double.IsFinite(high) && high >= low
            ? new HeatmapBox(window.StartUnixNs, window.EndUnixNs, low, high)
            : null;
    }
}
