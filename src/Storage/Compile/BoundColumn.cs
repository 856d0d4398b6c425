using Storage.Events;

namespace Storage.Compile;

/// <summary>A column that a query needs, found in the schema. SQL knows it only by its alias; its name never reaches a compiled statement.</summary>
/// <param name="Index">Place among the columns of the query.</param>
/// <param name="Name">The user's name.</param>
/// <param name="Type">The type that the query sees, over all parts of the store.</param>
internal sealed record BoundColumn(int Index, string Name, ColumnType Type)
{
    /// <summary>The time of the event, which every relation has without being asked for it.</summary>
    public static BoundColumn Time { get; } = new(-1, WellKnownColumns.Time, ColumnType.Int64);

    /// <summary>The identifier in SQL: c0, c1 and so on.</summary>
    public string Alias => this == Time ? "time" : "c" + Index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
