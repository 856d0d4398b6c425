using Storage.Events;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>A question as conditions: what is selected, what it is compared with, and over which time.</summary>
internal sealed record Sides
{
    /// <summary>Place of the selection's condition among <see cref="Marks"/>; the baseline's, and that of the selection without its time.</summary>
    public const int Selected = 0, Compared = 1, Meeting = 2;

    /// <summary>The query, over all the time that either side needs.</summary>
    public required Query Query { get; init; }

    public required TimeWindow Window { get; init; }

    public required Filter IsSelected { get; init; }

    public required Filter IsCompared { get; init; }

    /// <summary>The selection in time, when it is one.</summary>
    public TimeWindow? SelectedTime { get; init; }

    /// <summary>The selection's condition without its time, when it has both.</summary>
    public Filter? Condition { get; init; }

    /// <summary>Where the selected events are.</summary>
    public TimeWindow SelectedWindow => SelectedTime ?? Window;

    /// <summary>Which of the events there are selected.</summary>
    public Filter IsSelectedThere => SelectedTime is null ? IsSelected : Condition ?? new Filter.And([]);

    /// <summary>True when the two sides are all events of the window: what is not selected is compared with.</summary>
    public required bool AreAll { get; init; }

    /// <summary>Columns that say which events are selected.</summary>
    public required HashSet<string> Own { get; init; }

    public ValueList<Filter> Marks => Condition is null ? [IsSelected, IsCompared] : [IsSelected, IsCompared, Condition];

    /// <exception cref="QueryException">The question is at fault.</exception>
    public static Sides Of(CompareQuestion question, TimeWindow stored, DateTimeOffset now)
    {
        var asked = question.Query.Time.Resolve(now);
        var (time, condition) = Parts(question, now);
        var selectionWindow = time ?? asked;
        var window = Hull(asked, selectionWindow);
        var baselineTime = (question.Baseline as Baseline.Time)?.Window;
        if (baselineTime is { } other) window = Hull(window, other);
        // A window without ends is that of what is stored, or it could not be divided.
        window = new TimeWindow(Math.Max(window.StartUnixNs, stored.StartUnixNs), Math.Max(Math.Max(window.StartUnixNs, stored.StartUnixNs), Math.Min(window.EndUnixNs, stored.EndUnixNs)));
        var selection = And(Within(selectionWindow, window), condition);
        var baseline = question.Baseline switch
        {
            Baseline.Time => Within(baselineTime!.Value, window),
            Baseline.Where where => And(Within(asked, window), where.Filter),
            _ => Within(asked, window),
        };
        var own = new HashSet<string>(StringComparer.Ordinal);
        if (condition is not null) AddColumns(condition, own);
        if (time is not null || baselineTime is not null) own.Add(WellKnownColumns.Time);
        if (question.Baseline is Baseline.Where { Filter: var against }) AddColumns(against, own);
        return new Sides
        {
            Query = question.Query with { Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs) },
            Window = window,
            IsSelected = selection,
            IsCompared = new Filter.And([baseline, new Filter.Not(selection)]),
            SelectedTime = time,
            AreAll = question is { Baseline: null, Query.Where: null } && selectionWindow.StartUnixNs >= asked.StartUnixNs && selectionWindow.EndUnixNs <= asked.EndUnixNs,
            Condition = time is null ? null : condition,
            Own = own,
        };
    }

    private static (TimeWindow? Time, Filter? Condition) Parts(CompareQuestion question, DateTimeOffset now)
    {
        switch (question.Selection)
        {
            case Selection.Box box:
                var column = box.Column ?? question.Query.Calculations.FirstOrDefault(c => c.Op == CalculationOp.Heatmap)?.Column
                    ?? throw new QueryException("selection.box.column", "the box needs a column, or the query a HEATMAP that it lies on");
                var bounds = new List<Filter>();
                if (box.Min is { } min) bounds.Add(new Filter.Condition(column, FilterOp.GreaterOrEqual, min));
                if (box.Max is { } max) bounds.Add(new Filter.Condition(column, FilterOp.LessOrEqual, max));
                if (bounds.Count == 0) bounds.Add(new Filter.Condition(column, FilterOp.Exists));
                return (box.Window, bounds.Count == 1 ? bounds[0] : new Filter.And(bounds.ToValueList()));
            case Selection.Time time:
                return (time.Window, null);
            case Selection.Where where:
                return (null, where.Filter);
            case Selection.Group group:
                return (null, new Filter.And(group.Values.Select(Equal).ToValueList()));
            case Selection.Events events:
                return (events.Query.Time.Resolve(now), events.Query.Where);
            default:
                throw new InvalidOperationException();
        }
    }

    private static Filter Equal((string Column, Value Value) group) => group.Value.IsNull
        ? new Filter.Condition(group.Column, FilterOp.DoesNotExist)
        : new Filter.Condition(group.Column, FilterOp.Equal, group.Value);

    private static Filter And(Filter first, Filter? second) => second is null ? first : new Filter.And([first, second]);

    /// <summary>The condition to be in a window; none where all that is read is in it.</summary>
    private static Filter Within(TimeWindow window, TimeWindow read)
    {
        if (window.StartUnixNs <= read.StartUnixNs && window.EndUnixNs >= read.EndUnixNs) return new Filter.And([]);
        var from = new Filter.Condition(WellKnownColumns.Time, FilterOp.GreaterOrEqual, window.StartUnixNs);
        return window.EndUnixNs == long.MaxValue ? from : new Filter.And([from, new Filter.Condition(WellKnownColumns.Time, FilterOp.Less, window.EndUnixNs)]);
    }

    private static TimeWindow Hull(TimeWindow x, TimeWindow y) => new(Math.Min(x.StartUnixNs, y.StartUnixNs), Math.Max(x.EndUnixNs, y.EndUnixNs));

    private static void AddColumns(Filter filter, HashSet<string> columns)
    {
        switch (filter)
        {
            case Filter.And and:
                foreach (var part in and.Parts) AddColumns(part, columns);
                break;
            case Filter.Or or:
                foreach (var part in or.Parts) AddColumns(part, columns);
                break;
            case Filter.Not not:
                AddColumns(not.Part, columns);
                break;
            case Filter.Condition condition:
                columns.Add(condition.Column);
                break;
        }
    }
}
