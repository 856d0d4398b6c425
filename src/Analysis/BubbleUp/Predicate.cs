using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>A statement about one column of an event.</summary>
public abstract record Predicate(string Column)
{
    /// <summary>The same as a condition of a query.</summary>
    public abstract Filter ToFilter();

    /// <summary>The column has the value.</summary>
    public sealed record Is(string Column, Value Value) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.Equal, Value);
    }

    /// <summary>The column has another value, or none.</summary>
    public sealed record IsNot(string Column, Value Value) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.NotEqual, Value);
    }

    /// <summary>The column has one of the values.</summary>
    public sealed record OneOf(string Column, ValueList<Value> Values) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.In, Values);
    }

    /// <summary>The column has a value.</summary>
    public sealed record Present(string Column) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.Exists);
    }

    /// <summary>The column has no value.</summary>
    public sealed record Missing(string Column) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.DoesNotExist);
    }

    /// <summary>The column's number is at most the edge.</summary>
    public sealed record AtMost(string Column, Value Edge) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.LessOrEqual, Edge);
    }

    /// <summary>The column's number is above the edge.</summary>
    public sealed record Above(string Column, Value Edge) : Predicate(Column)
    {
        public override Filter ToFilter() => new Filter.Condition(Column, FilterOp.Greater, Edge);
    }
}
