using System.Globalization;
using Explorer.Client.Display;
using Explorer.Client.State;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>One row of the completion popup.</summary>
/// <param name="Insert">What it puts in the place of what was typed.</param>
/// <param name="Label">What the row says.</param>
/// <param name="Badge">The letter at its left: the type of a column.</param>
/// <param name="Detail">What the row says at its right.</param>
/// <param name="Share">Length of its bar, 0 to 1; negative for none.</param>
/// <param name="Completes">Whether the chip may be finished with it.</param>
public sealed record CompletionItem(string Insert, string Label, string Badge = "", string Detail = "", double Share = -1, bool Completes = false)
{
    /// <summary>How long ago a column was last used in a question: <c>3 min ago</c>; empty when it was not.</summary>
    public string Used { get; init; } = "";
}

/// <summary>What completion chooses from.</summary>
/// <param name="Schema">The columns there are.</param>
/// <param name="Events">Events in the store, for the share that has a column.</param>
/// <param name="Results">Names of the query's calculations and formulas.</param>
/// <param name="Groups">Names of its breakdowns, where they may be named too.</param>
/// <param name="Fields">Names of its calculated fields.</param>
/// <param name="Recent">The columns that were used lately.</param>
/// <param name="Period">Length of the query's time.</param>
internal sealed record CompletionNames(
    Schema Schema, long Events, IReadOnlyList<string> Results, IReadOnlyList<string> Groups, IReadOnlyList<string> Fields, RecentColumns Recent, TimeSpan Period);

/// <summary>A value of a column and how many events have it.</summary>
internal readonly record struct ValueCount(Value Value, double Count);

/// <summary>Makes the rows of the completion popup. Pure.</summary>
internal static class Completion
{
    /// <summary>Rows that are offered at most; more typing finds the rest.</summary>
    public const int MaxItems = 50;

    private static readonly string[] Numeric = ["=", "!=", ">", ">=", "<", "<=", "exists", "does-not-exist", "in", "not-in"];
    private static readonly (TimeSpan By, string Text)[] Offsets =
    [
        (TimeSpan.FromMinutes(30), "half an hour before"), (TimeSpan.FromHours(1), "previous hour"), (TimeSpan.FromHours(8), "8 hours before"), (TimeSpan.FromDays(1), "previous day"),
        (TimeSpan.FromDays(7), "previous week"), (TimeSpan.FromDays(28), "four weeks before"),
    ];

    private static readonly string[] Textual =
        ["=", "!=", "contains", "does-not-contain", "starts-with", "does-not-start-with", "ends-with", "does-not-end-with", "in", "not-in", "matches", "does-not-match", "exists", "does-not-exist", ">", ">=", "<", "<="];

    /// <summary>The rows for everything but values.</summary>
    /// <param name="context">The place of the caret.</param>
    /// <param name="known">What there is to choose from.</param>
    public static IReadOnlyList<CompletionItem> Items(CompletionContext context, CompletionNames known)
    {
        var items = context.Part switch
        {
            CompletionPart.Column => Columns(context.Prefix, known, _ => true),
            CompletionPart.NumericColumn => Columns(context.Prefix, known, c => c.Type.IsNumeric()),
            CompletionPart.FieldName => Columns(context.Prefix, known, _ => true).Select(i => i with { Insert = QueryText.FormatReference(i.Label), Completes = false }),
            CompletionPart.FormulaName => known.Results.Select(r => new CompletionItem(QueryText.FormatReference(r), r, "$")),
            CompletionPart.ExpressionFunction => QueryText.Functions.Select(f => new CompletionItem(f + "(", f, Detail: "function")),
            CompletionPart.Function => Functions(),
            CompletionPart.Operator => Operators(RelationalColumns.TypeOf(context.Column ?? "", known.Schema)),
            CompletionPart.Comparison => Numeric[..6].Select(op => new CompletionItem(op + " ", op)),
            CompletionPart.Join => [new("and ", "and"), new("or ", "or")],
            CompletionPart.InList => [new(")", ")", Detail: "end of the list", Completes: true), new(", ", ",", Detail: "another value")],
            CompletionPart.AfterCalculation => [new("where ", "where", Detail: "only events that match"), new("as ", "as", Detail: "give it a name")],
            CompletionPart.Direction => [new("desc", "desc", Completes: true), new("asc", "asc", Completes: true)],
            CompletionPart.Result => known.Results.Concat(known.Groups).Select(r => new CompletionItem(QueryFault.ResultName(r) + " ", r)),
            CompletionPart.Step => new[] { "1s", "10s", "1m", "5m", "15m", "1h", "1d" }.Select(s => new CompletionItem(s, s, Completes: true)),
            CompletionPart.Compare => Periods(known.Period),
            _ => [],
        };
        if (context.Part is CompletionPart.Column or CompletionPart.NumericColumn or CompletionPart.FieldName) return [.. items];
        return [.. items.Where(i => Matches(i.Label, context.Prefix)).OrderBy(i => i.Label.StartsWith(context.Prefix, StringComparison.OrdinalIgnoreCase) ? 0 : 1).Take(MaxItems)];
    }

