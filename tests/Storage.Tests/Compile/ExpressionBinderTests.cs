using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

public sealed class ExpressionBinderTests
{
    private static readonly Schema Schema = new(
        new (string Name, ColumnType Type)[] { ("s", ColumnType.String), ("d", ColumnType.Float64), ("x", ColumnType.Int64), ("b", ColumnType.Bool), ("content-type", ColumnType.String) }
            .Select(c => new Column(c.Name, c.Type, 1, 0, 0)), 100);

    [Theory]
    [InlineData("$x + 1", ColumnType.Int64)]
    [InlineData("$x + 1.0", ColumnType.Float64)]
    [InlineData("$x / 2", ColumnType.Float64)]
    [InlineData("$x % 2", ColumnType.Int64)]
    [InlineData("GT($d, 500)", ColumnType.Bool)]
    [InlineData("IF($b, $x, $d)", ColumnType.Float64)]
    [InlineData("IF($b, null, \"a\")", ColumnType.String)]
    [InlineData("COALESCE($b, false)", ColumnType.Bool)]
    [InlineData("SWITCH($s, \"a\", 1)", ColumnType.Int64)]
    [InlineData("BUCKET($x, 10)", ColumnType.Float64)]
    [InlineData("CONCAT($x, $s)", ColumnType.String)]
    [InlineData("INT($s)", ColumnType.Int64)]
    [InlineData("$time", ColumnType.Int64)]
    [InlineData("UNIX_TIMESTAMP($s)", ColumnType.Float64)]
    public void Types(string expression, ColumnType type) => Bind(("f", expression)).Fields.ShouldHaveSingleItem().Type.ShouldBe(type);

    [Theory]
    [InlineData("$s + 1", 0, 2, "SUM needs numbers, and $s is String; FLOAT($s) makes a number of it")]
    [InlineData("1 * ($b and $b)", 4, 11, "MUL needs numbers, and this is Bool; FLOAT(…) makes a number of it")]
    [InlineData("AND($x, $b)", 4, 2, "AND needs conditions, and $x is Int64")]
    [InlineData("IF($s, 1)", 3, 2, "IF needs conditions, and $s is String")]
    [InlineData("IF($b, 1, \"x\")", 10, 3, "IF gives Int64 before and String here; STRING(…) makes texts of both")]
    [InlineData("IF($b, null)", 0, 12, "IF gives nothing but null, which has no type")]
    [InlineData("null", 0, 4, "null alone has no type")]
    [InlineData("$d > \"slow\"", 5, 6, "\"slow\" cannot be compared with Float64")]
    [InlineData("$s = $x", 5, 2, "String cannot be compared with Int64; FLOAT(…), BOOL(…) or STRING(…) makes one of the other")]
    [InlineData("$s = null", 5, 4, "nothing compares with null; EXISTS(…) asks for missing values")]
    [InlineData("IN($x, 1, \"a\")", 0, 14, "one of the values cannot be compared with the first, which is Int64")]
    [InlineData("REG_MATCH($s, $s)", 14, 2, "the regular expression of REG_MATCH is a text in quotes, such as `^/api/`")]
    [InlineData("BUCKET($d, $x)", 11, 2, "the size and the edges of BUCKET are numbers, not expressions")]
    [InlineData("BUCKET($d, 0)", 11, 1, "the size of a BUCKET must be above 0")]
    [InlineData("FORMAT_TIME($s, 1)", 12, 2, "the format of FORMAT_TIME is a text in quotes, such as \"%Y-%m-%d\"")]
    [InlineData("FORMAT_TIME(\"%Q\", 1)", 12, 4, "a format has no %Q; after a % stands one of a A w u d b B m y Y H I p M S f j U W V G %")]
    [InlineData("FORMAT_TIME(\"%Y\", $s)", 18, 2, "FORMAT_TIME needs seconds since 1970, such as EVENT_TIMESTAMP(), and this is String")]
    [InlineData("UNIX_TIMESTAMP($x)", 15, 2, "UNIX_TIMESTAMP needs a text in RFC 3339, and this is Int64")]
    [InlineData("INGEST_TIMESTAMP()", 0, 18, "the store does not keep when an event arrived; EVENT_TIMESTAMP() is the event's own time")]
    [InlineData("1 + $dd", 4, 3, "there is no column \"dd\"")]
    [InlineData("$root.nope", 0, 10, "there is no column \"nope\" that a span could have behind root.")]
    [InlineData("$x +", 4, 0, "expected a name such as `$duration_ms`, a value or a function, found the end of the text")]
    public void Faults_of_a_field_have_their_place(string expression, int position, int length, string message)
    {
        var error = Errors(("f", expression)).ShouldHaveSingleItem();
        (error.Path, error.Position, error.Length, error.Message).ShouldBe(("calculated_fields[0].expression", position, length, message));
    }

