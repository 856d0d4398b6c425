using System.Globalization;
using System.Runtime.CompilerServices;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Writes one statement that gives total, groups, what the limit cut, and series from one scan of the events. Relation <c>f</c> holds what the scan
/// makes, <c>g</c> a row per group, <c>s</c> the groups of the answer and one more. Calculations are computed once, by group and time bucket, and put
/// together from there. Weighted percentiles and estimates cannot be: they are computed for several groupings side by side.
/// </summary>
/// <param name="query">The query; one that <see cref="Takes"/>.</param>
/// <param name="dialect">The engine's way of writing.</param>
/// <param name="source">The events.</param>
/// <param name="series">Whether the series are among what is asked; their groups must be few.</param>
internal sealed class CombinedCompiler(BoundCalculationQuery query, SqlDialect dialect, SqlRelation source, bool series)
{
    /// <summary>What a row of the result is part of, in its column <c>part</c>.</summary>
    public const int Group = 0, Total = 1, Other = 2, Point = 3;

    /// <summary>Groups and buckets of a series, at most, above which it is better asked for when the groups of the answer are known.</summary>
    private const long MaxFine = 250_000;

    private static readonly CalculationOp[] Additive = [CalculationOp.Count, CalculationOp.Sum, CalculationOp.Avg, CalculationOp.Min, CalculationOp.Max];

    private readonly SqlParameters _parameters = new();

    /// <summary>True when one scan can answer: not where calculations read other events of their group.</summary>
    public static bool Takes(BoundCalculationQuery query) =>
        query.Calculations.All(c => Additive.Contains(c.Op) || c.Op == CalculationOp.CountDistinct || c.Op.Quantile() is not null);

    /// <summary>True when the series are among the result.</summary>
    public bool HasSeries => series;

    /// <summary>True when the series are better computed in the same scan.</summary>
    public static bool TakesSeries(BoundCalculationQuery query, SqlRelation source)
    {
        if (!query.Series || query.Calculations.IsEmpty) return false;
        if (query.Breakdowns.IsEmpty) return true;
        var buckets = query.Window.LengthNs / query.GranularityNs + 1;
        return Int128.Min((Int128)(source.Groups(query.Breakdowns) ?? long.MaxValue) * buckets, source.Events ?? long.MaxValue) <= MaxFine;
    }

    /// <summary>True when the calculations over what the limit cut are among the result; otherwise they are a statement of their own.</summary>
    public bool HasOther => IsAdditive;

    /// <summary>
    /// True when groups can be put together from parts: all but estimates and weighted percentiles can, the others because the values that they need are kept
    /// for the run.
    /// </summary>
    private bool IsAdditive => query.Calculations.All(c => Additive.Contains(c.Op) || (source is { IsEstimated: false, Run: > 0 } && (query.Weight is null || c.Op == CalculationOp.CountDistinct)));

    /// <summary>True when all matching events are the one group of the answer.</summary>
    public bool IsOne => IsAdditive && query.Breakdowns.IsEmpty && query.Havings.IsEmpty;

    private IEnumerable<string> Groups => query.Breakdowns.Select((_, i) => Text($"g{i}"));

    /// <summary>
    /// Where all matching events are the one group, only their total is among the rows, and the group's numbers are those. Columns: part; n, the group's place in the answer from 1; t, a bucket's start; k, the key of the group; g0 and so on, its values; matched and
    /// weight of the total; then the calculations. Rows are in any order.
    /// </summary>
    public SqlStatement Statement()
    {
        var selection = new SelectionCompiler(query, dialect, source, _parameters);
        return _parameters.Statement(IsAdditive ? Added(selection, null)! : SideBySide(selection));
    }

    /// <summary>The same statement over cells that were counted without the engine; null when that was not possible.</summary>
    /// <param name="count">Counts.</param>
    public SqlStatement? Statement(Func<TallyRequest, TallyRelation?> count) =>
        IsAdditive && Added(new SelectionCompiler(query, dialect, source, _parameters), count) is { } text ? _parameters.Statement(text) : null;

