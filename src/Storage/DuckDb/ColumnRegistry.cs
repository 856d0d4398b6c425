using System.Collections.Immutable;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// All columns of the store and their numbers. Written by the one thread that publishes; readers take snapshots, which are built only
/// when something has changed since the last.
/// </summary>
internal sealed class ColumnRegistry(int maxColumns)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, State> _columns = new(StringComparer.Ordinal);
    private Schema _snapshot = new([], maxColumns);
    private readonly Dictionary<(string, StorageType), int> _numbers = [];
    private bool _shapeChanged;
    private bool _numbersChanged;

    /// <summary>The columns as they are now.</summary>
    public Schema Snapshot
    {
        get
        {
            lock (_lock)
            {
                if (_shapeChanged) _snapshot = new Schema(_columns.Select(c => c.Value.ToColumn(c.Key)), maxColumns);
                else if (_numbersChanged) _snapshot = _snapshot.With([.. _snapshot.Columns.Select(c => _columns[c.Name].ToColumn(c.Name))]);
                _shapeChanged = _numbersChanged = false;
                return _snapshot;
            }
        }
    }

    /// <summary>
    /// Adds what a batch brings and numbers its stored columns, in their order. The same name and type always get the same number.
    /// </summary>
    public int[] Add(EventBatch batch)
    {
        var numbers = new int[batch.Columns.Length];
        lock (_lock)
        {
            for (var i = 0; i < numbers.Length; i++)
            {
                var column = batch.Columns[i];
                var key = (column.Name, column.Type);
                if (!_numbers.TryGetValue(key, out numbers[i])) _numbers.Add(key, numbers[i] = _numbers.Count);
                Count(column.Name, column.Type, column.ValueCount, batch.MinTimeUnixNs, batch.MaxTimeUnixNs);
            }

            _numbersChanged = true;
        }

        return numbers;
    }

    /// <summary>The numbers of a batch's stored columns, all of which were added before; counts nothing.</summary>
    public int[] Numbers(EventBatch batch)
    {
        lock (_lock) return [.. batch.Columns.Select(c => _numbers[(c.Name, c.Type)])];
    }

    /// <summary>The types in which hot batches store a name.</summary>
    public ImmutableArray<HotColumn> StoredAs(string name)
    {
        var columns = ImmutableArray.CreateBuilder<HotColumn>(1);
        lock (_lock)
        {
            for (var type = StorageType.Bool; type <= StorageType.Id; type++)
                if (_numbers.TryGetValue((name, type), out var number)) columns.Add(new HotColumn(name, type, number));
        }

        return columns.DrainToImmutable();
    }

    /// <summary>Adds what a segment brings.</summary>
    public void Add(Segment segment)
    {
        lock (_lock)
        {
            foreach (var column in segment.Footer.Columns) Count(column.Name, column.Type, column.Count, segment.Footer.MinTime, segment.Footer.MaxTime);
            _numbersChanged = true;
        }
    }

    /// <summary>Takes away the counts of a segment that was removed; the columns stay known.</summary>
    public void Remove(Segment segment)
    {
        lock (_lock)
        {
            foreach (var column in segment.Footer.Columns)
                if (_columns.TryGetValue(column.Name, out var state)) state.Count = Math.Max(0, state.Count - column.Count);
            _numbersChanged = true;
        }
    }

    private void Count(string name, StorageType stored, long count, long minTime, long maxTime)
    {
        if (count == 0) return;
        var type = ColumnTypes.Logical(stored);
        if (!_columns.TryGetValue(name, out var state))
        {
            _columns.Add(name, state = new State { Type = type, First = minTime, Last = maxTime });
            _shapeChanged = true;
        }

        state.Type = ColumnTypes.Widen(state.Type, type);
        state.Count += count;
        state.First = Math.Min(state.First, minTime);
        state.Last = Math.Max(state.Last, maxTime);
    }

    private sealed class State
    {
        public ColumnType Type;
        public long Count;
        public long First;
        public long Last;

        public Column ToColumn(string name) => new(name, Type, Count, First, Last);
    }
}