    [Fact]
    public void All_faults_come_at_once_with_suggestions()
    {
        var errors = Errors(("a", "$content + $s"), ("bb", "$z and $b"), ("time", "1"), ("a", "2"), ("", "3"));
        errors.Select(e => (e.Path, e.Position)).ShouldBe(new (string, int?)[]
        {
            ("calculated_fields[2].name", null), ("calculated_fields[3].name", null), ("calculated_fields[4].name", null),
            ("calculated_fields[0].expression", 0), ("calculated_fields[1].expression", 0),
        });
        errors[3].Suggestions.ShouldContain("content-type");
    }

    [Fact]
    public void Fields_that_use_each_other_in_a_circle_are_refused()
    {
        Errors(("a", "$b + 1"), ("b", "$c"), ("c", "$a")).ShouldHaveSingleItem().Message.ShouldBe("the calculated field uses itself: a -> b -> c -> a");
        Errors(("x", "$x + 1")).ShouldHaveSingleItem().Message.ShouldBe("the calculated field uses itself: x -> x");
        Errors([.. Enumerable.Range(0, 30).Select(i => ($"a{i}", i == 29 ? "1" : $"$a{i + 1} + 1"))])[0].Message.ShouldBe("calculated fields are made of others over more than 16 levels");
    }

    [Fact]
    public void What_grows_by_doubling_is_refused()
    {
        Errors([.. Enumerable.Range(0, 15).Select(i => ($"a{i}", i == 0 ? "$d" : $"$a{i - 1} * $a{i - 1}"))]).ShouldHaveSingleItem()
            .Message.ShouldBe("the query's expressions are too large together, the calculated fields counted wherever they are used");
        Errors(("a", string.Concat(Enumerable.Repeat("STRING(FLOAT(", 10)) + "$d" + new string(')', 20))).ShouldHaveSingleItem().Message.ShouldStartWith("the query's expressions are too large");
    }

    /// <summary>Text that is nested deeper than the engine reads is the caller's fault, and told before.</summary>
    [Fact]
    public void Long_sums_are_deep()
    {
        string Sum(string op, int count) => "$x" + string.Concat(Enumerable.Repeat(op + "$x", count));
        foreach (var op in new[] { " + ", " * ", " - ", " / ", "/2/" })
        {
            if (op is not (" / " or "/2/")) Bind(("a", Sum(op, 90)));
            Errors(("a", Sum(op, 2_000)))[0].Message.ShouldContain("operations inside each other");
        }

        using var events = new MemoryEvents(("x", ColumnType.Int64), ("d", ColumnType.Float64)).With((1, [("x", 1L)]));
        foreach (var deep in new[] { Sum(" * ", 140), Sum(" - ", 98), "$d" + string.Concat(Enumerable.Repeat(" / 2", 98)) })
            events.Run(Query(("a", deep)) with { Breakdowns = ["a"], Time = TimeRange.All }).Results.RowCount.ShouldBe(1);
    }

    [Fact]
    public void A_field_that_nothing_uses_is_checked_but_not_read()
    {
        var bound = QueryBinder.Bind(Query(("a", "$d"), ("b", "$x")) with { Breakdowns = ["b"] }, Schema, default);
        bound.Columns.ShouldHaveSingleItem().Name.ShouldBe("x");
        bound.Fields.ShouldHaveSingleItem().Name.ShouldBe("b");
        Errors(("a", "$d"), ("unused", "$nope")).ShouldHaveSingleItem().Path.ShouldBe("calculated_fields[1].expression");
    }

