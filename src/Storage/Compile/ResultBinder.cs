using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Binds what a query says about its own result: havings and orders.</summary>
internal sealed class ResultBinder(
    Query query, ColumnBinder columns, ImmutableArray<BoundCalculation> calculations, ImmutableArray<BoundFormula> formulas,
    ImmutableArray<BoundColumn> breakdowns, BoundColumn? weight)
{
    public ImmutableArray<BoundHaving> Havings() => [.. query.Havings.Select(Having).OfType<BoundHaving>()];

    /// <summary>The query's sort keys, or the first calculation descending; then the groups' values ascending, so that no order is left open.</summary>
    public ImmutableArray<BoundOrder> Orders()
    {
        var orders = query.Orders.Select(Order).OfType<BoundOrder>().ToList();
        if (query.Orders.IsEmpty && calculations.Length > 0) orders.Add(new BoundOrder(true, 0, true));
        for (var i = 0; i < breakdowns.Length; i++)
            if (!orders.Exists(o => !o.IsCalculation && o.Index == i)) orders.Add(new BoundOrder(false, i, false));
        return [.. orders];
    }

    private BoundHaving? Having(Having having, int index)
    {
        var path = $"havings[{index}]";
        if (!having.Op.IsComparison())
        {
            columns.Fail($"{path}.op", $"a having cannot use {having.Op.Name()}; it is one of = != > >= < <=");
            return null;
        }

        if (Find(having.Target, path) is not { } found) return null;
        if (!found.IsCalculation)
        {
            columns.Fail(path, $"\"{having.Target.Name}\" is a breakdown; use where to choose events by it");
            return null;
        }

        var type = found.Index < calculations.Length ? calculations[found.Index].TypeWith(weight) : formulas[found.Index - calculations.Length].Expression.Type;
        // A sum of integers may lie beyond Int64; compared with a fraction it is a Float64 like any other.
        if (type == ColumnType.Int64 && having.Value.Kind == ValueKind.Float64) type = ColumnType.Float64;
        var test = TestBinder.Bind(type, having.Op, [having.Value], out var error);
        if (test is not null) return new BoundHaving(found.Index, type, test, having.Op.IsNegative());
        columns.Fail($"{path}.value", error);
        return null;
    }

    private BoundOrder? Order(Order order, int index) =>
        Find(order.Target, $"orders[{index}]") is var (isCalculation, place) ? new BoundOrder(isCalculation, place, order.Descending) : null;

    private (bool IsCalculation, int Index)? Find(ResultReference target, string path)
    {
        if (target.Op is { } op) return ByOperation(op, target.Column, path);
        if (target.Name is { } name)
        {
            var calculation = IndexOf(calculations, c => c.Name == name);
            if (calculation >= 0) return (true, calculation);
            var formula = IndexOf(formulas, f => f.Name == name);
            if (formula >= 0) return (true, calculations.Length + formula);
        }

        var wanted = target.Name ?? target.Column ?? "";
        var breakdown = IndexOf(breakdowns, b => b.Name == wanted);
        if (breakdown >= 0) return (false, breakdown);
        columns.Fail(path, $"the result has no column \"{wanted}\"",
            NearestNames.To(wanted, calculations.Select(c => c.Name).Concat(formulas.Select(f => f.Name)).Concat(breakdowns.Select(b => b.Name))));
        return null;
    }

    private (bool IsCalculation, int Index)? ByOperation(CalculationOp op, string? column, string path)
    {
        var shown = new Calculation(op, column).ResultName;
        if (op == CalculationOp.Heatmap)
        {
            columns.Fail(path, "a HEATMAP has no single value to compare or to order by");
            return null;
        }

        var matches = calculations.Select((c, i) => (c, i)).Where(x => x.c.Op == op && x.c.Column?.Name == column).ToArray();
        // A calculation without a name of its own is what its operation means, whatever others there are.
        var plain = matches.Where(x => x.c.Name == shown).ToArray();
        if (plain.Length == 1) return (true, plain[0].i);
        if (matches.Length == 1) return (true, matches[0].i);
        columns.Fail(path, matches.Length == 0 ? $"the query does not calculate {shown}" : $"the query calculates {shown} several times; refer to it by name",
            matches.Length == 0 ? NearestNames.To(shown, calculations.Select(c => c.Name)) : matches.Select(x => x.c.Name).ToValueList());
        return null;
    }

    private static int IndexOf<T>(ImmutableArray<T> items, Predicate<T> matches)
    {
        for (var i = 0; i < items.Length; i++)
            if (matches(items[i])) return i;
        return -1;
    }
}
