using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>Collects the values of one column: their count, their range, and each with its count while they are few.</summary>
internal abstract class ColumnCounter(string name, StorageType type)
{
    /// <summary>A column with more values has only a range.</summary>
    public const int MaxValues = 1_000;

    /// <summary>A column whose texts take more bytes has only a range.</summary>
    public const int MaxValueBytes = 32 << 10;

    public string Name { get; } = name;

    public StorageType Type { get; } = type;

    /// <summary>Events that have a value.</summary>
    public long Count { get; set; }

    public static ColumnCounter Of(string name, StorageType type) => type switch
    {
        StorageType.String => new TextCounter(name),
        StorageType.Id => new IdCounter(name),
        _ => new NumberCounter(name, type),
    };

    /// <summary>Values that are counted one by one; 0 when they are no longer.</summary>
    public abstract int ValueCount { get; }

    /// <summary>What the values with their counts take of <see cref="SegmentStatistics.MaxValueBytes"/>.</summary>
    public abstract long ValueBytes { get; }

    /// <summary>There are more values than are told, within the range of those that are.</summary>
    public abstract void DropValues();

    public ColumnStatistics ToStatistics() => new(Name, Type, Count, Count == 0 ? null : Range(), Count == 0 ? null : Values());

    protected abstract ColumnRange? Range();

    protected abstract ValueCounts? Values();
}

/// <summary>Ids are nearly all different: they are only counted.</summary>
internal sealed class IdCounter(string name) : ColumnCounter(name, StorageType.Id)
{
    public override int ValueCount => 0;

    public override long ValueBytes => 0;

    public override void DropValues()
    {
    }

    protected override ColumnRange? Range() => null;

    protected override ValueCounts? Values() => null;
}
