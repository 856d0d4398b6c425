using System.Collections.Immutable;

namespace Storage.Compile;

/// <summary>A relation of events as statements read it, and what the engine knows of its columns beforehand. Knowledge changes no answer that is not marked as an estimate.</summary>
/// <param name="Text">The relation, in parentheses.</param>
internal sealed record SqlRelation(string Text)
{
    /// <summary>True when all its events are in the window that it was made for: where whole parts are, their times need not be read for it.</summary>
    public bool IsInWindow { get; init; }

    /// <summary>True when percentiles and counts of different values are to be estimated.</summary>
    public bool IsEstimated { get; init; }

    /// <summary>The number of the run that reads it, for which aggregates keep values; 0 when none may be kept.</summary>
    public long Run { get; init; }

    /// <summary>Stored Float64 columns, by index, that hold neither NaN nor infinities.</summary>
    public ImmutableHashSet<int> Finite { get; init; } = [];

    /// <summary>
    /// Stored Float64 columns, by index, that the relation also gives as what they are on disk, under <see cref="ExactOf"/>: decimals of fixed
    /// places, of which each is the double and back. These are integers to the engine: it sorts them in two thirds of the time and adds them in a third.
    /// </summary>
    public ImmutableHashSet<int> Exact { get; init; } = [];

    /// <summary>For stored columns, by index: how many different values there are, missing not counted, or a few more. Absent where they are many or not known.</summary>
    public ImmutableDictionary<int, long> Distinct { get; init; } = ImmutableDictionary<int, long>.Empty;

    /// <summary>Events in the parts of the store that are read; null when that is not known.</summary>
    public long? Events { get; init; }

    public static implicit operator SqlRelation(string text) => new(text);

    public static implicit operator string(SqlRelation relation) => relation.Text;

    /// <summary>The name of a column's decimals.</summary>
    public static string ExactOf(BoundColumn column) => column.Alias + "x";

    public bool IsFinite(BoundColumn column) => column.IsStored && Finite.Contains(column.Index);

    public bool IsExact(BoundColumn column) => column.IsStored && Exact.Contains(column.Index);

    /// <summary>How many groups the columns make at most, or about; null when that is not known.</summary>
    public long? Groups(IEnumerable<BoundColumn> columns)
    {
        long groups = 1;
        foreach (var column in columns)
        {
            if (!column.IsStored || !Distinct.TryGetValue(column.Index, out var values)) return null;
            groups = (long)Int128.Min((Int128)groups * (values + 1), long.MaxValue);
        }

        return groups;
    }
}
