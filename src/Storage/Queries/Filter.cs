namespace Storage.Queries;

/// <summary>How a condition compares a column.</summary>
public enum FilterOp : byte
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Exists,
    DoesNotExist,
    StartsWith,
    DoesNotStartWith,
    EndsWith,
    DoesNotEndWith,
    Contains,
    DoesNotContain,
    In,
    NotIn,
    Matches,
    DoesNotMatch,

    /// <summary>The value's text contains a text in whatever case. Of <see cref="Filter.AnyColumn"/>: that of any text column of the event.</summary>
    Search,
}

/// <summary>
/// A two-valued condition on one event. A positive operator is false on a missing value; its negation is exactly the opposite, so true.
/// </summary>
public abstract record Filter
{
    private Filter() { }

    /// <summary>In place of a column's name, for <see cref="FilterOp.Search"/>: every text column of the event.</summary>
    public const string AnyColumn = "*";

    /// <summary>True when every part is true; true when there is none.</summary>
    public sealed record And(ValueList<Filter> Parts) : Filter;

    /// <summary>True when at least one part is true; false when there is none.</summary>
    public sealed record Or(ValueList<Filter> Parts) : Filter;

    /// <summary>True when the part is false.</summary>
    public sealed record Not(Filter Part) : Filter;

    /// <summary>Compares one column.</summary>
    /// <param name="Column">Name of the column.</param>
    /// <param name="Op">The operator.</param>
    /// <param name="Values">None for exists and does-not-exist, any number for in and not-in, one for all others.</param>
    public sealed record Condition(string Column, FilterOp Op, ValueList<Value> Values) : Filter
    {
        public Condition(string column, FilterOp op, Value value) : this(column, op, [value]) { }

        public Condition(string column, FilterOp op) : this(column, op, ValueList.Create<Value>([])) { }
    }
}
