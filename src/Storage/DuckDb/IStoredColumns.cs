using Storage.DuckDb.Catalog;

namespace Storage.DuckDb;

/// <summary>What a part of the store says of its columns: a segment, or batches in memory.</summary>
internal interface IStoredColumns
{
    /// <summary>Events of the part.</summary>
    long Events { get; }

    /// <summary>A column; null when no event has a value.</summary>
    SegmentColumn? Column(string name);

    /// <summary>How often each value of a column occurs; null where that is not known, or they are many.</summary>
    ValueCounts? Values(string name);
}
