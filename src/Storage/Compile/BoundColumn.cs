using System.Collections.Immutable;
using System.Globalization;
using Storage.Compile.Relations;
using Storage.Events;

namespace Storage.Compile;

/// <summary>
/// A column that a query needs, found in the schema or defined by the query. SQL knows it only by its alias; its name never reaches a compiled
/// statement.
/// </summary>
/// <param name="Index">Place among the stored columns of the query, among its calculated fields, or among its relational columns.</param>
/// <param name="Name">The user's name.</param>
/// <param name="Type">The type that the query sees, over all parts of the store.</param>
/// <param name="Expression">What a calculated field computes; null for a stored column. A field's name says nothing about what is stored.</param>
/// <param name="Relation">What a relational column is; null for all others.</param>
internal sealed record BoundColumn(int Index, string Name, ColumnType Type, BoundExpression? Expression = null, BoundRelation? Relation = null)
{
    /// <summary>The time of the event, which every relation has without being asked for it.</summary>
    public static BoundColumn Time { get; } = new(-1, WellKnownColumns.Time, ColumnType.Int64);

    /// <summary>The ids of an event as keys to join by: bytes that are equal exactly where the ids' texts are.</summary>
    public static BoundColumn TraceKey { get; } = new(-2, WellKnownColumns.TraceId, ColumnType.String) { Key = "kt" };

    public static BoundColumn SpanKey { get; } = new(-3, WellKnownColumns.SpanId, ColumnType.String) { Key = "ks" };

    public static BoundColumn ParentKey { get; } = new(-4, WellKnownColumns.ParentId, ColumnType.String) { Key = "kp" };

    /// <summary>The identifier of a key; null for columns that queries see.</summary>
    public string? Key { get; private init; }

    /// <summary>The identifier in SQL: c0, c1 and so on; f0, f1 for calculated fields; t0, t1 for relational columns.</summary>
    public string Alias => this == Time ? "time" : Key ?? (Relation is not null ? "t" : Expression is not null ? "f" : "c") + Index.ToString(CultureInfo.InvariantCulture);

    /// <summary>True when the store has it and not the query.</summary>
    public bool IsStored => Expression is null && Relation is null;

    public bool Equals(BoundColumn? other) => ReferenceEquals(this, other)
        || (other is not null && Index == other.Index && Name == other.Name && Type == other.Type && Expression is null == other.Expression is null && Relation is null == other.Relation is null);

    public override int GetHashCode() => HashCode.Combine(Index, Name, IsStored);
}

/// <summary>The columns that a relation of events must have.</summary>
/// <param name="Stored">Those that the store gives.</param>
/// <param name="Fields">Those that are computed from others.</param>
/// <param name="Relational">Those that come from other events of the trace.</param>
internal sealed record BoundColumns(ImmutableArray<BoundColumn> Stored, ImmutableArray<BoundColumn> Fields, ImmutableArray<BoundColumn> Relational)
{
    /// <summary>The given columns, and those that the calculated fields among them are made of.</summary>
    public static BoundColumns For(IEnumerable<BoundColumn> columns)
    {
        // Sets that keep the order in which columns come.
        var (own, fields, relational) = (new OrderedDictionary<int, BoundColumn>(), new OrderedDictionary<int, BoundColumn>(), new OrderedDictionary<int, BoundColumn>());
        foreach (var column in columns)
        {
            if (column.Expression is not null)
            {
                fields.TryAdd(column.Index, column);
            }
            else if (column != BoundColumn.Time)
            {
                (column.IsStored ? own : relational).TryAdd(column.Index, column);
            }
        }

        foreach (var column in fields.Values.SelectMany(f => In(f.Expression!)).Where(c => c != BoundColumn.Time)) (column.IsStored ? own : relational).TryAdd(column.Index, column);
        return new BoundColumns([.. own.Values], [.. fields.Values], [.. relational.Values]);
    }

    /// <summary>The columns of a condition; a calculated field is one.</summary>
    public static IEnumerable<BoundColumn> In(BoundFilter? filter) => filter switch
    {
        BoundFilter.All all => all.Parts.SelectMany(In),
        BoundFilter.Any any => any.Parts.SelectMany(In),
        BoundFilter.Not not => In(not.Part),
        BoundFilter.Condition condition => [condition.Column],
        _ => [],
    };

    /// <summary>The columns of an expression, calculated fields taken apart; the time is one.</summary>
    public static IEnumerable<BoundColumn> In(BoundExpression expression) => expression switch
    {
        BoundExpression.OfColumn { Column: { Expression: { } inner } } => In(inner),
        BoundExpression.OfColumn { Column: var column } => [column],
        BoundExpression.Test test => In(test.Operand),
        BoundExpression.Call call => call.Arguments.SelectMany(In),
        _ => [],
    };
}
