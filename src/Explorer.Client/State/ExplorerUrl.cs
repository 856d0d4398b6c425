using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Something in a question that cannot be read or run, with the text in which it stands.</summary>
/// <param name="Parameter">The parameter: <c>where</c>.</param>
/// <param name="Text">Its whole text.</param>
/// <param name="Message">What is wrong, in one sentence.</param>
/// <param name="Position">Offset of the first offending character, when it is known.</param>
/// <param name="Length">Number of offending characters.</param>
/// <param name="Suggestions">What may have been meant.</param>
public sealed record UrlError(string Parameter, string Text, string Message, int? Position = null, int Length = 0, ValueList<string> Suggestions = default)
{
    /// <summary>Which chip of its clause the text is, when the question could be read; -1 otherwise and for Where.</summary>
    public int Index { get; init; } = -1;

    /// <summary>Which condition of the filter it is, when the question could be read.</summary>
    public int[]? Path { get; init; }
}

/// <param name="State">Everything that could be read.</param>
/// <param name="Errors">What could not; the state must not be run then.</param>
public sealed record ParsedUrl(ExplorerState State, ImmutableArray<UrlError> Errors);

/// <summary>
/// The address of a state and back: <c>/explore?calc=COUNT&amp;where=http.route = "/pay"&amp;by=service.version&amp;range=2h</c>. Canonical: equal
/// states have equal addresses, and a state read from its address equals the state that was written.
/// </summary>
public static class ExplorerUrl
{
    /// <summary>The page.</summary>
    public const string Path = "/explore";

    /// <summary>Longest shift of a compared period: beyond a hundred years there is nothing to compare.</summary>
    private const long MaxCompareSeconds = 36_500L * 86_400;

    /// <summary>Times between two runs of a question that is asked again by itself.</summary>
    private static readonly TimeSpan MinRefresh = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MaxRefresh = TimeSpan.FromHours(1);

    private static readonly TimeZoneInfo Utc = TimeZoneInfo.Utc;

    /// <summary>The address, relative to the server.</summary>
    public static string Format(ExplorerState state)
    {
        var query = state.Query;
        var url = new StringBuilder();
        foreach (var calculation in query.Calculations) UrlText.Append(url, "calc", QueryText.Format(calculation));
        foreach (var formula in query.Formulas) UrlText.Append(url, "calc", QueryText.Format(formula));
        foreach (var field in query.CalculatedFields) UrlText.Append(url, "field", QueryText.Format(field));
        if (query.Where is not null) UrlText.Append(url, "where", QueryText.Format(query.Where));
        foreach (var column in query.Breakdowns) UrlText.Append(url, "by", QueryText.FormatColumn(column));
        foreach (var having in query.Havings) UrlText.Append(url, "having", QueryText.Format(having));
        foreach (var order in query.Orders) UrlText.Append(url, "order", QueryText.Format(order));
        if (query.Limit is { } limit) UrlText.Append(url, "limit", limit.ToString(CultureInfo.InvariantCulture));
        if (query.GranularitySeconds is { } step) UrlText.Append(url, "step", FormatStep(step));
        if (query.CompareOffsetSeconds is { } offset) UrlText.Append(url, "compare", TimeText.FormatLength(TimeSpan.FromSeconds(offset)));
        foreach (var part in state.Unread) UrlText.Append(url, part.Parameter, part.Text);
        AppendTime(url, query.Time);
        if (state.View != ExplorerView.Overview) UrlText.Append(url, "view", state.View.ToString().ToLowerInvariant());
        if (state.Selection is { } selection) UrlText.Append(url, "sel", SelectionText.Format(selection));
        if (state.Baseline is { } baseline) UrlText.Append(url, "base", SelectionText.Format(baseline));
        if (state.List != ComparisonList.Significant) UrlText.Append(url, "list", state.List.ToString().ToLowerInvariant());
        if (state.EventOrder != EventOrder.Newest) UrlText.Append(url, "events", state.EventOrder.ToString().ToLowerInvariant());
        if (state.TraceOrder != EventOrder.Slowest) UrlText.Append(url, "traces", state.TraceOrder.ToString().ToLowerInvariant());
        foreach (var column in state.EventColumns) UrlText.Append(url, "col", QueryText.FormatColumn(column));
        if (state.ChartStyle != ChartStyle.Auto) UrlText.Append(url, "draw", state.ChartStyle.ToString().ToLowerInvariant());
        if (state.IsLogAxis) UrlText.Append(url, "axis", "log");
        if (query.HeatmapScale != HeatmapScale.Auto) UrlText.Append(url, "heat", query.HeatmapScale.ToString().ToLowerInvariant());
        if (state.HidesMarkers) UrlText.Append(url, "markers", "off");
        if (state.RefreshSeconds > 0) UrlText.Append(url, "refresh", TimeText.FormatLength(TimeSpan.FromSeconds(state.RefreshSeconds)));
        if (!state.IsKept) UrlText.Append(url, "keep", "off");
        if (state.GuideStep > 0) UrlText.Append(url, "guide", state.GuideStep.ToString(CultureInfo.InvariantCulture));
        if (state.IsText) UrlText.Append(url, "mode", "text");
        return $"{Path}?{url}";
    }

