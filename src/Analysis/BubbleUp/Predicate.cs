using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>A statement about one column of an event.</summary>
public abstract record Predicate(string Column)
{
    /// <summary>The same as a condition of a query.</summary>
    public abstract Filter ToFilter();

    /// <summary>Events that it holds for, by the totals of all; null where these do not say.</summary>
    internal double? CountIn(ValueTotals totals) => totals.Columns.TryGetValue(Column, out var column) ? CountIn(column, totals.Events) : null;

    private protected abstract double? CountIn(ColumnTotals column, long events);

    /// <summary>The column has the value.</summary>
    public sealed record Is(string Column, Value Value) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.Equal, Value);

        private protected override double? CountIn(ColumnTotals column, long events) => column.Values?.GetValueOrDefault(Value);
    }

    /// <summary>The column has another value, or none.</summary>
    public sealed record IsNot(string Column, Value Value) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.NotEqual, Value);

        private protected override double? CountIn(ColumnTotals column, long events) => events - column.Values?.GetValueOrDefault(Value);
    }

    /// <summary>The column has one of the values.</summary>
    public sealed record OneOf(string Column, ValueList<Value> Values) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.In, Values);

        private protected override double? CountIn(ColumnTotals column, long events) => column.Values is { } counts ? Values.Sum(v => counts.GetValueOrDefault(v)) : null;
    }

    /// <summary>The column has a value.</summary>
    public sealed record Present(string Column) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.Exists);

        private protected override double? CountIn(ColumnTotals column, long events) => column.Present;
    }

    /// <summary>The column has no value.</summary>
    public sealed record Missing(string Column) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.DoesNotExist);

        private protected override double? CountIn(ColumnTotals column, long events) => events - column.Present;
    }

    /// <summary>The column's number is at most the edge.</summary>
    public sealed record AtMost(string Column, Value Edge) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.LessOrEqual, Edge);

        private protected override double? CountIn(ColumnTotals column, long events) => Count(column, number => number <= Edge.AsDouble());
    }

    /// <summary>The column's number is above the edge.</summary>
    public sealed record Above(string Column, Value Edge) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.Greater, Edge);

        private protected override double? CountIn(ColumnTotals column, long events) => Count(column, number => number > Edge.AsDouble());
    }

    private static double? Count(ColumnTotals column, Func<double, bool> test) =>
        column.Values?.Sum(v => v.Key.IsNumber && test(v.Key.AsDouble()) ? v.Value : 0L);
}
