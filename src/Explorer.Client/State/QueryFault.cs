using System.Globalization;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Finds the text that an error of the store speaks of, so that it can be marked there and repaired there.</summary>
public static class QueryFault
{
    /// <summary>A name that nobody gives to a column; it finds the place of a condition in a text.</summary>
    private const string Mark = "\u0001place\u0001";

    /// <summary>The error with the clause, the chip and the place in its text.</summary>
    public static UrlError Locate(Query query, QueryError error)
    {
        var (head, index, rest) = Split(error.Path);
        return head switch
        {
            "where" when query.Where is { } where => InFilter(where, error, rest, "where", -1, QueryText.Format),
            "calculations" when index < query.Calculations.Count => InCalculation(query.Calculations[index], error, rest, index),
            "formulas" when index < query.Formulas.Count =>
                InExpression("calc", query.Calculations.Count + index, QueryText.Format(query.Formulas[index]), query.Formulas[index].Expression, error),
            "calculated_fields" when index < query.CalculatedFields.Count =>
                InExpression("field", index, QueryText.Format(query.CalculatedFields[index]), query.CalculatedFields[index].Expression, error),
            "breakdowns" when index < query.Breakdowns.Count => Whole("by", index, QueryText.FormatColumn(query.Breakdowns[index]), error),
            "havings" when index < query.Havings.Count => InResult("having", index, QueryText.Format(query.Havings[index]), query.Havings[index].Target, query, error),
            "orders" when index < query.Orders.Count => InResult("order", index, QueryText.Format(query.Orders[index]), query.Orders[index].Target, query, error),
            _ => new UrlError(Parameter(head), "", error.Message, null, 0, error.Suggestions),
        };
    }

    /// <summary>The text of the error with a name in the place of the wrong one.</summary>
    public static string Repair(UrlError error, string name)
    {
        var at = Math.Clamp(error.Position ?? 0, 0, error.Text.Length);
        var end = Math.Clamp(at + error.Length, at, error.Text.Length);
        var old = error.Text[at..end];
        var written = old.StartsWith('$') ? QueryText.FormatReference(name) : error.Parameter is "having" or "order" ? ResultName(name) : QueryText.FormatColumn(name);
        return error.Text[..at] + written + error.Text[end..];
    }

    /// <summary>A result column as orders and havings name it: <c>P99(duration_ms)</c> as it is, other names in backticks where they need them.</summary>
    public static string ResultName(string name)
    {
        try
        {
            if (QueryText.ParseOrder(name).Target.Op is not null) return name;
        }
        catch (QueryException)
        {
            // Not written like a calculation.
        }

        return QueryText.FormatColumn(name);
    }

    private static UrlError InCalculation(Calculation calculation, QueryError error, string rest, int index)
    {
        var text = QueryText.Format(calculation);
        if (rest.StartsWith(".where", StringComparison.Ordinal) && calculation.Where is { } where)
            return InFilter(where, error, rest[".where".Length..], "calc", index, filter => QueryText.Format(calculation with { Where = filter }));
        if (rest != ".column" || calculation.Column is not { } column) return Whole("calc", index, text, error);
        var at = text.IndexOf('(', StringComparison.Ordinal) + 1;
        return new UrlError("calc", text, error.Message, at, QueryText.FormatColumn(column).Length, error.Suggestions) { Index = index };
    }

    private static UrlError InFilter(Filter where, QueryError error, string rest, string parameter, int index, Func<Filter, string> format)
    {
        var text = format(where);
        if (Path(where, rest) is not var (path, part) || FilterEdit.At(where, path) is not Filter.Condition condition) return Whole(parameter, index, text, error);
        var at = format(FilterEdit.Replace(where, path, condition with { Column = Mark })).IndexOf($"`{Mark}`", StringComparison.Ordinal);
        if (at < 0) return Whole(parameter, index, text, error) with { Path = path };
        var column = QueryText.FormatColumn(condition.Column).Length;
        return part == ".value"
            ? new UrlError(parameter, text, error.Message, at, QueryText.Format(condition).Length, error.Suggestions) { Index = index, Path = path }
            : new UrlError(parameter, text, error.Message, at, column, error.Suggestions) { Index = index, Path = path };
    }

    private static UrlError InExpression(string parameter, int index, string text, string expression, QueryError error)
    {
        var start = text.Length - expression.Trim().Length;
        return error.Position is { } position
            ? new UrlError(parameter, text, error.Message, start + position, error.Length, error.Suggestions) { Index = index }
            : Whole(parameter, index, text, error);
    }

    // Where nothing is near, what there is to choose from is short enough to be offered whole.
    private static UrlError InResult(string parameter, int index, string text, ResultReference target, Query query, QueryError error)
    {
        var name = target.Op is { } op ? QueryText.Format(new Calculation(op, target.Column)) : QueryText.FormatColumn(target.Name ?? target.Column ?? "");
        var known = query.Calculations.Where(c => c.Op != CalculationOp.Heatmap).Select(c => c.ResultName).Concat(query.Formulas.Select(f => f.Name));
        var suggestions = error.Suggestions.Count > 0 || error.Path.EndsWith(".value", StringComparison.Ordinal) || error.Path.EndsWith(".op", StringComparison.Ordinal)
            ? error.Suggestions
            : known.Concat(parameter == "order" ? query.Breakdowns : []).Distinct(StringComparer.Ordinal).Take(5).ToValueList();
        return new UrlError(parameter, text, error.Message, 0, Math.Min(name.Length, text.Length), suggestions) { Index = index };
    }

    private static UrlError Whole(string parameter, int index, string text, QueryError error) =>
        new(parameter, text, error.Message, 0, text.Length, error.Suggestions) { Index = index };

    // `.and[0].or[1].not.column` as indexes and what is left behind the condition.
    private static (int[] Path, string Part)? Path(Filter filter, string text)
    {
        var path = new List<int>();
        while (true)
        {
            switch (filter)
            {
                case Filter.And all when Step(ref text, ".and[") is { } i && i < all.Parts.Count:
                    (filter, path) = (all.Parts[i], [.. path, i]);
                    break;
                case Filter.Or any when Step(ref text, ".or[") is { } i && i < any.Parts.Count:
                    (filter, path) = (any.Parts[i], [.. path, i]);
                    break;
                case Filter.Not negated when text.StartsWith(".not", StringComparison.Ordinal):
                    (filter, text, path) = (negated.Part, text[4..], [.. path, 0]);
                    break;
                case Filter.Condition:
                    return ([.. path], text);
                default:
                    return null;
            }
        }
    }

    private static int? Step(ref string text, string word)
    {
        var close = text.IndexOf(']', StringComparison.Ordinal);
        if (!text.StartsWith(word, StringComparison.Ordinal) || !int.TryParse(text.AsSpan(word.Length, Math.Max(0, close - word.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return null;
        text = text[(close + 1)..];
        return index;
    }

    private static (string Head, int Index, string Tail) Split(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[');
        if (end < 0) return (path, 0, "");
        var rest = path[end..];
        if (path[..end] == "where") return ("where", 0, rest);
        return Step(ref rest, "[") is { } index ? (path[..end], index, rest) : (path[..end], 0, rest);
    }

    private static string Parameter(string head) => head switch
    {
        "calculations" or "formulas" => "calc",
        "calculated_fields" => "field",
        "breakdowns" => "by",
        "havings" => "having",
        "orders" => "order",
        "granularity" => "step",
        "compare_time_offset_seconds" => "compare",
        "time_range" or "start_time" or "end_time" => "time",
        _ => head,
    };
}