    /// <summary>Reads an address, absolute or relative. Unknown parameters are left alone.</summary>
    public static ParsedUrl Parse(string uri)
    {
        var reader = new Reader();
        foreach (var (name, value) in UrlText.Parse(uri)) reader.Read(name, value);
        return reader.Finish();
    }

    private static void AppendTime(StringBuilder url, TimeRange time)
    {
        switch (time)
        {
            case TimeRange.Last last:
                UrlText.Append(url, "range", TimeText.FormatLength(last.Length));
                break;
            case TimeRange.Between when time == TimeRange.All:
                UrlText.Append(url, "range", "all");
                break;
            case TimeRange.Between between:
                UrlText.Append(url, "start", UnixTime.ToRfc3339(between.StartUnixNs));
                UrlText.Append(url, "end", UnixTime.ToRfc3339(between.EndUnixNs));
                break;
        }
    }

    // A step is a number of seconds; whole steps are written with their unit.
    private static string FormatStep(double seconds)
    {
        var milliseconds = seconds * 1000;
        return milliseconds is >= 1 and < 1e12 && milliseconds == Math.Floor(milliseconds) && milliseconds / 1000 == seconds
            ? TimeText.FormatLength(TimeSpan.FromTicks((long)milliseconds * TimeSpan.TicksPerMillisecond))
            : seconds.ToString("R", CultureInfo.InvariantCulture);
    }

    private sealed class Reader
    {
        private readonly ImmutableArray<UrlError>.Builder _errors = ImmutableArray.CreateBuilder<UrlError>();
        private ExplorerState _state = new();
        private Query _query = new();
        private string? _start;
        private string? _end;

        public void Read(string name, string text)
        {
            try
            {
                Assign(name, text);
            }
            catch (QueryException fault)
            {
                foreach (var error in fault.Errors)
                    _errors.Add(new UrlError(name, text, error.Message, error.Position, error.Length, error.Suggestions));
                if (IsQuestion(name)) _state = _state with { Unread = _state.Unread.Add(new UnreadPart(name, text)) };
            }
        }

        public ParsedUrl Finish()
        {
            if (_start is not null || _end is not null) ReadWindow();
            return new ParsedUrl(_state with { Query = _query }, _errors.ToImmutable());
        }

