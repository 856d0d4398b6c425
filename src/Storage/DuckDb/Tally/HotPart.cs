using System.Collections.Immutable;
using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>Batches in memory, as their columns are counted. They are held by whoever counts.</summary>
internal sealed class HotPart : IStoredColumns
{
    /// <summary>Events that are counted together: so many that what is done once for them is little, so few that all cores have some.</summary>
    private const int GroupEvents = 1 << 15;

    private readonly ImmutableArray<HotBatch> _batches;
    private readonly Dictionary<string, (SegmentColumn Column, int Number)?> _columns;

    private HotPart(ImmutableArray<HotBatch> batches, Dictionary<string, (SegmentColumn, int)?> columns)
    {
        (_batches, _columns) = (batches, columns);
        Events = batches.Sum(b => (long)b.Batch.Count);
    }

    public long Events { get; }

    /// <summary>Batches of which each column is stored in one way at most; null when one is stored in several, which the engine puts together.</summary>
    /// <param name="batches">The batches.</param>
    /// <param name="names">The columns that are asked for.</param>
    /// <param name="stored">In which ways they may be stored.</param>
    /// <param name="isExact">Which of them are all decimals of six places, and counted as such.</param>
    public static HotPart? Of(ImmutableArray<HotBatch> batches, IReadOnlyCollection<string> names, ImmutableArray<HotColumn> stored, Func<string, bool> isExact)
    {
        var columns = names.ToDictionary(n => n, (SegmentColumn, int)? (_) => null, StringComparer.Ordinal);
        foreach (var column in stored)
        {
            long count = 0;
            foreach (var batch in batches)
                if (Array.IndexOf(batch.Columns, column.Number) is var place and >= 0) count += batch.Batch.Columns[place].ValueCount;
            if (count == 0) continue;
            if (columns[column.Name] is not null) return null;
            columns[column.Name] = (new SegmentColumn(column.Name, column.Name, column.Type, count) { IsScaled = column.Type == StorageType.Float64 && isExact(column.Name) }, column.Number);
        }

        return new HotPart(batches, columns);
    }

    public SegmentColumn? Column(string name) => _columns[name]?.Column;

    public ValueCounts? Values(string name) => null;

    /// <summary>The registry's number of a column that there is.</summary>
    public int NumberOf(SegmentColumn column) => _columns[column.Name]!.Value.Number;

    /// <summary>The batches, some at a time.</summary>
    public ImmutableArray<RowSource> Groups()
    {
        var groups = ImmutableArray.CreateBuilder<RowSource>();
        var (first, events) = (0, 0L);
        for (var i = 0; i < _batches.Length; i++)
        {
            events += _batches[i].Batch.Count;
            if (events < GroupEvents && i + 1 < _batches.Length) continue;
            groups.Add(new HotRows(this, _batches[first..(i + 1)]));
            (first, events) = (i + 1, 0);
        }

        return groups.ToImmutable();
    }
}
