using Storage.Queries;

namespace Storage.Compile;

/// <summary>What the names in an expression stand for, and where its faults are told.</summary>
/// <param name="Path">Place of the expression in the query.</param>
/// <param name="Columns">Collects the faults and the regular expressions.</param>
/// <param name="Find">The value of a name; null when there is none, which it has told.</param>
/// <param name="IsOfEvents">True for calculated fields, which see an event; false for formulas, which see results.</param>
internal sealed record ExpressionScope(string Path, ColumnBinder Columns, Func<Expression.Name, BoundExpression?> Find, bool IsOfEvents)
{
    /// <summary>Binds the text; null, with errors, when something in it is wrong.</summary>
    public BoundExpression? Bind(string text)
    {
        Expression parsed;
        try
        {
            parsed = ExpressionParser.Parse(text);
        }
        catch (QueryException e)
        {
            foreach (var error in e.Errors) Columns.Fail(error with { Path = Path });
            return null;
        }

        return new ExpressionBinder(this).Whole(parsed);
    }

    public void Fail(Expression at, string message, ValueList<string> suggestions = default) =>
        Columns.Fail(new QueryError(Path, message, at.Position, at.Length, suggestions));

    /// <summary>Tells a fault, and gives nothing.</summary>
    public BoundExpression? FailWith(Expression at, string message)
    {
        Fail(at, message);
        return null;
    }
}