        private void Assign(string name, string text)
        {
            switch (name)
            {
                case "calc" when QueryText.IsFormula(text): _query = _query with { Formulas = _query.Formulas.Add(QueryText.ParseFormula(text)) }; break;
                case "field": _query = _query with { CalculatedFields = _query.CalculatedFields.Add(QueryText.ParseField(text)) }; break;
                case "calc": _query = _query with { Calculations = _query.Calculations.Add(QueryText.ParseCalculation(text)) }; break;
                case "where" when text.Trim().Length > 0: _query = _query with { Where = QueryText.ParseWhere(text) }; break;
                case "by": _query = _query with { Breakdowns = _query.Breakdowns.Add(QueryText.ParseColumn(text)) }; break;
                case "having": _query = _query with { Havings = _query.Havings.Add(QueryText.ParseHaving(text)) }; break;
                case "order": _query = _query with { Orders = _query.Orders.Add(QueryText.ParseOrder(text)) }; break;
                case "limit": _query = _query with { Limit = ParseLimit(text) }; break;
                case "step": _query = _query with { GranularitySeconds = ParseStep(text) }; break;
                case "compare": _query = _query with { CompareOffsetSeconds = ParseCompare(text) }; break;
                case "range": _query = _query with { Time = ParseRange(text) }; break;
                case "start": _start = text; break;
                case "end": _end = text; break;
                case "view": _state = _state with { View = ParseName<ExplorerView>(text, "a view") }; break;
                case "sel": _state = _state with { Selection = SelectionText.Parse(text) }; break;
                case "base": _state = _state with { Baseline = SelectionText.ParseBaseline(text) }; break;
                case "list": _state = _state with { List = ParseName<ComparisonList>(text, "a list of a comparison") }; break;
                case "events": _state = _state with { EventOrder = ParseName<EventOrder>(text, "an order of events") }; break;
                case "traces": _state = _state with { TraceOrder = ParseName<EventOrder>(text, "an order of traces") }; break;
                case "draw": _state = _state with { ChartStyle = ParseName<ChartStyle>(text, "a style of charts") }; break;
                case "axis": _state = _state with { IsLogAxis = text == "log" }; break;
                case "heat": _query = _query with { HeatmapScale = ParseName<HeatmapScale>(text, "a scale of heatmaps") }; break;
                case "markers": _state = _state with { HidesMarkers = text == "off" }; break;
                case "col": _state = _state with { EventColumns = _state.EventColumns.Add(QueryText.ParseColumn(text)) }; break;
                case "refresh": _state = _state with { RefreshSeconds = ParseRefresh(text) }; break;
                case "keep": _state = _state with { IsKept = text != "off" }; break;
                case "guide": _state = _state with { GuideStep = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : 0 }; break;
                case "mode": _state = _state with { IsText = text == "text" }; break;
            }
        }

        private void ReadWindow()
        {
            var start = 0L;
            var end = long.MaxValue;
            var good = Instant("start", _start, ref start) & Instant("end", _end, ref end);
            if (good && end <= start)
                _errors.Add(new UrlError("end", _end ?? "", $"the end {UnixTime.ToRfc3339(end)} is not after the start {UnixTime.ToRfc3339(start)}"));
            else if (good) _query = _query with { Time = new TimeRange.Between(start, end) };
        }

        private bool Instant(string name, string? text, ref long unixNs)
        {
            if (text is null || TimeText.TryParseInstant(text, Utc, out unixNs)) return true;
            _errors.Add(new UrlError(name, text, $"\"{text}\" is not a time: expected RFC 3339 or Unix seconds", 0, text.Length));
            return false;
        }

        private static int ParseLimit(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= Query.MaxLimit
                ? limit
                : throw Fault($"\"{text}\" is not a limit: expected 1 to {Query.MaxLimit.ToString("N0", CultureInfo.InvariantCulture)}");

        private static TimeRange ParseRange(string text)
        {
            if (text == "all") return TimeRange.All;
            return TimeText.TryParseLength(text, out var length) ? new TimeRange.Last(length) : throw Fault($"\"{text}\" is not a range: expected a length such as 2h, 30m or 7d");
        }

        private static double ParseStep(string text)
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 && double.IsFinite(seconds)) return seconds;
            return TimeText.TryParseLength(text, out var length) ? length.TotalSeconds : throw Fault($"\"{text}\" is not a step: expected a length such as 30s or 5m, or seconds");
        }

        private static long ParseCompare(string text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && TimeText.TryParseLength(text, out var length)) seconds = (long)length.TotalSeconds;
            return seconds is >= 1 and <= MaxCompareSeconds ? seconds : throw Fault($"\"{text}\" is not an earlier period: expected how much earlier, such as 1d or 2h");
        }

        private static int ParseRefresh(string text) =>
            TimeText.TryParseLength(text, out var length) && length >= MinRefresh && length <= MaxRefresh
                ? (int)length.TotalSeconds
                : throw Fault($"\"{text}\" is no time between two runs: expected {TimeText.FormatLength(MinRefresh)} to {TimeText.FormatLength(MaxRefresh)}");

        // The clauses of the builder: what cannot be read of them is shown there, to be repaired.
        private static bool IsQuestion(string name) => name is "calc" or "field" or "where" or "by" or "having" or "order" or "limit" or "step" or "compare";

        private static T ParseName<T>(string text, string what) where T : struct, Enum =>
            Enum.GetValues<T>().Select(v => ((T Value, string Name))(v, v.ToString())).FirstOrDefault(v => v.Name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { Name: not null } found
                ? found.Value
                : throw Fault($"\"{text}\" is not {what}: expected {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}");

        private static QueryException Fault(string message) => new(message);
    }
}
