using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Finds columns in the schema, gives each an alias once, and collects what is wrong with a query.</summary>
internal sealed class ColumnBinder(Schema schema)
{
    private const int MaxErrors = 100;

    /// <summary>Beginnings of names that stand for columns of other spans of the trace.</summary>
    private static readonly string[] RelationalPrefixes = ["root.", "parent.", "child.", "any.", "any2.", "any3.", "none."];

    private readonly Dictionary<string, BoundColumn> _bound = new(StringComparer.Ordinal);
    private readonly List<QueryError> _errors = [];

    /// <summary>The columns that were bound, in the order of their aliases.</summary>
    public ImmutableArray<BoundColumn> Columns => [.. _bound.Values.OrderBy(c => c.Index)];

    public Schema Schema => schema;

    /// <summary>
    /// The column of that name; null, with an error, when there is none. A well-known column is always one, missing on every event if need
    /// be: who asks for errors before the first one gets none, not a complaint.
    /// </summary>
    public BoundColumn? Bind(string name, string path)
    {
        if (name == WellKnownColumns.Time) return BoundColumn.Time;
        if (_bound.TryGetValue(name, out var known)) return known;
        if ((schema.Find(name)?.Type ?? WellKnownColumns.TypeOf(name)) is { } type) return _bound[name] = new BoundColumn(_bound.Count, name, type);
        var shown = name.Length <= 200 ? name : name[..200] + "…";
        if (RelationalPrefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal)) is { } prefix)
            Fail(path, $"\"{shown}\": columns of other spans of the trace ({prefix}) are not supported yet");
        else
            Fail(path, $"there is no column \"{shown}\"", NearestNames.To(name, schema.Columns.Select(c => c.Name).Append(WellKnownColumns.Time)));
        return null;
    }

    public void Fail(string path, string message, ValueList<string> suggestions = default)
    {
        if (_errors.Count < MaxErrors) _errors.Add(new QueryError(path, message, Suggestions: suggestions));
    }

    public void ThrowIfAny()
    {
        if (_errors.Count > 0) throw new QueryException(_errors.ToImmutableArray());
    }
}