    private string? Added(SelectionCompiler selection, Func<TallyRequest, TallyRelation?>? count)
    {
        var partial = new PartialResults();
        var isGrouped = series || !query.Breakdowns.IsEmpty;
        var row = new AggregateCompiler(query, dialect, selection, isGrouped, null, partial.InRow);
        var sum = new AggregateCompiler(query, dialect, selection, isGrouped, null, partial.OverRows);
        var events = PartialResults.Of(dialect, "count", "*", "", new TallyMeasure(TallyKind.Count, null, null));
        var weight = selection.Weight is { } w ? PartialResults.Of(dialect, "sum", w, "") : events;
        string Matched(Func<PartialAggregate, string> place) => $"{place(events)} AS matched, {dialect.ToFloat64(selection.Weight is null ? place(weight) : $"coalesce({place(weight)}, 0)")} AS weight";
        _ = (partial.InRow(weight), partial.InRow(events));
        var values = query.Breakdowns.Select(b => $"e.{b.Alias}").ToArray();
        var bucket = dialect.BucketStart("e.time", query.GranularityNs);
        string[] keys = IsOne ? [] : [Text($"{Key(values)} AS k"), .. values.Zip(Groups, (v, g) => $"{v} AS {g}")];
        string Scan(SelectionCompiler events) => $"""
            SELECT {string.Join(", ", [.. series ? [bucket + " AS t"] : Array.Empty<string>(), .. keys, .. partial.Definitions])}
            {events.From([], [], [])}{GroupBy([.. series ? [bucket] : Array.Empty<string>(), .. values])}
            """;
        if ((count is null ? Scan(selection) : Counted(partial, count, Scan)) is not { } scan) return null;
        if (IsOne && !series) return Part(Total, null, null, null, null, Matched(partial.InRow), row.Outputs, $"(\n{scan}\n)");
        if (IsOne) return $"WITH f AS MATERIALIZED (\n{scan}\n)\n{Part(Total, null, null, null, null, Matched(partial.OverRows), sum.Outputs, "f")}\nUNION ALL {AllPoints(row.Outputs)}";
        string[] relations = series ? [$"f AS MATERIALIZED (\n{scan}\n)", $"g AS MATERIALIZED (\n{Fewer(partial)}\n)"] : [$"g AS MATERIALIZED (\n{scan}\n)"];
        var havings = QueryCompiler.Havings(query, dialect, selection, i => row.Aggregates[i].Value).ToArray();
        List<string> parts =
        [
            Part(Group, "n", null, "k", Groups, null, row.Outputs, "s"),
            Part(Total, null, null, null, null, Matched(partial.OverRows), sum.Outputs, "g"),
            Part(Other, null, null, null, null, null, sum.Outputs, $"g WHERE {string.Join(" AND ", [.. havings, $"k NOT IN ({Shown("k")})"])} HAVING count(*) > 0"),
        ];
        if (series) parts.Add(Points(row.Outputs, "f"));
        return Together(relations, Sorted(havings, i => row.Aggregates[i].Value), parts);

        string Fewer(PartialResults partials) => $"""
            SELECT {string.Join(", ", [query.Breakdowns.IsEmpty ? NoKey + " AS k" : "k", .. Groups, .. partials.Additions(!query.Breakdowns.IsEmpty)])}
            FROM f{GroupBy([.. query.Breakdowns.IsEmpty ? [] : Groups.Prepend("k")])}
            """;
    }

    /// <summary>The cells that were counted and those of what is left to the engine, put together.</summary>
    private string? Counted(PartialResults partial, Func<TallyRequest, TallyRelation?> count, Func<SelectionCompiler, string> scan)
    {
        var measures = partial.Measures;
        if (measures.IsEmpty || count(new TallyRequest(query.Window, query.Where, series ? query.GranularityNs : null, query.Breakdowns, measures, source.Run)) is not { } cells) return null;
        // A statement names all of its parameters, also those of conditions that were counted.
        string[] groups = [.. series ? ["t"] : Array.Empty<string>(), .. IsOne ? [] : Groups.Prepend("k")];
        string[] keys = [.. series ? ["t"] : Array.Empty<string>(), .. IsOne ? [] : Groups.Prepend(Key([.. Groups]) + " AS k")];
        var counted = $"SELECT {string.Join(", ", [.. keys, .. partial.FromCells(dialect)])} FROM {cells.Text}";
        if (!cells.IsAll || measures.Any(m => m.Where is not null)) counted += $"\nUNION ALL {scan(new SelectionCompiler(query, dialect, cells.Rest, _parameters))}";
        return $"SELECT {string.Join(", ", [.. groups, .. partial.Additions(groups.Length > 0)])}\nFROM (\n{counted}\n){GroupBy(groups)}";
    }

