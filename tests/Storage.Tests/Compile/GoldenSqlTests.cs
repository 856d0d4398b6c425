using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Storage.Compile;
using Storage.Compile.Relations;
using Storage.Events;
using Storage.Queries;
using Storage.Tests.Queries;

namespace Storage.Tests.Compile;

/// <summary>
/// The SQL of named queries, byte for byte, in <c>Golden/*.sql</c>. With the environment variable <c>EXPLORER_UPDATE_GOLDEN</c> set the files
/// are written instead of compared; read the difference before committing it.
/// </summary>
public sealed partial class GoldenSqlTests
{
    private static readonly (string Name, ColumnType Type)[] Plain =
    [
        ("service.name", ColumnType.String), ("name", ColumnType.String), ("duration_ms", ColumnType.Float64), ("status", ColumnType.Int64), ("error", ColumnType.Bool), ("mixed", ColumnType.String),
    ];

    /// <summary>Name of the file; calculations by <c>;</c>; where; breakdowns, havings, orders by <c>;</c>; and what else there is.</summary>
    public static TheoryData<string, string, string, string> Queries { get; } = new()
    {
        { "count", "COUNT", "", "" },
        { "count-column", "COUNT(error)", "", "" },
        { "count-where", "COUNT; COUNT where error = true as errors", "", "" },
        { "sum-integers", "SUM(status)", "", "" },
        { "sum-fractions", "SUM(duration_ms)", "", "" },
        { "avg", "AVG(duration_ms); AVG(status)", "", "" },
        { "min-max", "MIN(duration_ms); MAX(status); MIN(name); MAX(error); MIN(time)", "", "" },
        { "count-distinct", "COUNT_DISTINCT(name)", "", "" },
        { "percentile", "P99(duration_ms)", "", "" },
        { "percentiles-share-a-sort", "P999(duration_ms); P50(duration_ms); P50(duration_ms) where error = true as p50_errors; P001(status)", "", "" },
        { "where-equal", "COUNT", "service.name = \"pay\"", "" },
        { "where-not-equal", "COUNT", "service.name != \"pay\"", "" },
        { "where-integer-and-fraction", "COUNT", "status > 499.5 and status = 500.0 and status <= 599.9", "" },
        { "where-integer-never", "COUNT", "status = 7.25 or status > 1e30", "" },
        { "where-integer-from-text", "COUNT", "status = \"500\"", "" },
        { "where-fraction", "COUNT", "duration_ms > 5 and duration_ms <= 10.5", "" },
        { "where-flag", "COUNT", "error = \"true\" or error = 0", "" },
        { "where-mixed-number", "COUNT", "mixed >= 500", "" },
        { "where-mixed-text", "COUNT", "mixed >= \"500\" and mixed = 500", "" },
        { "where-exists", "COUNT", "exists(name) and mixed does-not-exist", "" },
        { "where-text", "COUNT", "name starts-with \"GET\" and name ends-with \"x\" and name contains \"%\" and name does-not-contain \"_\"", "" },
        { "where-text-of-numbers", "COUNT", "status starts-with \"5\" or duration_ms ends-with \".5\" or error starts-with \"t\"", "" },
        { "where-regex", "COUNT", "name matches \"^/api/\" and mixed does-not-match \"[0-9]+\"", "" },
        { "where-in", "COUNT", "service.name in (\"a\", \"b\") and status not-in (1, 2.5, \"3\")", "" },
        { "where-in-nothing", "COUNT", "name in () or not (status in (2.5))", "" },
        { "where-search", "COUNT where search(\"x\")", "search(\"Timeout\") and not (status search 50)", "" },
        { "where-nested", "COUNT", "(error = true or (status >= 500 and not (name = \"x\" or name = \"y\"))) and exists(duration_ms)", "" },
        { "where-constant", "COUNT", "true and not false", "" },
        { "where-time", "COUNT", "time >= \"1970-01-01T00:00:30Z\"", "" },
        { "where-same-value-twice", "COUNT where name = \"a\"", "service.name = \"a\"", "" },
        { "group", "COUNT", "", "by service.name" },
        { "group-by-two", "COUNT; P95(duration_ms)", "error = true", "by service.name; by status" },
        { "group-by-time", "COUNT", "", "by time" },
        { "group-limit", "COUNT; AVG(duration_ms)", "", "by service.name; limit 3; cut" },
        { "group-having", "COUNT; MAX(name); SUM(status)", "", "by service.name; having COUNT > 10; having MAX(name) != \"x\"; having SUM(status) < 2.5; limit 3; cut" },
        { "group-order", "COUNT; AVG(duration_ms)", "", "by service.name; by name; order AVG(duration_ms) asc; order name desc" },
        { "having-alone", "COUNT", "", "having COUNT >= 1" },
        { "granularity", "COUNT", "", "by service.name; step 10" },
        { "no-series", "COUNT", "", "by service.name; noseries" },
        { "everything", "COUNT", "", "all" },
        { "heatmap-linear", "HEATMAP(duration_ms)", "", "" },
        { "heatmap-log", "HEATMAP(status); COUNT", "error = true", "by service.name; log" },
        { "heatmap-where", "HEATMAP(duration_ms) where name = \"x\"", "", "" },
        { "weighted-count", "COUNT; COUNT(name) where error = true", "", "weighted" },
        { "weighted-sums", "SUM(status); SUM(duration_ms); AVG(status); MIN(status); COUNT_DISTINCT(name)", "", "weighted" },
        { "weighted-percentiles", "P50(duration_ms); P99(duration_ms); P99(status) where error = true", "", "weighted; by service.name; limit 2; cut" },
        { "weighted-by-fractions", "COUNT; SUM(status); P50(status)", "", "fractions" },
        { "weighted-by-text", "COUNT", "", "textrate" },
        { "weighted-having", "P50(status)", "", "weighted; by service.name; having P50(status) > 1; limit 2; cut" },
        { "weighted-heatmap", "HEATMAP(duration_ms)", "", "weighted" },
        { "rate", "RATE_SUM(status); RATE_AVG(duration_ms) where error = true", "", "" },
        { "rate-group", "RATE_MAX(duration_ms) as rise", "", "by service.name; formula double: $rise * 2; limit 3; cut" },
        { "rate-weighted", "RATE_SUM(status); P50(status)", "", "weighted; by service.name; limit 3; cut" },
        { "concurrency", "CONCURRENCY; COUNT", "name = \"x\"", "" },
        { "concurrency-group", "CONCURRENCY where error = true as bad; CONCURRENCY where status > 499 as worse; P50(status)", "", "weighted; by service.name; having bad > 1; limit 2; cut" },
        { "formula", "COUNT; COUNT where error = true as errors", "", "formula error_rate: $errors / $COUNT * 100" },
        { "formula-group-order-having", "COUNT; AVG(duration_ms) as mean; MAX(name) as last", "", "by service.name; formula per: $COUNT / $mean; formula label: IF($per > 2, $last, \"few\"); having per > 1; having label != \"x\"; order per desc; limit 3; cut" },
        { "formula-weighted", "COUNT; SUM(status)", "", "weighted; formula each: $\"SUM(status)\" / $COUNT" },
        { "field-condition", "COUNT", "slow = true and name = \"x\"", "field slow: GT($duration_ms, 500) or not $error" },
        { "field-condition-false", "COUNT", "slow = false", "field slow: $duration_ms > 500 and $status = 7.25; field unused: LENGTH($name)" },
        { "field-group", "COUNT; P99(ms_per_status)", "bucket > 100", "by bucket; field bucket: BUCKET($duration_ms, 100); field ms_per_status: $duration_ms / $status; limit 3; cut" },
        { "field-of-field", "SUM(b)", "", "field b: $a * $a + 1; field a: INT($mixed) - $status; noseries" },
        { "field-texts", "COUNT_DISTINCT(route)", "", "noseries; field route: CONCAT(TO_LOWER($name), STRING($duration_ms), REG_VALUE($mixed, `^/([a-z]+)`), REG_VALUE($mixed, `[0-9]+`), STRING(LENGTH($name)), STRING(REG_COUNT($name, `a`)))" },
        { "field-choices", "COUNT", "", "by kind; noseries; field kind: SWITCH($status, 200, \"ok\", 404, \"lost\", IF($error, \"bad\", COALESCE($name, $mixed)))" },
        { "field-times", "COUNT", "", "by hour; noseries; field hour: FORMAT_TIME(\"%H\", EVENT_TIMESTAMP()); field sent: UNIX_TIMESTAMP($mixed) - EVENT_TIMESTAMP()" },
        { "field-numbers", "MAX(n)", "", "noseries; field n: MIN(MAX($status % 7, 3), LOG10($duration_ms), -$status, MOD($duration_ms, 0.5))" },
        { "field-comparisons", "COUNT", "same = true", "noseries; field same: $name = $mixed or $status <= $duration_ms or IN($status, 1, 2.5) or CONTAINS($name, $mixed) or $mixed > 5 or $time >= \"1970-01-01T00:00:30Z\" or BOOL($mixed) or EXISTS($name)" },
        { "field-heatmap", "HEATMAP(ms) where ms > 1", "", "field ms: $duration_ms * 1000" },
        { "field-list", "", "twice > 10", "columns twice; columns name; order twice desc; field twice: $duration_ms * 2" },
        { "relational-any", "P99(duration_ms)", "any.name = \"redis\" and any.duration_ms > 50", "by root.name" },
        { "relational-any-and-event", "COUNT", "service.name = \"pay\" and any.name = \"redis\" and (any.status = 5 or any.status = 6)", "" },
        { "relational-any-or-event", "COUNT; MAX(any.duration_ms)", "any.name = \"redis\" and (status = 5 or any.status = 5)", "by any.name" },
        { "relational-three", "COUNT", "any.name = \"a\" and any2.name = \"b\" and any3.name = \"c\" and not any.name = \"d\"", "" },
        { "relational-none", "COUNT", "none.name = \"a\" and none.status = 5 and (none.name = \"b\" or none.name = \"c\")", "" },
        { "relational-parent", "COUNT", "parent.status > 5 and parent.name != \"x\"", "by parent.service.name" },
        { "relational-child", "COUNT; AVG(child.duration_ms)", "child.status = 5 and child.error = true", "by child.name" },
        { "relational-trace", "P99(trace.duration_ms); MAX(trace.span_count); SUM(trace.error_count)", "trace.service_count > 2 and trace.root_missing = false", "" },
        { "relational-own", "MAX(any.duration_ms) where any.error = true; COUNT where none.error = true as clean", "", "" },
        { "relational-fields", "AVG(share)", "slow = true and any.slow2 = true", "field share: $duration_ms / $root.duration_ms; field slow: $any.duration_ms > 500; field slow2: $duration_ms > 5 and $status = 1" },
        { "relational-concurrency", "CONCURRENCY", "root.name = \"x\"", "by root.name" },
        { "relational-list", "", "any.error = true", "columns root.name; columns name; order trace.duration_ms desc" },
        { "list", "", "", "" },
        { "list-where", "", "service.name = \"pay\"", "limit 5" },
        { "list-columns", "", "", "columns name" },
        { "list-ordered", "", "", "order duration_ms desc; order name asc" },
        { "list-next-page", "", "", "order duration_ms desc; order name asc; after 7.5 \"x\"" },
        { "list-next-page-missing", "", "error = true", "order duration_ms asc; after null" },
        { "list-weighted", "", "", "weighted; order name asc" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void Sql_is_what_it_was(string name, string calculations, string where, string rest)
    {
        var file = Path.Combine(Folder(), name + ".sql");
        var sql = Render(calculations, where, rest);
        if (Environment.GetEnvironmentVariable("EXPLORER_UPDATE_GOLDEN") is { Length: > 0 }) File.WriteAllText(file, sql);
        File.Exists(file).ShouldBeTrue($"{name}.sql is missing; set EXPLORER_UPDATE_GOLDEN=1 to write it");
        sql.ShouldBe(File.ReadAllText(file).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void There_is_no_file_without_its_query() =>
        Directory.GetFiles(Folder(), "*.sql").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)
            .ShouldBe(Queries.Select(q => (string)((object[])q)[0]).Order(StringComparer.Ordinal));

    /// <summary>Names and values carry a mark; no statement may. And each placeholder has its parameter.</summary>
    [Fact]
    public void Names_and_values_are_never_in_the_text() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(HostileQueries.Text.SelectMany(a => HostileQueries.Text.Select(b => (a, b))).ToArbitrary(), texts =>
        {
            const string mark = "zqx";
            var (column, value) = (mark + texts.a, texts.b + mark);
            var types = Enum.GetValues<ColumnType>();
            var schema = new Schema(types.Select((t, i) => new Column(column + i.ToString(CultureInfo.InvariantCulture), t, 1, 0, 0)), 10);
            var conditions = Enum.GetValues<FilterOp>().Select(op => (Filter)new Filter.Condition(column + "3", op, op.Operands() == Operands.None ? [] : [value]));
            var query = new Query
            {
                Where = new Filter.Or(conditions.ToValueList()), Breakdowns = [column + "0", column + "3"], Limit = 2,
                Calculations = [new(CalculationOp.Max, column + "3", value), new(CalculationOp.Sum, column + "1"), new(CalculationOp.P90, column + "2", null, conditions.First()), new(CalculationOp.Heatmap, column + "2")],
                Havings = [new(new ResultReference(Name: value), FilterOp.NotEqual, value)],
                CalculatedFields = [new(value + "f", $"CONCAT({QueryText.FormatReference(column + "3")}, SWITCH({QueryText.FormatReference(column + "3")}, {QueryText.Format((Value)value)}, {QueryText.Format((Value)value)}))")],
                Formulas = [new(value + "q", $"IF({QueryText.FormatReference(value)} = {QueryText.Format((Value)value)}, 1, 2)")],
            };
            query = query with { Breakdowns = query.Breakdowns.Add(value + "f"), Orders = [new(new ResultReference(Name: value + "q"))] };
            var others = RelationalColumns.Prefixes.Where(p => p.Relative != Relative.None).Select(p => p.Prefix + column + "3").ToList();
            var relational = query with
            {
                Where = new Filter.And(RelationalColumns.Prefixes.Select(p => (Filter)new Filter.Condition(p.Prefix + column + "3", FilterOp.Equal, value)).Append(query.Where!).ToValueList()),
                Breakdowns = query.Breakdowns.Concat(others).ToValueList(),
            };
            foreach (var statement in Statements(QueryBinder.Bind(query, schema, default), "").Concat(Statements(QueryBinder.Bind(relational, schema, default), "")).Concat(
                Statements(QueryBinder.Bind(new Query { Where = query.Where, Orders = [new(new ResultReference(Name: column + "3"))] }, schema, default), "\"" + mark + "\"")))
            {
                statement.Sql.Text.ShouldNotContain(mark);
                var placeholders = Placeholder().Matches(statement.Sql.Text).Select(m => int.Parse(m.Groups[1].Value)).Distinct().Order();
                placeholders.ShouldBe(Enumerable.Range(1, statement.Sql.Parameters.Length));
            }
        }));

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex Placeholder();

    private static string Render(string calculations, string where, string rest)
    {
        var words = rest.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        ValueList<T> Of<T>(string word, Func<string, T> parse) => words.Where(w => w.StartsWith(word + " ", StringComparison.Ordinal)).Select(w => parse(w[(word.Length + 1)..])).ToValueList();
        var rate = words.Contains("weighted") ? ColumnType.Int64 : words.Contains("fractions") ? ColumnType.Float64 : words.Contains("textrate") ? ColumnType.String : default;
        var columns = rate == default ? Plain : [.. Plain, ("SampleRate", rate)];
        var query = new Query
        {
            Time = words.Contains("all") ? TimeRange.All : new TimeRange.Between(1_000_000_000, 61_000_000_000),
            Calculations = calculations.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(c => QueryText.ParseCalculation(c)).ToValueList(),
            Where = where.Length == 0 ? null : QueryText.ParseWhere(where),
            Breakdowns = Of("by", QueryText.ParseColumn), Havings = Of("having", QueryText.ParseHaving), Orders = Of("order", QueryText.ParseOrder), Columns = Of("columns", c => c),
            Formulas = Of("formula", QueryText.ParseFormula), CalculatedFields = Of("field", QueryText.ParseField),
            Limit = Of("limit", int.Parse) is [var limit] ? limit : null, GranularitySeconds = Of("step", int.Parse) is [var step] ? step : null, Series = !words.Contains("noseries"),
        };
        var bound = QueryBinder.Bind(query, new Schema(columns.Select(c => new Column(c.Name, c.Type, 1, 0, 0)), 100), default);
        var text = new StringBuilder();
        foreach (var (name, sql) in Statements(bound, Of("after", a => a) is [var after] ? after : "", words.Contains("cut"), words.Contains("log")))
        {
            text.Append(CultureInfo.InvariantCulture, $"-- {name}\n{sql.Text.ReplaceLineEndings("\n")}\n");
            for (var i = 0; i < sql.Parameters.Length; i++) text.Append(CultureInfo.InvariantCulture, $"-- ${i + 1}: {sql.Parameters[i].Kind} {sql.Parameters[i]}\n");
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Every statement that a run of the query may need.</summary>
    private static IEnumerable<(string Name, SqlStatement Sql)> Statements(BoundQuery bound, string after, bool cut = true, bool log = false)
    {
        static string Events(ImmutableArray<BoundColumn> columns) => $"(SELECT time, seq{string.Concat(columns.Select(c => ", " + c.Alias))} FROM events)";
        var source = Events(bound.Columns);
        if (!bound.Patterns.IsEmpty) yield return ("patterns", QueryRunner.Patterns(bound));
        if (!bound.Relational.IsEmpty)
        {
            var relations = new RelationCompiler(bound, DuckDbDialect.Instance, (columns, _, _) => Events(columns), (columns, _, _) => Events(columns), 0);
            if (relations.HasPlainConditions) yield return ("near", relations.Near(50_000));
            yield return ("matched", relations.Matched(relations.HasPlainConditions ? new Nearby(true, RelationCompiler.NearEvents, null) : Nearby.Anything));
            yield break;
        }

        if (bound is BoundListing listing)
        {
            if (after.Length > 0)
            {
                var values = after.Split(' ').Select(v => v == "null" ? Value.Null : ((Filter.Condition)QueryText.ParseWhere("x = " + v)).Values[0]);
                listing = listing with { After = new ListingCursor([.. values], 30_000_000_000, 42, listing.Window) };
            }

            var pages = new ListingCompiler(listing, DuckDbDialect.Instance);
            yield return ("count", pages.Count(source));
            yield return ("keys", pages.Keys(source));
            yield return ("rows", pages.Rows($"(SELECT time, seq{string.Concat(BoundColumns.For(listing.Shown).Stored.Select(c => ", " + c.Alias))} FROM events)", 30_000_000_000, 40_000_000_000, [3, 1]));
            yield break;
        }

        var query = (BoundCalculationQuery)bound;
        var compiler = new QueryCompiler(query, DuckDbDialect.Instance, source);
        var together = CombinedCompiler.Takes(query);
        var few = together && query.Series && !query.Calculations.IsEmpty && (query.Breakdowns.IsEmpty || !cut);
        if (together)
        {
            yield return ("all together", new CombinedCompiler(query, DuckDbDialect.Instance, source, few).Statement());
        }
        else
        {
            yield return ("total", compiler.Total());
            if (!query.Breakdowns.IsEmpty || !query.Havings.IsEmpty) yield return ("groups", compiler.Groups());
        }

        if (!query.Breakdowns.IsEmpty && cut && !(together && new CombinedCompiler(query, DuckDbDialect.Instance, source, few).HasOther)) yield return ("other", compiler.Other([7, -7]));
        if (query.Series && !query.Calculations.IsEmpty && !few) yield return ("series", compiler.Series(query.Breakdowns.IsEmpty || !cut ? null : [7, -7]));
        if (query.Heatmap is not { } calculation) yield break;
        var heatmap = new HeatmapCompiler(query, calculation, DuckDbDialect.Instance, source);
        yield return ("heatmap range", heatmap.Range());
        yield return ("heatmap cells", heatmap.Cells(new HeatmapAxis([1, 10, 100], log)));
    }

    /// <summary>The folder of the golden files in the source tree.</summary>
    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Explorer.sln"))) folder = folder.Parent;
        var golden = Path.Combine(folder.ShouldNotBeNull("the tests run inside the source tree").FullName, "tests", "Storage.Tests", "Compile", "Golden");
        return Directory.CreateDirectory(golden).FullName;
    }
}
