using Explorer.Client.Components.QueryBuilder;
using Explorer.Client.State;
using Storage.Events;
using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Explorer.Client.Tests.Components;

public sealed class CompletionTests
{
    private static readonly Schema Columns = new(
        [
            new Column("duration_ms", ColumnType.Float64, 100, 0, 0), new Column("http.route", ColumnType.String, 80, 0, 0), new Column("http.response.status_code", ColumnType.Int64, 90, 0, 0),
            new Column("with `tick` and \"quote\"", ColumnType.String, 1, 0, 0), new Column("error", ColumnType.Bool, 4, 0, 0),
        ], 100);

    private static CompletionNames Known(RecentColumns? recent = null) =>
        new(Columns, 100, ["COUNT", "P99(duration_ms)"], ["http.route"], ["slow"], recent ?? RecentColumns.None, TimeSpan.FromHours(2));

    // The caret is at the bar.
    [Theory]
    [InlineData(Clause.Where, "|", "Column", "")]
    [InlineData(Clause.Where, "htt|", "Column", "htt")]
    [InlineData(Clause.Where, "http.route |", "Operator", "")]
    [InlineData(Clause.Where, "http.route st|", "Operator", "st")]
    [InlineData(Clause.Where, "duration_ms >|", "Operator", ">")]
    [InlineData(Clause.Where, "http.route = |", "Value", "")]
    [InlineData(Clause.Where, "http.route = \"/ca|", "Value", "/ca")]
    [InlineData(Clause.Where, "http.route=\"/ca|\"", "Value", "/ca")]
    [InlineData(Clause.Where, "http.route = pa|", "Value", "pa")]
    [InlineData(Clause.Where, "http.route in (|", "Value", "")]
    [InlineData(Clause.Where, "http.route in (\"a\", |", "Value", "")]
    [InlineData(Clause.Where, "http.route in (\"a\") |", "Join", "")]
    [InlineData(Clause.Where, "http.route in (\"a\" |", "InList", "")]
    [InlineData(Clause.Where, "http.route not-in (\"a\",|", "Value", "")]
    [InlineData(Clause.Where, "root.http.route in (\"a\", \"/ca|", "Value", "/ca")]
    [InlineData(Clause.Where, "any.duration_ms > 5 and any.error in (true |", "InList", "")]
    [InlineData(Clause.Where, "http.route = \"a\" |", "Join", "")]
    [InlineData(Clause.Where, "http.route = \"a\" and |", "Column", "")]
    [InlineData(Clause.Where, "http.route exists |", "Join", "")]
    [InlineData(Clause.Where, "not (a = 1 or |", "Column", "")]
    [InlineData(Clause.Where, "exists(htt|", "Column", "htt")]
    [InlineData(Clause.Where, "`with `` tick|", "Column", "with ` tick")]
    [InlineData(Clause.Visualize, "P|", "Function", "P")]
    [InlineData(Clause.Visualize, "P99(dur|", "NumericColumn", "dur")]
    [InlineData(Clause.Visualize, "COUNT_DISTINCT(|", "Column", "")]
    [InlineData(Clause.Visualize, "COUNT |", "AfterCalculation", "")]
    [InlineData(Clause.Visualize, "COUNT where err|", "Column", "err")]
    [InlineData(Clause.Visualize, "COUNT where error = |", "Value", "")]
    [InlineData(Clause.Visualize, "COUNT as x|", "Nothing", "x")]
    [InlineData(Clause.GroupBy, "ser|", "Column", "ser")]
    [InlineData(Clause.Having, "|", "Result", "")]
    [InlineData(Clause.Having, "COUNT |", "Comparison", "")]
    [InlineData(Clause.Having, "P99(duration_ms) |", "Comparison", "")]
    [InlineData(Clause.Order, "COUNT |", "Direction", "")]
    [InlineData(Clause.Order, "COUNT desc |", "Nothing", "")]
    [InlineData(Clause.Visualize, "rate: |", "FormulaName", "")]
    [InlineData(Clause.Visualize, "rate: $err|", "FormulaName", "err")]
    [InlineData(Clause.Visualize, "rate: $errors / $\"my c|", "FormulaName", "my c")]
    [InlineData(Clause.Visualize, "`a:b`: $a * |", "FormulaName", "")]
    [InlineData(Clause.Visualize, "rate: $errors |", "Nothing", "")]
    [InlineData(Clause.Visualize, "rate: 10|", "Nothing", "")]
    [InlineData(Clause.Fields, "slow|", "Nothing", "")]
    [InlineData(Clause.Fields, "slow: IF($dur|", "FieldName", "dur")]
    [InlineData(Clause.Fields, "slow: CONT|", "ExpressionFunction", "CONT")]
    [InlineData(Clause.Fields, "slow: EQUALS($a, \"$b|", "Nothing", "")]
    [InlineData(Clause.Compare, "1|", "Compare", "1")]
    public void The_place_of_the_caret_is_known(Clause clause, string text, string part, string prefix)
    {
        var caret = text.IndexOf('|', StringComparison.Ordinal);
        var context = CompletionContext.At(clause, text.Remove(caret, 1), caret);
        (context.Part.ToString(), context.Prefix).ShouldBe((part, prefix));
    }