    /// <summary>The rows for values, most frequent first; the last row takes what was typed as text.</summary>
    public static IReadOnlyList<CompletionItem> Values(CompletionContext context, IReadOnlyList<ValueCount> counts, ColumnType? type)
    {
        var shown = counts.Where(v => !v.Value.IsNull && !IsUnwritable(v.Value) && Matches(v.Value.ToString(), context.Prefix)).Take(MaxItems).ToList();
        var most = shown.Count == 0 ? 1 : shown.Max(v => v.Count);
        var items = shown.Select(v => new CompletionItem(QueryText.Format(v.Value), Format.Text(v.Value, 60), Detail: Format.Count(v.Count), Share: v.Count / most, Completes: true)).ToList();
        var text = QueryText.Format(Value.Of(context.Prefix));
        if (context.Prefix.Length > 0 && items.TrueForAll(i => i.Insert != text) && type is ColumnType.String or null)
            items.Add(new CompletionItem(text, $"use {Format.Middle(text, 50)} as text", Completes: true));
        return items;
    }

    private static bool IsUnwritable(Value value) => value.Kind == ValueKind.Float64 && !double.IsFinite(value.AsDouble());

    private static IEnumerable<CompletionItem> Columns(string prefix, CompletionNames known, Func<Column, bool> fits)
    {
        // A name that begins like another span's may also be the sender's own.
        foreach (var (of, _) in RelationalColumns.Prefixes)
        {
            if (!prefix.StartsWith(of, StringComparison.Ordinal)) continue;
            var others = Own(prefix[of.Length..], known, fits).Select(i => i with { Label = of + i.Label, Insert = QueryText.FormatColumn(of + i.Label) });
            return others.Concat(Own(prefix, known, fits)).Take(MaxItems);
        }

        return Own(prefix, known, fits).Concat(Relational(prefix, fits)).Take(MaxItems);
    }

    /// <summary>Columns of the trace, and the beginnings of other spans' columns; only for who has begun to type one.</summary>
    private static IEnumerable<CompletionItem> Relational(string prefix, Func<Column, bool> fits)
    {
        if (prefix.Length < 2) return [];
        var ofTrace = RelationalColumns.OfTrace.Where(c => c.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && fits(new Column(c.Name, c.Type, 0, 0, 0)))
            .Select(c => new CompletionItem(c.Name, c.Name, Letter(c.Type), "of the trace", Completes: true));
        var spans = RelationalColumns.Prefixes.Where(p => p.Prefix.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Select(p => new CompletionItem(p.Prefix, p.Prefix, Detail: "column of another span"));
        return ofTrace.Concat(spans);
    }

    // What somebody used lately comes first, then what most events have; a name that begins as typed comes before one that contains it.
    private static IEnumerable<CompletionItem> Own(string prefix, CompletionNames known, Func<Column, bool> fits)
    {
        var fields = known.Fields.Where(f => Matches(f, prefix)).Select(f => new CompletionItem(QueryText.FormatColumn(f), f, "ƒ", "calculated", Completes: true));
        var columns = known.Schema.Columns.Where(c => fits(c) && Matches(c.Name, prefix))
            .OrderBy(c => c.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? 0 : 1).ThenByDescending(c => known.Recent.LastUsed(c.Name) ?? 0)
            .ThenByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)
            .Select(c => new CompletionItem(
                QueryText.FormatColumn(c.Name), c.Name, Letter(c.Type), Filled(c.Count, known.Events), known.Events == 0 ? 0 : Math.Min(1, c.Count / (double)known.Events), Completes: true)
            { Used = known.Recent.Ago(c.Name) });
        return fields.Concat(columns).Take(MaxItems);
    }

    private static IEnumerable<CompletionItem> Functions() => CalculationOps.Names.Select(name =>
    {
        _ = CalculationOps.TryParse(name, out var op);
        return op.NeedsColumn() ? new CompletionItem(name + "(", name, Detail: "(column)") : new CompletionItem(name, name, Detail: "events", Completes: true);
    }).Append(new CompletionItem("ratio: ", "formula", "ƒ", "name: $errors / $COUNT * 100"));

    private static IEnumerable<CompletionItem> Periods(TimeSpan length)
    {
        CompletionItem Item(TimeSpan by, string text) => new(TimeText.FormatLength(by), text, Detail: TimeText.FormatLength(by), Completes: true);
        var items = new List<CompletionItem>();
        if (length > TimeSpan.FromSeconds(1)) items.Add(Item(TimeSpan.FromSeconds(Math.Round(length.TotalSeconds)), "previous period"));
        foreach (var (by, text) in Offsets) items.Add(Item(by, text));
        return items;
    }

    private static IEnumerable<CompletionItem> Operators(ColumnType? type) =>
        (type is { } known && known != ColumnType.String ? Numeric : Textual).Select(op =>
            op is "exists" or "does-not-exist" ? new CompletionItem(op, op, Completes: true) : new CompletionItem(op + (op is "in" or "not-in" ? " (" : " "), op));

    private static bool Matches(string text, string prefix) => text.Contains(prefix, StringComparison.OrdinalIgnoreCase);

    private static string Letter(ColumnType type) => type switch
    {
        ColumnType.Bool => "b",
        ColumnType.Int64 => "i",
        ColumnType.Float64 => "f",
        _ => "s",
    };

    private static string Filled(long count, long events)
    {
        if (events <= 0) return "";
        var percent = Math.Min(100, count * 100d / events);
        return percent is > 0 and < 0.5 ? "<1\u00A0%" : string.Create(CultureInfo.InvariantCulture, $"{percent:0}\u00A0%");
    }
}
