using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>Writes the relation of events with their relational columns beside their own.</summary>
/// <param name="dialect">The engine's way of writing.</param>
/// <param name="parameters">Takes the constants.</param>
/// <param name="source">The spans of the store with some columns, of which those that meet all given conditions matter.</param>
/// <param name="nearby">Which traces matter.</param>
internal sealed class RelationJoins(
    SqlDialect dialect, SqlParameters parameters, Func<ImmutableArray<BoundColumn>, Nearby, ImmutableArray<BoundFilter>, string> source, Nearby nearby)
{
    private readonly FilterCompiler _filters = new(dialect, parameters);
    private readonly List<string> _joins = [];
    private readonly List<string> _columns = [];
    private readonly List<(BoundColumn Column, SpanBinding Binding, int Record)> _later = [];
    private readonly Dictionary<(SpanBinding Binding, int Term, Relative Relative), string> _records = [];

    /// <summary>The span that comes first: the earliest, then the one with the smaller id, then the one that was stored first.</summary>
    private string Order => dialect.Record([("o0", "e.time"), ("o1", "e.ks"), ("o2", "e.seq")]);

    /// <summary>The relation, in parentheses.</summary>
    /// <param name="events">The relation of events with their keys.</param>
    /// <param name="own">The events' own columns.</param>
    /// <param name="needed">The relational columns.</param>
    public string Join(string events, ImmutableArray<BoundColumn> own, ImmutableArray<BoundColumn> needed)
    {
        // Those that a condition may require come first: the engine keeps the order of outer joins, and what they leave is little.
        JoinGroup(needed, isChild: false);
        JoinGroup(needed, isChild: true);
        JoinRelative(needed, Relative.Root);
        JoinRelative(needed, Relative.Parent);
        JoinTotals(needed);
        var joined = $"(\nSELECT e.*{string.Concat(_columns.Select(c => ", " + c))}\nFROM {events} AS e{string.Concat(_joins)}\n)";
        return _later.Count == 0 ? joined : Chosen(joined, own, needed);
    }

    /// <summary>Adds a relation to join, and gives its alias.</summary>
    private string Join(string select, string[] keys, string[] with)
    {
        var alias = string.Create(CultureInfo.InvariantCulture, $"r{_joins.Count}");
        var on = keys.Select((key, i) => $"{alias}.{key} = e.{with[i]}");
        _joins.Add($"\nLEFT JOIN (\n{select}\n) AS {alias} ON {string.Join(" AND ", on)}");
        return alias;
    }

    /// <summary>FROM and WHERE of the spans that meet a condition.</summary>
    private string FromSpans(IEnumerable<BoundColumn> used, ImmutableArray<BoundFilter> conditions, params IEnumerable<string> more)
    {
        var columns = BoundColumns.For(used);
        List<string> where = ["e.kt IS NOT NULL AND e.ks IS NOT NULL", .. more];
        if (nearby.Traces is { } traces) where.Add($"e.kt IN (SELECT n.kt FROM {traces} AS n)");
        return $"FROM {ExpressionCompiler.WithFields(source(columns.Stored, nearby, conditions), columns.Fields, dialect, parameters)} AS e\nWHERE {string.Join(" AND ", where)}";
    }

    /// <summary>Spans of the trace, or children, that meet conditions: whether there are any, and columns of the first of each.</summary>
    private void JoinGroup(ImmutableArray<BoundColumn> needed, bool isChild)
    {
        var exists = needed.Where(c => c.Relation is BoundRelation.Exists e && e.IsChild == isChild).ToList();
        var records = Records(needed).Where(r => r.Relative == Relative.Child == isChild).ToList();
        if (exists.Count == 0 && records.Count == 0) return;

        BoundFilter?[] conditions = [.. exists.Select(c => ((BoundRelation.Exists)c.Relation!).Condition).Concat(records.Select(r => r.Condition)).Distinct<BoundFilter?>(ReferenceEqualityComparer.Instance)];
        var isOne = conditions.Length == 1;
        string Filter(BoundFilter? condition) => isOne || condition is null ? "" : $" FILTER (WHERE {_filters.Compile(condition)})";

        var key = isChild ? "kp" : "kt";
        var selected = isChild ? "e.kt, e.kp" : "e.kt";
        var used = conditions.SelectMany(c => BoundColumns.In(c)).Concat(records.SelectMany(r => r.Columns).Select(c => ((BoundRelation.OfBound)c.Relation!).Column));
        var outputs = exists.Select(c => $"bool_or(true){Filter(((BoundRelation.Exists)c.Relation!).Condition)} AS {c.Alias}")
            .Concat(records.Select((r, i) => string.Create(CultureInfo.InvariantCulture, $"{First(r.Columns, r.Binding.Terms.Length > 1, Filter(r.Condition))} AS b{i}"))).ToArray();
        var all = conditions.Contains(null);
        ImmutableArray<BoundFilter> prune = all ? [] : isOne ? SpanTerm.Parts(conditions[0]!) : [new BoundFilter.Any([.. conditions!])];
        string[] more = [.. isChild ? ["e.kp IS NOT NULL"] : Array.Empty<string>(), .. all ? [] : new[] { isOne ? _filters.Conjunct(conditions[0]!) : $"({string.Join(" OR ", conditions.Select(c => $"({_filters.Compile(c!)})"))})" }];
        var alias = Join($"SELECT {selected}, {string.Join(", ", outputs)}\n{FromSpans(used, prune, more)}\nGROUP BY {selected}", isChild ? ["kt", key] : [key], isChild ? ["kt", "ks"] : ["kt"]);
        _columns.AddRange(exists.Select(c => $"{alias}.{c.Alias}"));
        for (var i = 0; i < records.Count; i++) AddRecord(alias, i, records[i].Binding, records[i].Relative, records[i].Term, records[i].Columns);
    }

    private sealed record BoundRecord(SpanBinding Binding, Relative Relative, int Term, BoundFilter? Condition, List<BoundColumn> Columns);

    /// <summary>
    /// What the first span of each term has to offer. Where there are several terms, which of them it is depends on all spans that are bound, whether
    /// or not the query has columns of them.
    /// </summary>
    private static IEnumerable<BoundRecord> Records(ImmutableArray<BoundColumn> needed)
    {
        foreach (var columns in needed.Where(c => c.Relation is BoundRelation.OfBound).GroupBy(c => ((BoundRelation.OfBound)c.Relation!).Binding))
        {
            var byRelative = columns.ToLookup(c => ((BoundRelation.OfBound)c.Relation!).Relative);
            var terms = columns.Key.Terms;
            foreach (var relative in byRelative.Select(g => g.Key).Concat(terms.Length > 1 ? columns.Key.Relatives : []).Distinct().Order())
                for (var i = 0; i < terms.Length; i++) yield return new BoundRecord(columns.Key, relative, i, terms[i].Spans.GetValueOrDefault(relative), [.. byRelative[relative]]);
        }
    }

    /// <summary>The columns of the first span, as a record; with its place in the order when it has to be compared with others.</summary>
    private string First(List<BoundColumn> columns, bool isCompared, string filter)
    {
        var values = columns.Select((c, i) => (string.Create(CultureInfo.InvariantCulture, $"v{i}"), $"e.{ColumnOf(c).Alias}"));
        return $"{dialect.First(dialect.Record(isCompared ? values.Prepend(("o", Order)) : values), Order)}{filter}";
    }

    private void AddRecord(string alias, int number, SpanBinding binding, Relative relative, int term, List<BoundColumn> columns)
    {
        var record = string.Create(CultureInfo.InvariantCulture, $"{alias}.b{number}");
        if (binding.Terms.Length == 1)
        {
            AddValues(record, columns);
            return;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"b{_records.Count}");
        _columns.Add($"{record} AS {name}");
        _records.Add((binding, term, relative), "e." + name);
        if (term == 0) _later.AddRange(columns.Select((c, i) => (c, binding, i)));
    }

    private void AddValues(string record, IEnumerable<BoundColumn> columns) =>
        _columns.AddRange(columns.Select((c, i) => $"{dialect.Field(record, string.Create(CultureInfo.InvariantCulture, $"v{i}"))} AS {c.Alias}"));

    private static BoundColumn ColumnOf(BoundColumn column) => column.Relation switch
    {
        BoundRelation.OfSpan span => span.Column,
        BoundRelation.OfBound bound => bound.Column,
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    /// <summary>
    /// The root or the parent. Nearly always there is one span, which a plain group finds; the order of several is only asked for where there are: it
    /// costs four times as much.
    /// </summary>
    private void JoinRelative(ImmutableArray<BoundColumn> needed, Relative relative)
    {
        var columns = needed.Where(c => c.Relation is BoundRelation.OfSpan span && span.Relative == relative).ToList();
        var missing = relative == Relative.Root ? needed.FirstOrDefault(c => c.Relation is BoundRelation.OfTrace { Name: RelationalColumns.TraceRootMissing }) : null;
        if (columns.Count == 0 && missing is null) return;
        var isRoot = relative == Relative.Root;
        var keys = isRoot ? "e.kt" : "e.kt, e.ks";
        ImmutableArray<BoundFilter> roots = [new BoundFilter.Not(new BoundFilter.Condition(new BoundColumn(0, WellKnownColumns.ParentId, ColumnType.String), new BoundTest.Present()))];
        string From(params string[] more) => FromSpans(columns.Select(ColumnOf), isRoot ? roots : [], [.. isRoot ? ["e.kp IS NULL"] : Array.Empty<string>(), .. more]);
        var alias = columns.Count == 0 ? Join($"SELECT {keys}\n{From()}\nGROUP BY {keys}", ["kt"], ["kt"]) : Join($"""
            WITH g AS MATERIALIZED (
            SELECT {keys}, count(*) AS n, {Numbered(columns, c => dialect.Only($"e.{ColumnOf(c).Alias}"))}
            {From()}
            GROUP BY {keys}
            )
            SELECT {keys}, {Numbered(columns, (_, v) => "e." + v)} FROM g AS e WHERE e.n = 1
            UNION ALL
            SELECT {keys}, {Numbered(columns, (_, v) => dialect.Field("e.b0", v))} FROM (
            SELECT {keys}, {First(columns, isCompared: false, "")} AS b0
            {From("e.kt IN (SELECT g.kt FROM g WHERE g.n > 1)")}
            GROUP BY {keys}
            HAVING count(*) > 1
            ) AS e
            """, isRoot ? ["kt"] : ["kt", "ks"], isRoot ? ["kt"] : ["kt", "kp"]);
        _columns.AddRange(columns.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"{alias}.v{i} AS {c.Alias}")));
        if (missing is not null) _columns.Add($"CASE WHEN e.kt IS NOT NULL THEN {alias}.kt IS NULL END AS {missing.Alias}");
    }

    private static string Numbered(List<BoundColumn> columns, Func<BoundColumn, string> value) => Numbered(columns, (c, _) => value(c));

    private static string Numbered(List<BoundColumn> columns, Func<BoundColumn, string, string> value) => string.Join(", ", columns.Select((c, i) =>
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"v{i}");
        return $"{value(c, name)} AS {name}";
    }));

    private void JoinTotals(ImmutableArray<BoundColumn> needed)
    {
        var columns = needed.Where(c => c.Relation is BoundRelation.OfTrace { Name: not RelationalColumns.TraceRootMissing }).ToList();
        if (columns.Count == 0) return;
        var spans = columns.Select(c => ((BoundRelation.OfTrace)c.Relation!).Of).OfType<BoundColumn>().Distinct().ToList();
        var outputs = columns.Select(c => $"{Total((BoundRelation.OfTrace)c.Relation!)} AS {c.Alias}");
        var alias = Join($"SELECT e.kt, {string.Join(", ", outputs)}\n{FromSpans(spans, [])}\nGROUP BY e.kt", ["kt"], ["kt"]);
        // A trace of which there are only log records has no spans, and so no first one.
        _columns.AddRange(columns.Select(c => c.Type == ColumnType.Int64 ? $"CASE WHEN e.kt IS NOT NULL THEN coalesce({alias}.{c.Alias}, 0) END AS {c.Alias}" : $"{alias}.{c.Alias}"));
    }

    private string Total(BoundRelation.OfTrace total)
    {
        switch (total.Name)
        {
            case RelationalColumns.TraceSpanCount:
                return "count(*)";
            case RelationalColumns.TraceErrorCount:
                var isError = TestBinder.Bind(total.Of!.Type, FilterOp.Equal, [true], out _)!;
                return $"count(*) FILTER (WHERE {_filters.Test($"e.{total.Of.Alias}", total.Of.Type, isError)})";
            case RelationalColumns.TraceServiceCount:
                return $"count(DISTINCT e.{total.Of!.Alias})";
            default:
                var start = dialect.Widened("e.time");
                var duration = total.Of!.Type == ColumnType.String ? dialect.ParsedNumber($"e.{total.Of.Alias}") : dialect.ToFloat64($"e.{total.Of.Alias}");
                var end = $"{start} + coalesce({dialect.Truncated($"round({duration} * 1e6)")}, 0)";
                return $"{dialect.ToFloat64($"max({end}) - min({start})")} / 1e6";
        }
    }

    /// <summary>The columns of spans that a condition binds in one of several ways: those of the first spans with which it holds.</summary>
    private string Chosen(string joined, ImmutableArray<BoundColumn> own, ImmutableArray<BoundColumn> needed)
    {
        var bindings = _later.Select(l => l.Binding).Distinct().ToList();
        var fields = BoundColumns.For(bindings.SelectMany(b => b.Conditions).SelectMany(c => BoundColumns.In(c))).Fields;
        var chosen = bindings.Select((b, i) => string.Create(CultureInfo.InvariantCulture, $"{Choice(b)} AS j{i}"));
        var values = _later.Select(l => $"{dialect.Field(dialect.Field(string.Create(CultureInfo.InvariantCulture, $"e.j{bindings.IndexOf(l.Binding)}"), NameOf(l.Column)), string.Create(CultureInfo.InvariantCulture, $"v{l.Record}"))} AS {l.Column.Alias}");
        var others = own.Concat(needed.Where(c => !_later.Exists(l => l.Column == c))).Select(c => "e." + c.Alias);
        return $"""
            (
            SELECT {string.Join(", ", others.Concat(values).Prepend("e.time, e.seq"))}
            FROM (
            SELECT e.*, {string.Join(", ", chosen)}
            FROM {ExpressionCompiler.WithFields(joined, fields, dialect, parameters)} AS e
            ) AS e
            )
            """;
    }

    /// <summary>Of the terms that hold, the spans of the one whose spans come first; all relatives together, so that they belong to each other.</summary>
    private string Choice(SpanBinding binding)
    {
        var terms = binding.Conditions.Select((condition, i) =>
        {
            var records = _records.Where(r => r.Key.Binding == binding && r.Key.Term == i).OrderBy(r => r.Key.Relative).Select(r => (NameOf(r.Key.Relative), r.Value));
            return $"CASE WHEN {_filters.Compile(condition)} THEN {dialect.Record(records)} END";
        });
        return dialect.Least(terms);
    }

    private static string NameOf(BoundColumn column) => NameOf(((BoundRelation.OfBound)column.Relation!).Relative);

    private static string NameOf(Relative relative) => string.Create(CultureInfo.InvariantCulture, $"p{(int)relative}");
}
