using System.Globalization;
using Explorer.Client.Display;
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
public sealed record CompletionItem(string Insert, string Label, string Badge = "", string Detail = "", double Share = -1, bool Completes = false);

/// <summary>A value of a column and how many events have it.</summary>
internal readonly record struct ValueCount(Value Value, double Count);

/// <summary>Makes the rows of the completion popup. Pure.</summary>
internal static class Completion
{
    /// <summary>Rows that are offered at most; more typing finds the rest.</summary>
    public const int MaxItems = 50;

    private static readonly string[] Numeric = ["=", "!=", ">", ">=", "<", "<=", "exists", "does-not-exist", "in", "not-in"];
    private static readonly string[] Textual =
        ["=", "!=", "contains", "does-not-contain", "starts-with", "does-not-start-with", "ends-with", "does-not-end-with", "in", "not-in", "matches", "does-not-match", "exists", "does-not-exist", ">", ">=", "<", "<="];

    /// <summary>The rows for everything but values.</summary>
    /// <param name="context">The place of the caret.</param>
    /// <param name="schema">The columns there are.</param>
    /// <param name="events">Events in the store, for the share that has a column.</param>
    /// <param name="results">Names of the query's result columns.</param>
    public static IReadOnlyList<CompletionItem> Items(CompletionContext context, Schema schema, long events, IEnumerable<string> results)
    {
        var items = context.Part switch
        {
            CompletionPart.Column => Columns(context.Prefix, schema, events, _ => true),
            CompletionPart.NumericColumn => Columns(context.Prefix, schema, events, c => c.Type.IsNumeric()),
            CompletionPart.Function => Functions(),
            CompletionPart.Operator => Operators(schema.Find(context.Column ?? "")?.Type),
            CompletionPart.Comparison => Numeric[..6].Select(op => new CompletionItem(op + " ", op)),
            CompletionPart.Join => [new("and ", "and"), new("or ", "or")],
            CompletionPart.AfterCalculation => [new("where ", "where", Detail: "only events that match"), new("as ", "as", Detail: "give it a name")],
            CompletionPart.Direction => [new("desc", "desc", Completes: true), new("asc", "asc", Completes: true)],
            CompletionPart.Result => results.Select(r => new CompletionItem(r + " ", r)),
            CompletionPart.Step => new[] { "1s", "10s", "1m", "5m", "15m", "1h", "1d" }.Select(s => new CompletionItem(s, s, Completes: true)),
            _ => [],
        };
        if (context.Part is CompletionPart.Column or CompletionPart.NumericColumn) return [.. items];
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

    private static IEnumerable<CompletionItem> Columns(string prefix, Schema schema, long events, Func<Column, bool> fits) =>
        schema.Columns.Where(c => fits(c) && Matches(c.Name, prefix))
            .OrderBy(c => c.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? 0 : 1).ThenByDescending(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)
            .Take(MaxItems)
            .Select(c => new CompletionItem(QueryText.FormatColumn(c.Name), c.Name, Letter(c.Type), Filled(c.Count, events), events == 0 ? 0 : Math.Min(1, c.Count / (double)events), Completes: true));

    private static IEnumerable<CompletionItem> Functions() => CalculationOps.Names.Select(name =>
    {
        _ = CalculationOps.TryParse(name, out var op);
        return op.NeedsColumn() ? new CompletionItem(name + "(", name, Detail: "(column)") : new CompletionItem(name, name, Detail: "events", Completes: true);
    });

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
