using Analysis.BubbleUp;
using Explorer.Client.Display;
using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components.BubbleUp;

/// <summary>What kind of thing a pair of bars stands for.</summary>
internal enum BarKind
{
    Value,

    /// <summary>All values that have no bars of their own.</summary>
    Other,

    /// <summary>No value.</summary>
    Missing,

    /// <summary>Numbers between two borders.</summary>
    Bin,

    /// <summary>The column as a whole; it has no bars.</summary>
    Column,
}

/// <summary>One pair of bars, and the events that it stands for.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Label">Its name.</param>
/// <param name="Shares">Share of both sides.</param>
/// <param name="Where">The condition that its events meet.</param>
/// <param name="Raw">What is copied of it.</param>
/// <param name="Hint">Counts and intervals.</param>
internal sealed record Bar(BarKind Kind, string Label, Shares Shares, Filter Where, string Raw, string Hint)
{
    /// <summary>The condition that all other events meet.</summary>
    public Filter Others => Kind == BarKind.Value && Where is Filter.Condition { Op: FilterOp.Equal } is_ ? FilterEdit.IsNot(is_.Column, is_.Values[0]) : FilterEdit.Negate(Where);
}

/// <summary>The bars of a compared column, in the order in which they are drawn.</summary>
internal static class CardModel
{
    private const int MaxBars = 4;

    /// <summary>Shares below this need no bars of their own.</summary>
    private const double Little = 0.005;

    /// <summary>Up to four: values with the largest differences, then the others and the missing where they matter; or one for each bin of numbers.</summary>
    public static IReadOnlyList<Bar> Bars(ComparedColumn column)
    {
        if (column.Numbers is { } numbers) return Bins(column.Name, numbers);
        var values = column.Values.Where(v => !v.Value.IsNull).ToList();
        var missing = column.Values.FirstOrDefault(v => v.Value.IsNull);
        var showsMissing = missing is not null && Matters(new Shares(missing.Selection.Share, missing.Baseline.Share));
        var room = MaxBars - (showsMissing ? 1 : 0);
        var hasOthers = values.Count > room || column.OtherValues > 0 && Matters(column.Other);
        var shown = values.Take(hasOthers ? room - 1 : room).ToList();
        List<Bar> bars = [.. shown.Select(v => Value(column.Name, v))];
        if (hasOthers)
        {
            var rest = values.Skip(shown.Count).ToList();
            var shares = new Shares(
                Math.Clamp(column.Other.Selection + rest.Sum(v => v.Selection.Share), 0, 1), Math.Clamp(column.Other.Baseline + rest.Sum(v => v.Baseline.Share), 0, 1));
            var where = new Filter.And([new Filter.Condition(column.Name, FilterOp.Exists), new Filter.Condition(column.Name, FilterOp.NotIn, shown.Select(v => v.Value).ToValueList())]);
            var label = $"other ({Format.Count(column.OtherValues + rest.Count)})";
            bars.Add(new Bar(BarKind.Other, label, shares, where, QueryText.Format(where), $"{label}: {CompareText.Share(shares.Selection)} of the selection, {CompareText.Share(shares.Baseline)} of the baseline"));
        }

        if (showsMissing)
            bars.Add(new Bar(BarKind.Missing, Format.Missing, new Shares(missing!.Selection.Share, missing.Baseline.Share), FilterEdit.Is(column.Name, Storage.Queries.Value.Null), "", CompareText.Counts(Format.Missing, missing.Selection, missing.Baseline)));
        return bars;
    }

    /// <summary>The column as a whole: the events that have it.</summary>
    public static Bar Whole(string column) => new(BarKind.Column, Format.Text(column), default, new Filter.Condition(column, FilterOp.Exists), column, "");

    private static Bar Value(string column, ComparedValue value) => new(
        BarKind.Value, Format.Text(value.Value), new Shares(value.Selection.Share, value.Baseline.Share), FilterEdit.Is(column, value.Value), value.Value.ToString(),
        CompareText.Counts(Format.Text(value.Value), value.Selection, value.Baseline));

    // The first bin holds both its borders, any other its upper one.
    private static List<Bar> Bins(string column, ComparedNumbers numbers)
    {
        var unit = Units.Of(column);
        var bars = new List<Bar>();
        for (var i = 0; i + 1 < numbers.Edges.Length; i++)
        {
            var (low, high) = (numbers.Edges[i], numbers.Edges[i + 1]);
            var where = new Filter.And([new Filter.Condition(column, i == 0 ? FilterOp.GreaterOrEqual : FilterOp.Greater, low), new Filter.Condition(column, FilterOp.LessOrEqual, high)]);
            var label = $"{Format.Number(low, unit)} – {Format.Number(high, unit)}";
            var shares = new Shares(numbers.Selection[i], numbers.Baseline[i]);
            bars.Add(new Bar(BarKind.Bin, label, shares, where, QueryText.Format(where), $"{label}\nselection: {CompareText.Share(shares.Selection)}\nbaseline: {CompareText.Share(shares.Baseline)}"));
        }

        return bars;
    }

    private static bool Matters(Shares shares) => shares.Selection >= Little || shares.Baseline >= Little;
}
