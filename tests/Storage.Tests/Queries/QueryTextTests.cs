using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Storage.Tests.Queries;

public sealed class QueryTextTests
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(2000);

    [Theory]
    [InlineData("http.route = \"/pay\" and (http.response.status_code >= 500 or not exists(user.id))")]
    [InlineData("x in (\"a\", 2, 7.0, true)")]
    [InlineData("x not-in ()")]
    [InlineData("name starts-with \"GET\"")]
    [InlineData("x matches \"^a\\\\d+$\" and y does-not-match \"b\"")]
    [InlineData("not (x > 1)")]
    [InlineData("not not exists(a)")]
    [InlineData("x does-not-exist")]
    [InlineData("(a = 1 and b = 2) or c = 3")]
    [InlineData("(a = 1 and b = 2) and c = 3")]
    [InlineData("`odd name` = \"it's\" and `tick``ed` != -1.5 and `and` = 1E+20")]
    [InlineData("true")]
    [InlineData("false or exists(a)")]
    [InlineData("étage.名前 = \"日本\"")]
    [InlineData("x = 9223372036854775807 and y = -9223372036854775808 and z = -0.0")]
    public void Canonical_conditions_come_back_as_they_are(string text) => QueryText.Format(QueryText.ParseWhere(text)).ShouldBe(text);

    [Theory]
    [InlineData("  a=1   AND b!=2 ", "a = 1 and b != 2")]
    [InlineData("a = 1 or b = 2 and c = 3", "a = 1 or (b = 2 and c = 3)")]
    [InlineData("not a = 1 and b = 2", "not (a = 1) and b = 2")]
    [InlineData("((a exists))", "exists(a)")]
    [InlineData("a NOT IN (1)", "a not-in (1)")]
    [InlineData("`plain` = \"\\u0041\\/\"", "plain = \"A/\"")]
    [InlineData("a = 007", "a = 7")]
    [InlineData("a = 9223372036854775808", "a = 9.223372036854776E+18")]
    [InlineData("a >=-5 and b<3e2", "a >= -5 and b < 300.0")]
    [InlineData("SEARCH ( \"Timeout\" ) and not search(500)", "search(\"Timeout\") and not search(500)")]
    [InlineData("name search \"pay\" or search = 1 or exists(search) or search search \"x\"", "name search \"pay\" or search = 1 or exists(search) or search search \"x\"")]
    [InlineData("`search` != \"a\" and `*` search \"b\"", "search != \"a\" and search(\"b\")")]
    public void Other_spellings_become_canonical(string text, string canonical)
    {
        QueryText.Format(QueryText.ParseWhere(text)).ShouldBe(canonical);
        QueryText.ParseWhere(canonical).ShouldBe(QueryText.ParseWhere(text));
    }

    [Theory]
    [InlineData("any.db.system = \"redis\" and not none.error = true")]
    [InlineData("(none.x = 1 and none.y = 2) and none.z = 3")]
    [InlineData("`any2.odd name` = 1 or trace.root_missing = true")]
    public void Names_of_other_spans_survive_text_and_json(string text)
    {
        var where = QueryText.ParseWhere(text);
        QueryText.ParseWhere(QueryText.Format(where)).ShouldBe(where);
        var query = new Query { Where = where, Calculations = [QueryText.ParseCalculation("P99(any.duration_ms) where any.x = 1")], Breakdowns = ["root.http.route"] };
        QueryJson.Read(QueryJson.ToJson(query)).ShouldBe(query);
    }

    [Fact]
    public void And_binds_tighter_than_or_and_brackets_keep_their_shape()
    {
        Filter a = new Filter.Condition("a", FilterOp.Exists), b = new Filter.Condition("b", FilterOp.Exists), c = new Filter.Condition("c", FilterOp.Exists);
        QueryText.ParseWhere("exists(a) or exists(b) and exists(c)").ShouldBe(new Filter.Or([a, new Filter.And([b, c])]));
        QueryText.ParseWhere("(exists(a) and exists(b)) and exists(c)").ShouldBe(new Filter.And([new Filter.And([a, b]), c]));
        QueryText.ParseWhere("exists(a) and exists(b) and exists(c)").ShouldBe(new Filter.And([a, b, c]));
        QueryText.ParseWhere("not exists(a) and exists(b)").ShouldBe(new Filter.And([new Filter.Not(a), b]));
    }

    [Theory]
    [InlineData("search(", 7, "expected a value")]
    [InlineData("search()", 7, "expected a value")]
    [InlineData("search(timeout)", 7, "text goes in double quotes")]
    [InlineData("search(\"a\" and b = 1", 11, "expected `)` after the text")]
    [InlineData("not search", 10, "expected an operator")]
    public void A_search_that_is_none_says_where(string text, int position, string message)
    {
        var error = Should.Throw<QueryException>(() => QueryText.ParseWhere(text)).Errors.ShouldHaveSingleItem();
        error.Position.ShouldBe(position);
        error.Message.ShouldContain(message);
    }

    [Fact]
    public void A_search_is_of_any_column_unless_it_names_one()
    {
        QueryText.ParseWhere("search(\"x\")").ShouldBe(new Filter.Condition("*", FilterOp.Search, "x"));
        QueryJson.Read("""{ "where": { "op": "search", "value": "x" } }""").Where.ShouldBe(new Filter.Condition("*", FilterOp.Search, "x"));
        QueryJson.Read("""{ "where": { "column": "*", "op": "search", "value": "x" } }""").Where.ShouldBe(new Filter.Condition("*", FilterOp.Search, "x"));
        QueryJson.Read("""{ "where": { "column": "name", "op": "search", "value": "x" } }""").Where.ShouldBe(new Filter.Condition("name", FilterOp.Search, "x"));
        QueryJson.ToJson(new Query { Where = new Filter.Condition("*", FilterOp.Search, "x") }).ShouldContain("""{"op":"search","value":"x"}""");
        Should.Throw<QueryException>(() => QueryJson.Read("""{ "where": { "op": "contains", "value": "x" } }""")).Errors[0].Path.ShouldBe("where.column");
    }

    [Theory]
    [InlineData("COUNT", CalculationOp.Count, null, null)]
    [InlineData("count(user.id)", CalculationOp.Count, "user.id", null)]
    [InlineData("P99(duration_ms) as p99", CalculationOp.P99, "duration_ms", "p99")]
    [InlineData("COUNT_DISTINCT(`odd name`)", CalculationOp.CountDistinct, "odd name", null)]
    [InlineData("concurrency as `as`", CalculationOp.Concurrency, null, "as")]
    public void Calculations(string text, CalculationOp op, string? column, string? name) =>
        QueryText.ParseCalculation(text).ShouldBe(new Calculation(op, column, name));

    [Fact]
    public void A_calculation_has_a_condition_of_its_own() =>
        QueryText.ParseCalculation("COUNT where error = true and a > 1 as errors").ShouldBe(new Calculation(CalculationOp.Count, null, "errors",
            new Filter.And([new Filter.Condition("error", FilterOp.Equal, true), new Filter.Condition("a", FilterOp.Greater, 1)])));

    [Fact]
    public void Havings_and_orders()
    {
        QueryText.ParseHaving("COUNT > 10").ShouldBe(new Having(new ResultReference(Op: CalculationOp.Count), FilterOp.Greater, 10));
        QueryText.ParseHaving("P99(duration_ms) >= 5.5").ShouldBe(
            new Having(new ResultReference(Op: CalculationOp.P99, Column: "duration_ms"), FilterOp.GreaterOrEqual, 5.5));
        QueryText.ParseHaving("errors > 3").ShouldBe(new Having(new ResultReference(Name: "errors"), FilterOp.Greater, 3));
        QueryText.ParseOrder("COUNT desc").ShouldBe(new Order(new ResultReference(Op: CalculationOp.Count)));
        QueryText.ParseOrder("service.name").ShouldBe(new Order(new ResultReference(Name: "service.name"), Descending: false));
        QueryText.ParseOrder("`count` asc").ShouldBe(new Order(new ResultReference(Name: "count"), Descending: false));
        QueryText.ParseColumn("`a``b`").ShouldBe("a`b");
    }

    [Theory]
    [InlineData("a =", 3, 0, "expected a value after `=`, found the end of the text")]
    [InlineData("a = b", 4, 1, "expected a value after `=`; text goes in double quotes, found `b`")]
    [InlineData("a = 'b'", 4, 1, "text goes in double quotes, not single ones")]
    [InlineData("a = null", 4, 4, "expected a value; `exists(column)` asks for missing values, found `null`")]
    [InlineData("a == 1", 2, 2, "expected an operator after the column, found `==`")]
    [InlineData("a", 1, 0, "expected an operator after the column, found the end of the text")]
    [InlineData("", 0, 0, "expected a condition, found the end of the text")]
    [InlineData("a = 1 b = 2", 6, 1, "expected `and`, `or` or the end, found `b`")]
    [InlineData("(a = 1", 6, 0, "expected `and`, `or` or `)`, found the end of the text")]
    [InlineData("a = \"x", 4, 2, "the text has no closing double quote")]
    [InlineData("`a = 1", 0, 6, "the name has no closing backtick")]
    [InlineData("a = \"\\q\"", 5, 2, "unknown escape; JSON's are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000")]
    [InlineData("a = 1e999", 4, 5, "`1e999` is not a number; text goes in double quotes")]
    [InlineData("a = 5x", 4, 2, "`5x` is not a number; text goes in double quotes")]
    [InlineData("and = 1", 0, 3, "expected a condition; a name that is a keyword goes in backticks, found `and`")]
    [InlineData("exists a", 7, 1, "expected `(` after `exists`, found `a`")]
    [InlineData("a in 1", 5, 1, "expected `(` after `in`, found the value `1`")]
    [InlineData("a = 1 && b = 2", 6, 1, "unexpected character `&`")]
    public void Errors_say_where_and_what(string text, int position, int length, string message)
    {
        var error = Should.Throw<QueryException>(() => QueryText.ParseWhere(text)).Errors.ShouldHaveSingleItem();
        (error.Position, error.Length, error.Message).ShouldBe((position, length, message));
    }

    [Fact]
    public void Wrong_words_bring_suggestions()
    {
        ErrorOf(() => QueryText.ParseWhere("a start-with \"x\"")).Suggestions.ShouldContain("starts-with");
        ErrorOf(() => QueryText.ParseCalculation("P98(duration_ms)")).Suggestions.ShouldContain("P99");
        ErrorOf(() => QueryText.ParseOrder("SUMM(x) desc")).Suggestions.ShouldContain("SUM");
        ErrorOf(() => QueryText.ParseCalculation("SUM")).Message.ShouldBe("expected `(` and a column: SUM(column), found the end of the text");
        ErrorOf(() => QueryText.ParseHaving("COUNT like 3")).Message.ShouldBe("expected one of `= != > >= < <=`, found `like`");
    }

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        var deepest = string.Concat(Enumerable.Repeat("not (", 49)) + "a = 1" + new string(')', 49);
        QueryText.Format(QueryText.ParseWhere(deepest)).ShouldNotBeEmpty();
        ErrorOf(() => QueryText.ParseWhere(new string('(', 30_000))).Message.ShouldBe("the filter is nested deeper than 100 levels");
        ErrorOf(() => QueryText.ParseWhere(string.Concat(Enumerable.Repeat("not ", 10_000)))).Message.ShouldContain("nested deeper");
        ErrorOf(() => QueryText.ParseWhere(new string('a', 70_000))).Message.ShouldBe("the text is longer than 65536 characters");
        Filter deep = new Filter.Condition("a", FilterOp.Exists);
        for (var i = 0; i < 100_000; i++) deep = new Filter.And([deep]);
        Should.Throw<QueryException>(() => QueryText.Format(deep));
        Should.Throw<QueryException>(() => deep.Normalize());
    }

    [Fact]
    public void Every_normal_filter_survives_its_text() =>
        Check.One(Config, Prop.ForAll(HostileQueries.Filter.ToArbitrary(), filter =>
        {
            var normal = filter.Normalize();
            QueryText.ParseWhere(QueryText.Format(filter)).ShouldBe(normal);
            QueryText.Format(normal).ShouldBe(QueryText.Format(filter));
        }));

    [Fact]
    public void Every_calculation_having_order_and_column_survives_its_text()
    {
        Check.One(Config, Prop.ForAll(HostileQueries.Calculation.ToArbitrary(), x =>
            QueryText.ParseCalculation(QueryText.Format(x)).ShouldBe(x with { Where = x.Where?.Normalize() })));
        Check.One(Config, Prop.ForAll(HostileQueries.Having.ToArbitrary(), x => QueryText.ParseHaving(QueryText.Format(x)).ShouldBe(x)));
        Check.One(Config, Prop.ForAll(HostileQueries.Order.ToArbitrary(), x => QueryText.ParseOrder(QueryText.Format(x)).ShouldBe(x)));
        Check.One(Config, Prop.ForAll(HostileQueries.Text.ToArbitrary(), x => QueryText.ParseColumn(QueryText.FormatColumn(x)).ShouldBe(x)));
    }

    [Fact]
    public void Random_text_gives_a_query_error_or_a_canonical_form()
    {
        var words = Gen.Elements("a", "and", "or", "not", "(", ")", "=", "!=", "<", "in", "exists", "1", "-", "1.5", "\"x\"", "`b`", "`", "\"", ",", "true", "where", "as", "COUNT", "P99", "matches",
            "\\", "\0", "é", "\ud800", " ", "  ", "desc");
        var text = Gen.Choose(0, 14).SelectMany(n => Gen.ArrayOf(words, n)).SelectMany(w => Gen.Elements("", " ").Select(s => string.Join(s, w)));
        Check.One(Config.WithMaxTest(5000), Prop.ForAll(text.ToArbitrary(), t =>
        {
            Parsed(t, QueryText.ParseWhere, x => QueryText.Format(x));
            Parsed(t, QueryText.ParseCalculation, x => QueryText.Format(x));
            Parsed(t, QueryText.ParseHaving, x => QueryText.Format(x));
            Parsed(t, QueryText.ParseOrder, x => QueryText.Format(x));
            Parsed(t, QueryText.ParseColumn, x => QueryText.FormatColumn(x));
        }));
    }

    /// <summary>Either the parser refuses with a place inside the text, or the canonical form of what it read is a fixed point.</summary>
    private static void Parsed<T>(string text, Func<string, T> parse, Func<T, string> format)
    {
        T part;
        try
        {
            part = parse(text);
        }
        catch (QueryException e)
        {
            var error = e.Errors.ShouldHaveSingleItem();
            error.Position.ShouldNotBeNull().ShouldBeInRange(0, text.Length);
            (error.Position.Value + error.Length).ShouldBeLessThanOrEqualTo(text.Length);
            return;
        }

        parse(format(part)).ShouldBe(part);
    }

    private static QueryError ErrorOf(Action action) => Should.Throw<QueryException>(action).Errors.ShouldHaveSingleItem();
}
