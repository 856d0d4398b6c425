using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;

namespace Storage.Compile;

/// <summary>
/// A column that a query needs, found in the schema or defined by the query. SQL knows it only by its alias; its name never reaches a compiled
/// statement.
/// </summary>
/// <param name="Index">Place among the stored columns of the query, or among its calculated fields.</param>
/// <param name="Name">The user's name.</param>
/// <param name="Type">The type that the query sees, over all parts of the store.</param>
/// <param name="Expression">What a calculated field computes; null for a stored column. A field's name says nothing about what is stored.</param>
internal sealed record BoundColumn(int Index, string Name, ColumnType Type, BoundExpression? Expression = null)
{
    /// <summary>The time of the event, which every relation has without being asked for it.</summary>
    public static BoundColumn Time { get; } = new(-1, WellKnownColumns.Time, ColumnType.Int64);

    /// <summary>The identifier in SQL: c0, c1 and so on; f0, f1 for calculated fields.</summary>
    public string Alias => this == Time ? "time" : (Expression is null ? "c" : "f") + Index.ToString(CultureInfo.InvariantCulture);

    /// <summary>True when the store has it and not the query.</summary>
    public bool IsStored => Expression is null;

    public bool Equals(BoundColumn? other) => ReferenceEquals(this, other) || (other is not null && Index == other.Index && Name == other.Name && Type == other.Type && IsStored == other.IsStored);

    public override int GetHashCode() => HashCode.Combine(Index, Name, IsStored);
}

/// <summary>The columns that a relation of events must have.</summary>
/// <param name="Stored">Those that the store gives.</param>
/// <param name="Fields">Those that are computed from them.</param>
internal sealed record BoundColumns(ImmutableArray<BoundColumn> Stored, ImmutableArray<BoundColumn> Fields)
{
    /// <summary>The given columns, and the stored ones that the calculated fields among them are made of.</summary>
    public static BoundColumns For(IEnumerable<BoundColumn> columns)
    {
        // Sets that keep the order in which columns come.
        var (stored, fields) = (new OrderedDictionary<int, BoundColumn>(), new OrderedDictionary<int, BoundColumn>());
        foreach (var column in columns.Where(c => c != BoundColumn.Time)) (column.IsStored ? stored : fields).TryAdd(column.Index, column);
        foreach (var field in fields.Values) AddStored(field.Expression!, stored);
        return new BoundColumns([.. stored.Values], [.. fields.Values]);
    }

    private static void AddStored(BoundExpression expression, OrderedDictionary<int, BoundColumn> stored)
    {
        switch (expression)
        {
            case BoundExpression.OfColumn { Column: { Expression: { } inner } }:
                AddStored(inner, stored);
                break;
            case BoundExpression.OfColumn { Column: var column } when column != BoundColumn.Time:
                stored.TryAdd(column.Index, column);
                break;
            case BoundExpression.Test test:
                AddStored(test.Operand, stored);
                break;
            case BoundExpression.Call call:
                foreach (var argument in call.Arguments) AddStored(argument, stored);
                break;
        }
    }
}
