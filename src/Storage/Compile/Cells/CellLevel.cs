using System.Collections.Immutable;

namespace Storage.Compile.Cells;

/// <summary>Cells of one kind: of buckets and groups, of groups, of all.</summary>
/// <param name="measures">What is known of each.</param>
internal sealed class CellLevel(ImmutableArray<TallyMeasure> measures)
{
    public ImmutableArray<CellSums> Measures { get; } = [.. measures.Select(m => new CellSums(m))];

    public int Count { get; private set; }

    /// <summary>Makes it have so many cells at least.</summary>
    public void Grow(int count)
    {
        if (count <= Count) return;
        Count = count;
        foreach (var measure in Measures) measure.Reserve(count);
    }

    /// <summary>Adds a cell of another level.</summary>
    public void Add(int cell, CellLevel others, int other)
    {
        for (var m = 0; m < Measures.Length; m++) Measures[m].Add(cell, others.Measures[m], other);
    }
}
