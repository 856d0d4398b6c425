using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Tests.State;

public sealed class QueryFaultTests
{
    private static readonly Query Asked = new()
    {
        Calculations = [new Calculation(CalculationOp.P99, "duration"), new Calculation(CalculationOp.Count, Name: "errors", Where: new Filter.Condition("eror", FilterOp.Equal, true))],
        Where = new Filter.And([new Filter.Condition("a", FilterOp.Equal, "`x`"), new Filter.Or([new Filter.Not(new Filter.Condition("htp route", FilterOp.Exists)), new Filter.Condition("b", FilterOp.Exists)])]),
        Breakdowns = ["service"],
        Havings = [new Having(new ResultReference(Op: CalculationOp.Count), FilterOp.Greater, 10)],
        Orders = [new Order(new ResultReference("eror"))],
        Formulas = [new Formula("rate", "$eror / $COUNT")],
        CalculatedFields = [new CalculatedField("slow", "$duration > 5")],
    };

    [Theory]
    [InlineData("where.and[1].or[0].not.column", "where", "`htp route`", "http.route")]
    [InlineData("where.and[0].column", "where", "a", "http.route")]
    [InlineData("calculations[0].column", "calc", "duration", "duration_ms")]
    [InlineData("calculations[1].where.column", "calc", "eror", "error")]
    [InlineData("breakdowns[0]", "by", "service", "service.name")]
    [InlineData("havings[0]", "having", "COUNT", "errors")]
    [InlineData("orders[0]", "order", "eror", "errors")]
    public void A_wrong_name_is_found_in_its_text_and_replaced_there(string path, string parameter, string marked, string right)
    {
        var error = QueryFault.Locate(Asked, new QueryError(path, "wrong", Suggestions: [right]));
        error.Parameter.ShouldBe(parameter);
        error.Text.Substring(error.Position!.Value, error.Length).ShouldBe(marked);
        var repaired = QueryFault.Repair(error, right);
        repaired.ShouldBe(error.Text.Remove(error.Position.Value, error.Length).Insert(error.Position.Value, right));
        QueryEdit.Set(new ExplorerState { Query = Asked }, QueryEdit.OfParameter(parameter)!.Value, Math.Max(0, error.Index), repaired, unread: null).ShouldNotBe(new ExplorerState { Query = Asked });
    }

    [Fact]
    public void The_place_in_an_expression_counts_its_name_too()
    {
        var error = QueryFault.Locate(Asked, new QueryError("formulas[0].expression", "wrong", 0, 5, ["errors"]));
        (error.Text, error.Position, error.Index).ShouldBe(("rate: $eror / $COUNT", 6, 2));
        QueryFault.Repair(error, "my errors").ShouldBe("rate: $\"my errors\" / $COUNT");
        QueryFault.Locate(Asked, new QueryError("calculated_fields[0].expression", "wrong", 0, 9, [])).Position.ShouldBe(6);
    }

    [Fact]
    public void A_result_that_there_is_not_is_answered_with_those_there_are()
    {
        QueryFault.Locate(Asked, new QueryError("havings[0]", "the query does not calculate COUNT")).Suggestions.ShouldBe(["P99(duration)", "errors", "rate"]);
        QueryFault.Locate(Asked, new QueryError("orders[0]", "none")).Suggestions.ShouldBe(["P99(duration)", "errors", "rate", "service"]);
        QueryFault.Locate(Asked, new QueryError("havings[0].value", "not a number")).Suggestions.ShouldBeEmpty();
        var order = QueryFault.Locate(Asked, new QueryError("orders[0]", "none"));
        QueryFault.Repair(order, "P99(duration)").ShouldBe("P99(duration) desc");
    }

    [Theory]
    [InlineData("where.or[7].column")]
    [InlineData("where.and[x]")]
    [InlineData("calculations[9].column")]
    [InlineData("havings")]
    [InlineData("limit")]
    [InlineData("")]
    public void A_place_that_is_not_there_is_no_fault_of_the_page(string path) => QueryFault.Locate(Asked, new QueryError(path, "wrong")).Message.ShouldBe("wrong");
}
