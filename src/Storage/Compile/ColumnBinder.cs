using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Finds columns in the schema and among the calculated fields, gives each an alias once, and collects what is wrong with a query.</summary>
internal sealed class ColumnBinder
{
    private const int MaxErrors = 100;

    /// <summary>
    /// Sizes of all expressions of a query together. The worst of this size took the engine a second to prepare for all statements of a query;
    /// people's expressions are a hundred times smaller.
    /// </summary>
    private const int MaxExpressionSize = 5_000;

    /// <summary>Beginnings of names that stand for columns of other spans of the trace.</summary>
    private static readonly string[] RelationalPrefixes = ["root.", "parent.", "child.", "any.", "any2.", "any3.", "none."];

    private readonly Dictionary<string, BoundColumn> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BoundColumn> _used = new(StringComparer.Ordinal);
    private readonly List<QueryError> _errors = [];
    private readonly List<BoundPattern> _patterns = [];
    private readonly FieldBinder _fields;
    private int _expressionSize;

    /// <param name="schema">The stored columns.</param>
    /// <param name="fields">The query's calculated fields; each hides a stored column of its name.</param>
    public ColumnBinder(Schema schema, ValueList<CalculatedField> fields = default)
    {
        Schema = schema;
        _fields = new FieldBinder(this, fields);
    }

    /// <summary>The stored columns that were bound, in the order of their aliases.</summary>
    public ImmutableArray<BoundColumn> Columns => [.. _stored.Values.OrderBy(c => c.Index)];

    /// <summary>The calculated fields that were bound as columns, in the order of their aliases.</summary>
    public ImmutableArray<BoundColumn> Fields => [.. _used.Values.OrderBy(c => c.Index)];

    /// <summary>The regular expressions that were bound.</summary>
    public ImmutableArray<BoundPattern> Patterns => [.. _patterns];

    public Schema Schema { get; }

    /// <summary>
    /// The column of that name; null, with an error, when there is none. A well-known column is always one, missing on every event if need
    /// be: who asks for errors before the first one gets none, not a complaint.
    /// </summary>
    public BoundColumn? Bind(string name, string path)
    {
        if (name == WellKnownColumns.Time) return BoundColumn.Time;
        if (!_fields.Has(name)) return Stored(name, column => Fail(path, Unknown(column), Near(column)));
        if (_fields.Bind(name) is not { } field) return null;
        return _used[name] = field;
    }

    /// <summary>What a name in a calculated field stands for; null, with an error, when there is no such column.</summary>
    public BoundExpression? Find(Expression.Name name, ExpressionScope scope)
    {
        if (name.Text == WellKnownColumns.Time) return new BoundExpression.OfColumn(BoundColumn.Time);
        var column = _fields.Has(name.Text)
            ? _fields.Bind(name.Text, (message) => scope.Fail(name, message))
            : Stored(name.Text, column => scope.Fail(name, Unknown(column), Near(column)));
        return column is null ? null : new BoundExpression.OfColumn(column);
    }

    /// <summary>The stored column of that name, whatever calculated fields there are; null when there is none.</summary>
    public BoundColumn? Stored(string name, Action<string>? whenUnknown = null)
    {
        if (_stored.TryGetValue(name, out var known)) return known;
        if ((Schema.Find(name)?.Type ?? WellKnownColumns.TypeOf(name)) is { } type) return _stored[name] = new BoundColumn(_stored.Count, name, type);
        whenUnknown?.Invoke(name);
        return null;
    }

    /// <summary>Binds the calculated fields that nothing has used, so that what is wrong with them is told as well.</summary>
    public void BindRest() => _fields.BindAll();

    public void AddPattern(BoundPattern pattern) => _patterns.Add(pattern);

    /// <summary>Counts an expression; false when those of the query are too large together.</summary>
    public bool Admit(BoundExpression expression) => (_expressionSize = (int)Math.Min(int.MaxValue, (long)_expressionSize + expression.Size)) <= MaxExpressionSize;

    private static string Unknown(string name)
    {
        var shown = name.Length <= 200 ? name : name[..200] + "…";
        return RelationalPrefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal)) is { } prefix
            ? $"\"{shown}\": columns of other spans of the trace ({prefix}) are not supported yet"
            : $"there is no column \"{shown}\"";
    }

    private ValueList<string> Near(string name) => RelationalPrefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal))
        ? []
        : NearestNames.To(name, Schema.Columns.Select(c => c.Name).Concat(_fields.Names).Append(WellKnownColumns.Time).Distinct());

    public void Fail(string path, string message, ValueList<string> suggestions = default) => Fail(new QueryError(path, message, Suggestions: suggestions));

    public void Fail(QueryError error)
    {
        if (_errors.Count < MaxErrors) _errors.Add(error);
    }

    public void ThrowIfAny()
    {
        if (_errors.Count > 0) throw new QueryException(_errors.ToImmutableArray());
    }
}
