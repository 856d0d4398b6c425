using Explorer.Client.Display;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>How sure the numbers of an answer are, in the words and signs of tables and charts. Pure.</summary>
public static class Estimates
{
    /// <summary>Stands before a number that may be off by more than <see cref="Rough"/>.</summary>
    public const string Sign = "~";

    /// <summary>Half of an interval, as a share of its number, from which on the number bears the sign.</summary>
    private const double Rough = 0.05;

    /// <summary>In place of a row: the total.</summary>
    public const int Total = -1;

    /// <summary>The interval of a number; null where it is exact, or nothing is known of it.</summary>
    /// <param name="result">The answer.</param>
    /// <param name="row">Row of the results, or <see cref="Total"/>.</param>
    /// <param name="name">Name of the calculation.</param>
    public static Interval? Of(QueryResult result, int row, string name)
    {
        if (result.Sampling is not { } sampling) return null;
        var intervals = row == Total ? sampling.Total : row < sampling.Results.Length ? sampling.Results[row] : [];
        return intervals.FirstOrDefault(i => i.Name == name);
    }

    /// <summary>A number as a cell shows it.</summary>
    public static string Cell(QueryResult result, int row, string name, Value value, Unit unit)
    {
        var text = Format.Cell(value, unit);
        return Share(Of(result, row, name), value) > Rough ? Sign + text : text;
    }

    /// <summary>A number as the tooltip of its cell tells it: in full, with its interval.</summary>
    public static string Exact(QueryResult result, int row, string name, Value value)
    {
        var text = Format.Exact(value);
        if (Of(result, row, name) is { } interval && double.IsFinite(interval.Low) && double.IsFinite(interval.High))
            return $"{text}, of {Format.Count(interval.Rows)} sampled events: 95\u00A0% between {Format.Plain(interval.Low)} and {Format.Plain(interval.High)}";
        return IsApproximate(result, name) ? $"{text}, estimated" : text;
    }

    /// <summary>True for a calculation that is estimated because there are too many events to compute it exactly.</summary>
    public static bool IsApproximate(QueryResult result, string name) => result.Meta.Approximate.Contains(name);

    /// <summary>How far a calculation over all events may be off: <c>± 0.6 %</c>, or <c>estimated</c>; empty where it is exact.</summary>
    public static string Note(QueryResult result, string name)
    {
        var total = result.Total?.Find(name) is { Count: > 0 } column ? column[0] : Value.Null;
        if (Share(Of(result, Total, name), total) is { } share) return $"± {Format.Number(share * 100, Unit.Percent)}";
        return IsApproximate(result, name) ? "estimated" : "";
    }

    private static double? Share(Interval? interval, Value value)
    {
        if (interval is null || !value.IsNumber || value.AsDouble() == 0) return null;
        var share = (interval.High - interval.Low) / 2 / Math.Abs(value.AsDouble());
        return double.IsFinite(share) ? share : null;
    }
}