    /// <summary>So that segments without such events are skipped.</summary>
    [Fact]
    public void A_condition_on_a_condition_is_that_condition()
    {
        BoundFilter Where(string expression, string where) =>
            QueryBinder.Bind(Query(("f", expression)) with { Where = QueryText.ParseWhere(where) }, Schema, default).Where.ShouldNotBeNull();
        var slow = Where("$d > 500", "f = true").ShouldBeOfType<BoundFilter.Condition>();
        (slow.Column.Name, slow.Test).ShouldBe(("d", new BoundTest.Compare(FilterOp.Greater, 500.0)));
        Where("$d > 500", "f != true").ShouldBeOfType<BoundFilter.Not>().Part.ShouldBe(slow);
        Where("$d > 500 and not EXISTS($s)", "f = true").ShouldBeOfType<BoundFilter.All>().Parts.Length.ShouldBe(2);
        Where("$d + 1 > 500", "f = true").ShouldBeOfType<BoundFilter.Condition>().Column.Name.ShouldBe("f");
        Where("$b", "f = true").ShouldBeOfType<BoundFilter.Condition>().Column.Name.ShouldBe("f");
    }

    [Theory]
    [InlineData("$n / $COUNT", null)]
    [InlineData("$\"AVG(d)\" * 2", null)]
    [InlineData("$before + 1", null)]
    [InlineData("$after + 1", "$after is this formula or one behind it; a formula uses those before it")]
    [InlineData("$q", "$q is this formula or one behind it; a formula uses those before it")]
    [InlineData("$nn", "the query has no calculation $nn")]
    [InlineData("$b", "$b is a breakdown; a formula works on calculations")]
    [InlineData("$\"HEATMAP(d)\"", "$\"HEATMAP(d)\" is a HEATMAP, which has no single value")]
    [InlineData("EVENT_TIMESTAMP()", "a formula works on results, which have no time of an event")]
    [InlineData("$last + 1", "SUM needs numbers, and $last is String; FLOAT($last) makes a number of it")]
    public void Formulas(string expression, string? message)
    {
        var query = Query() with
        {
            Calculations = [new(CalculationOp.Count), new(CalculationOp.Count, Name: "n"), new(CalculationOp.Avg, "d"), new(CalculationOp.Max, "s", "last"), new(CalculationOp.Heatmap, "d")],
            Breakdowns = ["b"], Formulas = [new("before", "1"), new("q", expression), new("after", "1")],
        };
        if (message is null) QueryBinder.Bind(query, Schema, default);
        else Should.Throw<QueryException>(() => QueryBinder.Bind(query, Schema, default)).Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(e => e.Message.ShouldBe(message), e => e.Path.ShouldBe("formulas[1].expression"));
    }

    [Fact]
    public void Names_of_formulas()
    {
        string[] Messages(Query query) => [.. Should.Throw<QueryException>(() => QueryBinder.Bind(query, Schema, default)).Errors.Select(e => $"{e.Path}: {e.Message}")];
        Messages(Query() with { Formulas = [new("COUNT", "1"), new("", "1")] }).ShouldBe(["formulas[0].name: another column of the result is called \"COUNT\" already: give it another name", "formulas[1].name: a formula needs a name"]);
        Messages(new Query { Formulas = [new("a", "1")] }).ShouldBe(["formulas: formulas need a calculation, such as COUNT"]);
        Messages(Query() with { Formulas = [new("a", "1")], Havings = [new(new ResultReference(Name: "aa"), FilterOp.Greater, 1)] }).ShouldBe(["havings[0]: the result has no column \"aa\""]);
        Messages(Query() with { Formulas = [new("a", "1.5")], Havings = [new(new ResultReference(Name: "a"), FilterOp.Greater, "x")] }).ShouldBe(["havings[0].value: \"x\" cannot be compared with the column, which is Float64"]);
    }

    private static Query Query(params (string Name, string Expression)[] fields) =>
        new() { Calculations = [new(CalculationOp.Count)], CalculatedFields = fields.Select(f => new CalculatedField(f.Name, f.Expression)).ToValueList() };

    private static BoundQuery Bind(params (string Name, string Expression)[] fields) => QueryBinder.Bind(Query(fields) with { Breakdowns = [fields[0].Name] }, Schema, default);

    private static QueryError[] Errors(params (string Name, string Expression)[] fields) => [.. Should.Throw<QueryException>(() => QueryBinder.Bind(Query(fields), Schema, default)).Errors];
}
