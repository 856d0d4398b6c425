namespace Storage.Queries;

/// <summary>
/// An expression as it was written: names, constants and functions, nothing resolved. Operators are functions here too: <c>a + b</c> is
/// <c>SUM(a, b)</c>.
/// </summary>
/// <param name="Position">Offset of its first character in the text.</param>
/// <param name="Length">Number of its characters.</param>
internal abstract record Expression(int Position, int Length)
{
    /// <summary>A text, a number, true, false, or null.</summary>
    public sealed record Constant(Value Value, int Position, int Length) : Expression(Position, Length);

    /// <summary>A column, a calculated field or a calculation: <c>$name</c>.</summary>
    public sealed record Name(string Text, int Position, int Length) : Expression(Position, Length);

    /// <summary>A function or operator.</summary>
    /// <param name="Function">Its name in upper case, one of <see cref="ExpressionFunctions.Names"/>.</param>
    public sealed record Call(string Function, ValueList<Expression> Arguments, int Position, int Length) : Expression(Position, Length)
    {
        public override int Depth { get; } = 1 + Arguments.Select(a => a.Depth).DefaultIfEmpty().Max();
    }

    /// <summary>Levels of functions.</summary>
    public virtual int Depth => 1;

    /// <summary>Every name in the expression, in the order of the text.</summary>
    public IEnumerable<string> Names() => this switch
    {
        Name name => [name.Text],
        Call call => call.Arguments.SelectMany(a => a.Names()),
        _ => [],
    };
}
