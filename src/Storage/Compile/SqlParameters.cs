using System.Collections.Immutable;
using System.Globalization;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>The values of one statement, each with its placeholder; equal values share one.</summary>
internal sealed class SqlParameters
{
    private readonly ImmutableArray<Value>.Builder _values = ImmutableArray.CreateBuilder<Value>();
    private readonly Dictionary<Value, string> _placeholders = [];

    /// <summary>The placeholder of a value.</summary>
    public string Add(Value value)
    {
        if (_placeholders.TryGetValue(value, out var known)) return known;
        _values.Add(value);
        return _placeholders[value] = "$" + _values.Count.ToString(CultureInfo.InvariantCulture);
    }

    public SqlStatement Statement(string text) => new(text, _values.ToImmutable());
}
