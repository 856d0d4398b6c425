namespace Storage.Events;

/// <summary>
/// A value that many events of one builder have, such as an attribute of their resource. Setting it costs neither a look-up of its name
/// nor a copy of its bytes.
/// </summary>
public sealed class SharedValue
{
    internal SharedValue(EventBatchBuilder owner, string name)
    {
        Owner = owner;
        Name = name;
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    internal EventBatchBuilder Owner { get; }

    /// <summary>The columns of the name by type; null when the name did not become one.</summary>
    internal ColumnBuffer?[]? Slots { get; init; }

    internal ColumnBuffer? Column { get; init; }

    internal long Bits { get; init; }

    /// <summary>Writes the value for meta.overflow when there is no column.</summary>
    internal EventBatchBuilder.JsonElementWriter? Overflow { get; init; }

    internal bool IsCut { get; init; }
}
