using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Storage.Tests.Queries;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("$a + $b * 2", "SUM(a, MUL(b, 2))")]
    [InlineData("($a + $b) * -2", "MUL(SUM(a, b), -2)")]
    [InlineData("$a - $b - $c", "SUB(SUB(a, b), c)")]
    [InlineData("$a+$b+$c", "SUM(a, b, c)")]
    [InlineData("$errors/$total*100", "MUL(DIV(errors, total), 100)")]
    [InlineData("-$a % 3", "MOD(SUB(0, a), 3)")]
    [InlineData("$a >= 1 and not $b = \"x\" or $c <> 2", "OR(AND(GTE(a, 1), NOT(EQUALS(b, x))), NOT(EQUALS(c, 2)))")]
    [InlineData("NOT($a) AND exists($b)", "AND(NOT(a), EXISTS(b))")]
    [InlineData("or($a, $b or $c)", "OR(a, OR(b, c))")]
    [InlineData("gt($duration_ms, 500)", "GT(duration_ms, 500)")]
    [InlineData("If($a, null, TRUE)", "IF(a, , true)")]
    [InlineData("$\"a b\" = `\\d\"`", "EQUALS(a b, \\d\")")]
    [InlineData("$http.status_code==$P99", "EQUALS(http.status_code, P99)")]
    [InlineData("EVENT_TIMESTAMP() * 1.5e3", "MUL(EVENT_TIMESTAMP(), 1500)")]
    [InlineData("-9223372036854775807 - -1", "SUB(-9223372036854775807, -1)")]
    public void Reads(string text, string expected) => Shown(ExpressionParser.Parse(text)).ShouldBe(expected);

    [Theory]
    [InlineData("", 0, 0, "expected a name such as `$duration_ms`, a value or a function, found the end of the text")]
    [InlineData("$a +", 4, 0, "expected a name such as `$duration_ms`, a value or a function, found the end of the text")]
    [InlineData("$a $b", 3, 2, "expected an operator or the end, found `$b`")]
    [InlineData("($a", 3, 0, "expected an operator or `)`, found the end of the text")]
    [InlineData("1 < 2 < 3", 6, 1, "expected an operator or the end, found `<`")]
    [InlineData("$", 0, 1, "expected a name after `$`; one with other characters than letters, digits, `_` and `.` is written `$\"…\"`")]
    [InlineData("duration_ms > 5", 0, 11, "a name begins with `$`, and text stands in double quotes: `$duration_ms` or `\"duration_ms\"`")]
    [InlineData("GT $a", 3, 2, "expected `(` after `GT`, found `$a`")]
    [InlineData("GT($a)", 0, 6, "GT takes 2 arguments, not 1")]
    [InlineData("BUCKET($a, 1, 2, 3, 4)", 0, 22, "BUCKET takes 2 to 4 arguments, not 5")]
    [InlineData("1 + IF($a)", 4, 6, "IF takes at least 2 arguments, not 1")]
    [InlineData("EVENT_TIMESTAMP(1)", 0, 18, "EVENT_TIMESTAMP takes no arguments, not 1")]
    [InlineData("GT($a 5)", 6, 1, "expected `,` or `)` after an argument of GT, found the value `5`")]
    [InlineData("$a = 'x'", 5, 1, "text goes in double quotes, not single ones")]
    [InlineData("$a & 1", 3, 1, "unexpected character `&`")]
    [InlineData("$a = \"x", 5, 2, "the text has no closing double quote")]
    [InlineData("$a = `x", 5, 2, "the text has no closing backtick")]
    [InlineData("1x + 2", 0, 2, "`1x` is not a number")]
    public void Errors_say_where_and_what(string text, int position, int length, string message)
    {
        var error = ErrorOf(() => ExpressionParser.Parse(text));
        (error.Position, error.Length, error.Message).ShouldBe((position, length, message));
    }

    [Fact]
    public void Unknown_functions_bring_suggestions()
    {
        ErrorOf(() => ExpressionParser.Parse("CONTAIN($a, 1)")).Suggestions.ShouldContain("CONTAINS");
        ErrorOf(() => ExpressionParser.Parse("start_with($a, 1)")).Suggestions.ShouldContain("STARTS_WITH");
    }

    [Fact]
    public void Length_nesting_and_depth_are_bounded()
    {
        ErrorOf(() => ExpressionParser.Parse(new string('(', 10_000))).Message.ShouldBe("the expression is nested deeper than 32 levels");
        ErrorOf(() => ExpressionParser.Parse(string.Concat(Enumerable.Repeat("not ", 4_000)) + "$a")).Message.ShouldContain("nested deeper");
        ErrorOf(() => ExpressionParser.Parse(new string('-', 10_000) + "$a")).Message.ShouldContain("nested deeper");
        ErrorOf(() => ExpressionParser.Parse("$a" + string.Concat(Enumerable.Repeat("-$a", 5_000)))).Message.ShouldBe("the expression has more than 100 operations inside each other");
        ErrorOf(() => ExpressionParser.Parse("1" + string.Concat(Enumerable.Repeat("+1", 9_000)))).Message.ShouldBe("the expression is longer than 16384 characters");
        ExpressionParser.Parse("$a" + string.Concat(Enumerable.Repeat(" + $a", 3_000))).Depth.ShouldBe(2);
    }

    [Theory]
    [InlineData("error_rate: $errors / $total * 100", "error_rate", "$errors / $total * 100")]
    [InlineData("  a:$x  ", "a", "$x")]
    [InlineData("`a:b ``c` : 1", "a:b `c", "1")]
    [InlineData("`as`: $a", "as", "$a")]
    public void Definitions(string text, string name, string expression)
    {
        QueryText.IsFormula(text).ShouldBeTrue();
        QueryText.ParseFormula(text).ShouldBe(new Formula(name, expression));
        QueryText.ParseField(text).ShouldBe(new CalculatedField(name, expression));
    }

    [Fact]
    public void Calculations_are_no_formulas()
    {
        foreach (var text in new[] { "COUNT", "P99(a:b)", "COUNT where a:b = 1 as `c:d`", "MAX(`:`)", "as: 1", "" }) QueryText.IsFormula(text).ShouldBeFalse(text);
        ErrorOf(() => QueryText.ParseFormula("COUNT")).Message.ShouldBe("a formula is `name: expression`, such as `error_rate: $errors / $total * 100`");
        var error = ErrorOf(() => QueryText.ParseField("slow: $a >"));
        (error.Position, error.Message).ShouldBe((10, "expected a name such as `$duration_ms`, a value or a function, found the end of the text"));
    }

    [Fact]
    public void Every_definition_survives_its_text()
    {
        var expression = Gen.OneOf(
            HostileQueries.Text.Select(QueryText.FormatReference),
            HostileQueries.Value.Select(v => QueryText.Format(v)),
            HostileQueries.Text.SelectMany(a => HostileQueries.Value.Select(b => $"IF(EQUALS({QueryText.FormatReference(a)}, {QueryText.Format(b)}), 1 - {QueryText.FormatReference(a)}, null)")));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(HostileQueries.Text.SelectMany(n => expression.Select(e => new Formula(n, e))).ToArbitrary(), formula =>
        {
            QueryText.ParseFormula(QueryText.Format(formula)).ShouldBe(formula);
            QueryText.ParseField(QueryText.Format(new CalculatedField(formula.Name, formula.Expression))).ShouldBe(new CalculatedField(formula.Name, formula.Expression));
        }));
    }

    [Fact]
    public void Every_reference_is_the_name_again() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(HostileQueries.Text.ToArbitrary(), name =>
        ExpressionParser.Parse(QueryText.FormatReference(name)).ShouldBeOfType<Expression.Name>().Text.ShouldBe(name)));

    [Fact]
    public void Random_text_is_an_expression_or_an_error_with_a_place()
    {
        var words = Gen.Elements("$a", "$", "$\"b c\"", "(", ")", ",", "+", "-", "*", "/", "%", "=", "!=", "<", "and", "or", "not", "IF", "GT", "NOT", "EXISTS", "1", "1.5", "\"x\"", "`y`", "`", "\"", "null", "true", "x", ":", "é", "\ud800", "\0", " ");
        var text = Gen.Choose(0, 14).SelectMany(n => Gen.ArrayOf(words, n)).SelectMany(w => Gen.Elements("", " ").Select(s => string.Join(s, w)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(text.ToArbitrary(), t =>
        {
            try
            {
                var whole = ExpressionParser.Parse(t);
                (whole.Position + whole.Length).ShouldBeLessThanOrEqualTo(t.Length);
            }
            catch (QueryException e)
            {
                var error = e.Errors.ShouldHaveSingleItem();
                error.Position.ShouldNotBeNull().ShouldBeInRange(0, t.Length);
                (error.Position.Value + error.Length).ShouldBeLessThanOrEqualTo(t.Length);
            }
        }));
    }

    private static string Shown(Expression expression) => expression switch
    {
        Expression.Constant constant => constant.Value.ToString(),
        Expression.Name name => name.Text,
        Expression.Call call => $"{call.Function}({string.Join(", ", call.Arguments.Select(Shown))})",
        _ => throw new InvalidOperationException(),
    };

    private static QueryError ErrorOf(Action action) => Should.Throw<QueryException>(action).Errors.ShouldHaveSingleItem();
}
