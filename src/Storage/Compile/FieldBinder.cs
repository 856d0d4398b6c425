using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Binds calculated fields when they are first used, since they may use each other in any order.</summary>
internal sealed class FieldBinder
{
    /// <summary>Calculated fields of one query.</summary>
    public const int MaxFields = 100;

    /// <summary>How far fields may be made of fields that are made of fields.</summary>
    private const int MaxChain = 16;

    private readonly ColumnBinder _columns;
    private readonly Dictionary<string, Field> _fields = new(StringComparer.Ordinal);
    private readonly List<string> _binding = [];

    public FieldBinder(ColumnBinder columns, ValueList<CalculatedField> fields)
    {
        _columns = columns;
        if (fields.Count > MaxFields) throw new QueryException("calculated_fields", $"a query has at most {MaxFields} calculated fields, not {fields.Count}");
        for (var i = 0; i < fields.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"calculated_fields[{i}]");
            if (fields[i].Name.Length == 0) columns.Fail($"{path}.name", "a calculated field needs a name");
            else if (fields[i].Name == WellKnownColumns.Time) columns.Fail($"{path}.name", "\"time\" is the time of the event; give the field another name");
            else if (!_fields.TryAdd(fields[i].Name, new Field(i, path + ".expression", fields[i]))) columns.Fail($"{path}.name", $"another calculated field is called \"{fields[i].Name}\" already");
        }
    }

    private sealed record Field(int Index, string Path, CalculatedField Definition)
    {
        public bool IsBound { get; set; }

        public BoundColumn? Column { get; set; }
    }

    public IReadOnlyCollection<string> Names => _fields.Keys;

    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>The field as a column; null when it is at fault, which has been told.</summary>
    /// <param name="name">Its name, one of <see cref="Names"/>.</param>
    /// <param name="fail">Told when the field cannot be used where it is used.</param>
    public BoundColumn? Bind(string name, Action<string>? fail = null)
    {
        var field = _fields[name];
        if (field.IsBound) return field.Column;
        var start = _binding.IndexOf(name);
        if (start >= 0 || _binding.Count == MaxChain)
        {
            fail?.Invoke(start >= 0
                ? $"the calculated field uses itself: {string.Join(" -> ", _binding.Skip(start).Append(name))}"
                : $"calculated fields are made of others over more than {MaxChain} levels");
            return null;
        }

        _binding.Add(name);
        ExpressionScope? scope = null;
        scope = new ExpressionScope(field.Path, _columns, at => _columns.Find(at, scope!), IsOfEvents: true);
        var expression = scope.Bind(field.Definition.Expression);
        _binding.RemoveAt(_binding.Count - 1);
        field.IsBound = true;
        return field.Column = expression is null ? null : new BoundColumn(field.Index, name, expression.Type, expression);
    }

    public void BindAll()
    {
        foreach (var name in _fields.Keys) Bind(name);
    }
}