    [Fact]
    public void Any_text_and_caret_can_be_read() => Prop.ForAll(
        ArbMap.Default.ArbFor<(string, int)>(), ArbMap.Default.ArbFor<Clause>(), (input, clause) =>
        {
            var text = input.Item1 ?? "";
            var context = CompletionContext.At(clause, text, input.Item2);
            return context.Start >= 0 && context.Start + context.Length <= text.Length;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Names_that_begin_with_the_text_come_first_then_the_fullest()
    {
        var items = Completion.Items(CompletionContext.At(Clause.Where, "r", 1), Known());
        items.Select(i => i.Label).ShouldBe(["duration_ms", "http.response.status_code", "http.route", "error"], ignoreOrder: true);
        Completion.Items(CompletionContext.At(Clause.Where, "http.r", 6), Known()).Select(i => i.Label).ShouldBe(["http.response.status_code", "http.route"]);
        Completion.Items(CompletionContext.At(Clause.Where, "duration", 8), Known()).ShouldHaveSingleItem().Detail.ShouldBe("100\u00A0%");
    }

    [Fact]
    public void Columns_of_other_spans_are_offered_behind_their_prefix()
    {
        Completion.Items(CompletionContext.At(Clause.Where, "any.http.r", 10), Known()).Select(i => (i.Label, i.Insert))
            .ShouldBe([("any.http.response.status_code", "any.http.response.status_code"), ("any.http.route", "any.http.route")]);
        Completion.Items(CompletionContext.At(Clause.Where, "an", 2), Known()).Select(i => i.Insert).Where(i => i.StartsWith('a')).ShouldBe(["any.", "any2.", "any3."]);
        Completion.Items(CompletionContext.At(Clause.Where, "trace.s", 7), Known()).Select(i => i.Label).ShouldBe(["trace.span_count", "trace.service_count"]);
        Completion.Items(CompletionContext.At(Clause.Where, "root.duration_ms ", 17), Known()).ShouldNotContain(i => i.Label == "contains");
    }

    [Fact]
    public async Task What_was_used_lately_comes_first()
    {
        var kept = "";
        var recent = new RecentColumns(TimeProvider.System, text => { kept = text; return Task.CompletedTask; });
        await recent.ReadAsync("");
        await recent.TouchAsync(new Query { Where = new Filter.Not(new Filter.Condition("error", FilterOp.Exists)) });
        var again = new RecentColumns(TimeProvider.System, _ => Task.CompletedTask);
        await again.ReadAsync(kept);
        var items = Completion.Items(CompletionContext.At(Clause.Where, "r", 1), Known(again));
        (items[0].Label, items[0].Used).ShouldBe(("error", "just now"));
        var none = new RecentColumns(TimeProvider.System, _ => Task.CompletedTask);
        await none.ReadAsync("no json");
        Completion.Items(CompletionContext.At(Clause.Where, "r", 1), Known(none))[0].Label.ShouldBe("duration_ms");
    }

    [Fact]
    public async Task What_was_used_before_the_browser_told_what_it_kept_is_kept_with_it()
    {
        var kept = "";
        var recent = new RecentColumns(TimeProvider.System, text => { kept = text; return Task.CompletedTask; });
        await recent.TouchAsync(new Query { Breakdowns = ["name"] });
        kept.ShouldBe("", "it would take the place of what is kept");
        await recent.ReadAsync("""{"error":5,"name":5}""");
        kept.ShouldContain("error");
        recent.LastUsed("error").ShouldBe(5);
        recent.LastUsed("name").ShouldNotBeNull().ShouldBeGreaterThan(5);
    }

    [Fact]
    public void Expressions_refer_to_calculations_columns_and_functions()
    {
        Completion.Items(CompletionContext.At(Clause.Visualize, "rate: $", 7), Known()).Select(i => i.Insert).ShouldBe(["$COUNT", "$\"P99(duration_ms)\""]);
        Completion.Items(CompletionContext.At(Clause.Fields, "x: $http.res", 12), Known()).ShouldHaveSingleItem().Insert.ShouldBe("$http.response.status_code");
        Completion.Items(CompletionContext.At(Clause.Fields, "x: reg_v", 8), Known()).ShouldHaveSingleItem().Insert.ShouldBe("REG_VALUE(");
        Completion.Items(CompletionContext.At(Clause.GroupBy, "slo", 3), Known()).ShouldHaveSingleItem().Detail.ShouldBe("calculated");
        Completion.Items(CompletionContext.At(Clause.Compare, "", 0), Known())[0].ShouldBe(new CompletionItem("2h", "previous period", Detail: "2h", Completes: true));
    }

    [Fact]
    public void Hostile_names_are_inserted_quoted() =>
        Completion.Items(CompletionContext.At(Clause.Where, "tick", 4), Known()).ShouldHaveSingleItem().Insert.ShouldBe("`with ``tick`` and \"quote\"`");

    [Fact]
    public void Percentiles_offer_numbers_only() =>
        Completion.Items(CompletionContext.At(Clause.Visualize, "P99(", 4), Known()).Select(i => i.Label).ShouldBe(["slow", "duration_ms", "http.response.status_code"], ignoreOrder: true);

    [Fact]
    public void Values_are_ranked_and_free_text_is_last()
    {
        var context = CompletionContext.At(Clause.Where, "http.route = \"/ca", 17);
        var items = Completion.Values(context, [new ValueCount("/cart/pay", 200), new ValueCount("/home", 150), new ValueCount("/cart/quote", 100)], ColumnType.String);
        items.Select(i => i.Insert).ShouldBe(["\"/cart/pay\"", "\"/cart/quote\"", "\"/ca\""]);
        items[0].Share.ShouldBe(1);
        items[1].Share.ShouldBe(0.5);
        Completion.Values(CompletionContext.At(Clause.Where, "error = t", 9), [new ValueCount(true, 3)], ColumnType.Bool).ShouldHaveSingleItem().Insert.ShouldBe("true");
    }

    [Fact]
    public void A_filter_becomes_a_row_of_chips_and_words()
    {
        var a = new Filter.Condition("a", FilterOp.Exists);
        var parts = WherePart.Of(new Filter.And([a, new Filter.Or([a, new Filter.Not(a)])]));
        parts.Select(p => p.Kind).ShouldBe([WherePartKind.Chip, WherePartKind.Join, WherePartKind.Open, WherePartKind.Chip, WherePartKind.Join, WherePartKind.Not, WherePartKind.Chip, WherePartKind.Close]);
        parts[6].Path.ShouldBe([1, 1, 0]);
        FilterEdit.At(new Filter.And([a, new Filter.Or([a, new Filter.Not(a)])]), parts[6].Path).ShouldBe(a);
        WherePart.Of(null).ShouldBeEmpty();
    }
}
