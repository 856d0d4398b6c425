using System.Collections.Immutable;
using Storage.Compile.Relations;
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

    private readonly Dictionary<string, BoundColumn> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BoundColumn> _used = new(StringComparer.Ordinal);
    private readonly List<QueryError> _errors = [];
    private readonly List<BoundPattern> _patterns = [];
    private readonly FieldBinder _fields;
    private readonly ColumnBinder? _events;
    private int _expressionSize;

    /// <param name="schema">The stored columns.</param>
    /// <param name="fields">The query's calculated fields; each hides a stored column of its name.</param>
    public ColumnBinder(Schema schema, ValueList<CalculatedField> fields = default) : this(schema, fields, null) { }

    /// <param name="schema">The stored columns.</param>
    /// <param name="fields">The query's calculated fields.</param>
    /// <param name="events">The binder of the query's events, when this one binds columns of other spans for it; faults and patterns go there.</param>
    private ColumnBinder(Schema schema, ValueList<CalculatedField> fields, ColumnBinder? events)
    {
        Schema = schema;
        _events = events;
        Relations = new RelationBinder(this, () => new ColumnBinder(schema, fields, this));
        _fields = new FieldBinder(this, fields);
    }

    /// <summary>The stored columns that were bound, in the order of their aliases.</summary>
    public ImmutableArray<BoundColumn> Columns => [.. _stored.Values.OrderBy(c => c.Index)];

    /// <summary>The calculated fields that were bound as columns, in the order of their aliases.</summary>
    public ImmutableArray<BoundColumn> Fields => [.. _used.Values.OrderBy(c => c.Index)];

    /// <summary>The regular expressions that were bound.</summary>
    public ImmutableArray<BoundPattern> Patterns => [.. _patterns];

    public Schema Schema { get; }

    /// <summary>Binds the columns of other spans of the trace.</summary>
    public RelationBinder Relations { get; }

    /// <summary>
    /// The column of that name; null, with an error, when there is none. A well-known column is always one, missing on every event if need
    /// be: who asks for errors before the first one gets none, not a complaint.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="binding">The condition whose spans <c>any.</c> and <c>child.</c> mean; null for the query's own.</param>
    public BoundColumn? Bind(string name, string path, SpanBinding? binding = null)
    {
        if (name == WellKnownColumns.Time) return BoundColumn.Time;
        if (!_fields.Has(name))
        {
            return _events is null && Relations.TryBind(name, binding, (message, near) => Fail(path, message, near), out var relational)
                ? relational
                : Stored(name, column => Fail(path, Unknown(column), Near(column)));
        }

        if (Field(name) is not { } field) return null;
        Relations.Use(field, (message, near) => Fail(path, message, near));
        return field;
    }

    /// <summary>A calculated field; null, with an error, when it is at fault.</summary>
    public BoundColumn? Field(string name) => _fields.Bind(name) is { } field ? _used[name] = field : null;

    /// <summary>What a name in a calculated field stands for; null, with an error, when there is no such column.</summary>
    public BoundExpression? Find(Expression.Name name, ExpressionScope scope)
    {
        if (name.Text == WellKnownColumns.Time) return new BoundExpression.OfColumn(BoundColumn.Time);
        BoundColumn? column;
        if (_fields.Has(name.Text)) column = _fields.Bind(name.Text, (message) => scope.Fail(name, message));
        else if (_events is not null && IsRelational(name.Text)) return scope.FailWith(name, $"{QueryText.FormatReference(name.Text)} looks at another span, so this field cannot be had of another span itself");
        else if (!Relations.TryBind(name.Text, null, (message, near) => scope.Fail(name, message, near), out column, isUsed: false)) column = Stored(name.Text, text => scope.Fail(name, Unknown(text), Near(text)));
        return column is null ? null : new BoundExpression.OfColumn(column);
    }

    /// <summary>True when a name is that of a column or calculated field, and not of another span's.</summary>
    public bool Has(string name) => name == WellKnownColumns.Time || _fields.Has(name) || Schema.Contains(name) || WellKnownColumns.TypeOf(name) is not null;

    /// <summary>True when a name is that of a calculated field.</summary>
    public bool IsField(string name) => _fields.Has(name);

    private bool IsRelational(string name) =>
        RelationalColumns.TypeOfTrace(name) is not null || (RelationalColumns.TrySplit(name, out _, out var rest) && (Has(rest) || !Schema.Contains(name)));

    /// <summary>The stored column of that name, whatever calculated fields there are; null when there is none.</summary>
    public BoundColumn? Stored(string name, Action<string>? whenUnknown = null)
    {
        if (_stored.TryGetValue(name, out var known)) return known;
        if ((Schema.Find(name)?.Type ?? WellKnownColumns.TypeOf(name)) is { } type) return _stored[name] = new BoundColumn(_stored.Count, name, type);
        whenUnknown?.Invoke(name);
        return null;
    }

    /// <summary>Binds the calculated fields that nothing has used, so that what is wrong with them is told as well, and completes what is told of spans.</summary>
    public void BindRest()
    {
        _fields.BindAll();
        Relations.Settle();
    }

    public void AddPattern(BoundPattern pattern)
    {
        if (_events is not null) _events.AddPattern(pattern);
        else _patterns.Add(pattern);
    }

    /// <summary>Counts an expression; false when those of the query are too large together.</summary>
    public bool Admit(BoundExpression expression) => _events?.Admit(expression) ?? (_expressionSize = (int)Math.Min(int.MaxValue, (long)_expressionSize + expression.Size)) <= MaxExpressionSize;

    /// <summary>A name as it stands in a message.</summary>
    public static string Shown(string name) => name.Length <= 200 ? name : name[..200] + "…";

    private static string Unknown(string name) => $"there is no column \"{Shown(name)}\"";

    /// <summary>The columns that may have been meant.</summary>
    public ValueList<string> Near(string name) =>
        NearestNames.To(name, Schema.Columns.Select(c => c.Name).Concat(_fields.Names).Append(WellKnownColumns.Time).Concat(_events is null ? RelationalColumns.OfTrace.Select(c => c.Name) : []).Distinct());

    public void Fail(string path, string message, ValueList<string> suggestions = default) => Fail(new QueryError(path, message, Suggestions: suggestions));

    public void Fail(QueryError error)
    {
        // A field that is also had of other spans is bound twice, and at fault once.
        if (_events is not null) _events.Fail(error);
        else if (_errors.Count < MaxErrors && !_errors.Contains(error)) _errors.Add(error);
    }

    public void ThrowIfAny()
    {
        if (_errors.Count > 0) throw new QueryException(_errors.ToImmutableArray());
    }
}
