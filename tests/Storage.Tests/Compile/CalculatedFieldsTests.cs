using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

public sealed class CalculatedFieldsTests
{
    private static readonly Schema Schema = new([new Column("d", ColumnType.Float64, 1, 0, 0), new Column("s", ColumnType.String, 1, 0, 0)], 100);

    private static readonly CalculatedField[] Saved =
        [new("slow", "$d > $limit"), new("limit", "500"), new("broken", "$gone + 1"), new("route", "LENGTH($s)"), new("garbage", "(("), new("s", "\"x\"")];

    [Fact]
    public void A_query_gets_the_saved_fields_that_it_uses()
    {
        var query = new Query
        {
            Calculations = [new(CalculationOp.Max, "own", null, QueryText.ParseWhere("not (slow = true)"))], Breakdowns = ["d"], CalculatedFields = [new("own", "$route + 1")],
        };
        CalculatedFields.AddSaved(query, Saved).CalculatedFields.Select(f => f.Name).ShouldBe(["own", "slow", "limit", "route", "s"]);
        CalculatedFields.AddSaved(query with { CalculatedFields = [new("own", "1"), new("slow", "true")] }, Saved).CalculatedFields.Select(f => f.Name).ShouldBe(["own", "slow"]);
        CalculatedFields.AddSaved(new Query { Columns = ["garbage"], Orders = [QueryText.ParseOrder("limit")] }, Saved).CalculatedFields.Select(f => f.Name).ShouldBe(["limit", "garbage"]);
        CalculatedFields.AddSaved(new Query(), Saved).ShouldBe(new Query());
    }

    [Fact]
    public void A_field_is_checked_while_it_is_written()
    {
        CalculatedFields.Check(new("f", "IF($slow, 1, 2.5)"), Saved, Schema).ShouldBe(new CheckedField(ColumnType.Float64, []));
        CalculatedFields.Check(new("slow", "$d"), Saved, Schema).Type.ShouldBe(ColumnType.Float64);
        var error = CalculatedFields.Check(new("f", "1 + $limi"), Saved, Schema).Errors.ShouldHaveSingleItem();
        (error.Position, error.Length, error.Suggestions[0]).ShouldBe((4, 5, "limit"));
        CalculatedFields.Check(new("f", "1 +"), Saved, Schema).Errors.ShouldHaveSingleItem().Position.ShouldBe(3);
        CalculatedFields.Check(new("f", "$broken"), Saved, Schema).Errors.ShouldHaveSingleItem().Message.ShouldBe("there is no column \"gone\"");
    }
}