    private string SideBySide(SelectionCompiler selection)
    {
        var values = query.Breakdowns.Select(b => $"e.{b.Alias}").ToArray();
        List<string> sets = series ? [string.Join(", ", values.Prepend("e.t"))] : [];
        if (values.Length > 0) sets.Add(string.Join(", ", values));
        sets.Add("");
        var direct = new AggregateCompiler(query, dialect, selection, isGrouped: sets.Count > 1);
        // Which columns a row is not grouped by: no time, no values, neither.
        var level = Text($"{(series ? "grouping(e.t)" : "1")} + {(values.Length > 0 ? $"2 * grouping({values[0]})" : "2")}");
        string[] columns =
        [
            $"{level} AS z", series ? "e.t AS t" : "", Text($"{Key(values)} AS k"), .. values.Zip(Groups, (v, g) => $"{v} AS {g}"),
            .. QueryCompiler.Matched(dialect, selection), .. direct.Aggregates.Select((a, i) => Text($"{a.Value} AS v{i}")), .. direct.Outputs,
        ];
        var from = selection.From([], [], []);
        if (series) from = Text($"FROM (\nSELECT e.*, {dialect.BucketStart("e.time", query.GranularityNs)} AS t\n{from}\n) AS e");
        string[] relations =
        [
            $"f AS MATERIALIZED (\nSELECT {string.Join(", ", columns.Where(c => c.Length > 0))}\n{from}\nGROUP BY GROUPING SETS ({string.Join(", ", sets.Select(s => $"({s})"))})\n)",
            Text($"g AS (SELECT * FROM f WHERE z = {(values.Length > 0 ? 1 : 3)})"),
        ];
        var havings = QueryCompiler.Havings(query, dialect, selection, i => Text($"v{i}")).ToArray();
        string[] outputs = [.. direct.Aggregates.SelectMany((a, i) => a.Outputs.Select((_, j) => Text($"r{i}{(j == 0 ? "" : "x")}")))];
        List<string> parts = [Part(Group, "n", null, "k", Groups, null, outputs, "s"), Part(Total, null, null, null, null, "matched, weight", outputs, "f WHERE z = 3")];
        if (series) parts.Add(Points(outputs, Text($"(SELECT * FROM f WHERE z = {(values.Length > 0 ? 0 : 2)})")));
        return Together(relations, Sorted(havings, i => Text($"v{i}")), parts);
    }

    /// <summary>The groups that pass, in their order, as many as the answer has and one more.</summary>
    private string Sorted(string[] havings, Func<int, string> value)
    {
        var order = string.Join(", ", query.Orders.Select(o => $"{(o.IsCalculation ? value(o.Index) : Text($"g{o.Index}"))} {(o.Descending ? "DESC" : "ASC")} NULLS LAST"));
        var by = order.Length == 0 || query.Breakdowns.IsEmpty ? "" : $"ORDER BY {order}";
        var where = havings.Length == 0 ? "" : $" WHERE {string.Join(" AND ", havings)}";
        return Text($"s AS MATERIALIZED (\nSELECT *, row_number() OVER ({by}) AS n\nFROM (SELECT * FROM g{where} {by} LIMIT {query.Limit + 1})\n)");
    }

    private string Points(IEnumerable<string> outputs, string from) =>
        Text($"(SELECT * FROM ({Part(Point, "x.n", "e.t", null, null, null, outputs, $"{from} AS e JOIN ({Shown("k AS shown, n")}) AS x ON e.k = x.shown")}) LIMIT {QueryCompiler.MaxSeriesPoints + 1})");

    /// <summary>The points of the one group, which is the first.</summary>
    private string AllPoints(IEnumerable<string> outputs) => Text($"(SELECT * FROM ({Part(Point, dialect.Typed("1", ColumnType.Int64), "t", null, null, null, outputs, "f")}) LIMIT {QueryCompiler.MaxSeriesPoints + 1})");

    private string Shown(string columns) => Text($"SELECT {columns} FROM s WHERE n <= {query.Limit}");

    private string Part(int part, string? n, string? t, string? k, IEnumerable<string>? groups, string? matched, IEnumerable<string> outputs, string from)
    {
        var (nothing, noNumber) = (dialect.Typed("NULL", ColumnType.Int64), dialect.Typed("NULL", ColumnType.Float64));
        // A result that is null everywhere has no type of its own in one part, but has in another.
        var values = query.Breakdowns.Zip(groups ?? query.Breakdowns.Select(b => dialect.Typed("NULL", b.Type)), (b, value) => value);
        string[] cells = [Text($"{dialect.Typed(Text($"{part}"), ColumnType.Int64)} AS part"), (n ?? nothing) + " AS n", (t ?? nothing) + " AS t", (k ?? nothing) + " AS k",
            .. values.Select((v, i) => Text($"{v} AS g{i}")), matched ?? $"{nothing} AS matched, {noNumber} AS weight", .. outputs];
        return $"SELECT {string.Join(", ", cells)} FROM {from}";
    }

    private static string Together(IEnumerable<string> relations, string sorted, IEnumerable<string> parts) =>
        $"WITH {string.Join(",\n", [.. relations, sorted])}\n{string.Join("\nUNION ALL ", parts)}";

    private string NoKey => dialect.Typed("0", ColumnType.Int64);

    private string Key(string[] values) => values.Length == 0 ? NoKey : dialect.GroupKey(values);

    private static string GroupBy(string[] keys) => keys.Length == 0 ? "" : $"\nGROUP BY {string.Join(", ", keys)}";

    private static string Text(DefaultInterpolatedStringHandler text) => string.Create(CultureInfo.InvariantCulture, ref text);
}
