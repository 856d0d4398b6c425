using Storage;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>A part of the time, and what it holds of both sides; of the baseline perhaps about.</summary>
internal sealed record CountedPart(TimeWindow Window, double Selected, double Compared);

/// <summary>Both sides over time.</summary>
/// <param name="Parts">Those parts of the time that have events of a side, ascending.</param>
/// <param name="Selected">Real events of the selection, exactly.</param>
/// <param name="Compared">Real events of the baseline, exactly.</param>
/// <param name="MeanSampleRate">Real events for each that is stored.</param>
internal sealed record CountedParts(IReadOnlyList<CountedPart> Parts, double Selected, double Compared, double MeanSampleRate)
{
    /// <summary>Counts both sides by looking at the events.</summary>
    public static async Task<CountedParts> OfEventsAsync(IEventStore store, Sides sides, int parts, CancellationToken cancellationToken)
    {
        var result = await store.RunAsync(Counting(sides, parts) with
        {
            Calculations =
            [
                new Calculation(CalculationOp.Count, Name: "selected", Where: sides.IsSelected),
                new Calculation(CalculationOp.Count, Name: "compared", Where: sides.IsCompared),
            ],
        }, cancellationToken);
        var counted = new List<CountedPart>();
        for (var i = 0; i < result.Series.RowCount; i++)
            counted.Add(new CountedPart(Part(result.Series.Times[i], result.Meta.GranularityNs, sides.Window), Number(result, 0, i), Number(result, 1, i)));
        return new CountedParts(counted, counted.Sum(p => p.Selected), counted.Sum(p => p.Compared), result.Meta.MeanSampleRate);
    }

    /// <summary>Counts the selection alone, where both sides are all events and the statistics of the store tell how many these are; else null.</summary>
    public static async Task<CountedParts?> OfStatisticsAsync(IEventStore store, Sides sides, int parts, CancellationToken cancellationToken)
    {
        if (!sides.AreAll || await store.CountValuesAsync(sides.Window, [], cancellationToken) is not { } all) return null;
        QueryResult result;
        try
        {
            result = await store.RunAsync(Counting(sides, parts) with
            {
                Time = new TimeRange.Between(sides.SelectedWindow.StartUnixNs, sides.SelectedWindow.EndUnixNs),
                Where = sides.IsSelectedThere,
                Calculations = [new Calculation(CalculationOp.Count, Name: "selected")],
            }, cancellationToken);
        }
        catch (QueryException)
        {
            return null; // the other way says where in the question it is wrong
        }

        var width = result.Meta.GranularityNs;
        var counts = new SortedDictionary<long, (double Selected, double All)>();
        for (var i = 0; i < result.Series.RowCount; i++) counts[result.Series.Times[i]] = (Number(result, 0, i), 0);
        foreach (var (window, events) in all.Blocks) Spread(window, events, width, counts);
        var counted = counts.Select(c => new CountedPart(Part(c.Key, width, sides.Window), c.Value.Selected, Math.Max(0, c.Value.All - c.Value.Selected))).ToList();
        var selected = counted.Sum(p => p.Selected);
        return new CountedParts(counted, selected, Math.Max(0, all.Events - selected), MeanSampleRate: 1);
    }

    private static Query Counting(Sides sides, int parts) => sides.Query with
    {
        Breakdowns = [], Havings = [], Orders = [], Formulas = [], Columns = [], Cursor = null, Limit = null,
        GranularitySeconds = Math.Max(1e-9, sides.Window.LengthNs / 1e9 / parts), CompareOffsetSeconds = null, Series = true,
    };

    /// <summary>Events are taken to lie evenly in their block.</summary>
    private static void Spread(TimeWindow window, long events, long width, SortedDictionary<long, (double Selected, double All)> counts)
    {
        for (var start = window.StartUnixNs - window.StartUnixNs % width; start < window.EndUnixNs; start += width)
        {
            var inside = Math.Min(start + width, window.EndUnixNs) - Math.Max(start, window.StartUnixNs);
            var known = counts.GetValueOrDefault(start);
            counts[start] = known with { All = known.All + events * ((double)inside / Math.Max(1, window.LengthNs)) };
            if (start > long.MaxValue - width) return;
        }
    }

    private static TimeWindow Part(long start, long width, TimeWindow window)
    {
        var end = start > long.MaxValue - width ? long.MaxValue : start + width;
        return new TimeWindow(Math.Max(start, window.StartUnixNs), Math.Min(end, window.EndUnixNs));
    }

    private static double Number(QueryResult result, int calculation, int row) =>
        result.Series.Calculations[calculation][row] is { IsNumber: true } value ? value.AsDouble() : 0;
}
