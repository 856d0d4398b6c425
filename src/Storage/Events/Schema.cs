using System.Collections.Immutable;

namespace Storage.Events;

/// <summary>A column as the store knows it.</summary>
/// <param name="Name">The name its sender gave it; case-sensitive.</param>
/// <param name="Type">The type that queries see: the widest of all stored types.</param>
/// <param name="Count">Stored events that have a value.</param>
/// <param name="FirstSeenUnixNs">Earliest event time with a value, Unix nanoseconds (to the batch).</param>
/// <param name="LastSeenUnixNs">Latest event time with a value, Unix nanoseconds (to the batch).</param>
public sealed record Column(string Name, ColumnType Type, long Count, long FirstSeenUnixNs, long LastSeenUnixNs);

/// <summary>An immutable snapshot of the columns of a store.</summary>
public sealed class Schema
{
    private readonly Dictionary<string, int> _positions;
    private readonly Lazy<ImmutableArray<Column>> _columns;

    /// <param name="columns">All columns, in any order, names unique.</param>
    /// <param name="maxColumns">How many columns the store will hold; further keys go to <see cref="WellKnownColumns.Overflow"/>.</param>
    public Schema(IEnumerable<Column> columns, int maxColumns)
    {
        ImmutableArray<Column> sorted = [.. columns.OrderBy(c => c.Name, StringComparer.Ordinal)];
        _columns = new Lazy<ImmutableArray<Column>>(sorted);
        MaxColumns = maxColumns;
        _positions = new Dictionary<string, int>(sorted.Length, StringComparer.Ordinal);
        for (var i = 0; i < sorted.Length; i++) _positions.Add(sorted[i].Name, i);
    }

    private Schema(Schema shape, Func<ImmutableArray<Column>> columns)
    {
        _columns = new Lazy<ImmutableArray<Column>>(columns);
        MaxColumns = shape.MaxColumns;
        _positions = shape._positions;
    }

    /// <summary>A schema without columns, for builders that stand alone.</summary>
    public static Schema Empty { get; } = new([], EventStoreOptions.DefaultMaxColumns);

    /// <summary>How many columns there are.</summary>
    public int Count => _positions.Count;

    /// <summary>All columns, by name in code point order. Their numbers are those of the moment at which this is first asked.</summary>
    public ImmutableArray<Column> Columns => _columns.Value;

    /// <summary>How many columns the store will hold.</summary>
    public int MaxColumns { get; }

    /// <summary>The same object in schemas that have the same names.</summary>
    internal object Names => _positions;

    /// <summary>The column of that name, or null.</summary>
    public Column? Find(string name) => _positions.TryGetValue(name, out var position) ? Columns[position] : null;

    /// <summary>True when the store has, or had, an event with that column.</summary>
    public bool Contains(string name) => _positions.ContainsKey(name);

    /// <summary>
    /// The same columns in the same order with other numbers; shares the look-up. Every request that comes in asks for names alone, after
    /// others have changed the numbers: these are not counted up for nobody.
    /// </summary>
    internal Schema With(Func<ImmutableArray<Column>> columns) => new(this, columns);
}
