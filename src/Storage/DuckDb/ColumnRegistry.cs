using System.Collections.Immutable;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>What a part of the store (a batch, a segment) holds of one column.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">How its values are stored there.</param>
/// <param name="Count">Events that have a value.</param>
internal readonly record struct ColumnPart(string Name, StorageType Type, long Count);

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

    /// <summary>Numbers the stored columns of a batch, in the order of its columns. The same name and type always get the same number.</summary>
    public int[] Number(EventBatch batch)
    {
        var numbers = new int[batch.Columns.Length];
        lock (_lock)
        {
            for (var i = 0; i < numbers.Length; i++)
            {
                var key = (batch.Columns[i].Name, batch.Columns[i].Type);
                if (!_numbers.TryGetValue(key, out numbers[i])) _numbers.Add(key, numbers[i] = _numbers.Count);
            }
        }

        return numbers;
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

    /// <summary>Adds what a part brings.</summary>
    public void Add(IEnumerable<ColumnPart> parts, long minTime, long maxTime)
    {
        lock (_lock)
        {
            foreach (var part in parts)
            {
                if (part.Count == 0) continue;
                var type = ColumnTypes.Logical(part.Type);
                if (!_columns.TryGetValue(part.Name, out var state))
                {
                    _columns.Add(part.Name, state = new State { Type = type, First = minTime, Last = maxTime });
                    _shapeChanged = true;
                }

                state.Type = ColumnTypes.Widen(state.Type, type);
                state.Count += part.Count;
                state.First = Math.Min(state.First, minTime);
                state.Last = Math.Max(state.Last, maxTime);
            }

            _numbersChanged = true;
        }
    }

    /// <summary>Takes away the counts of a part that was removed; the columns stay known.</summary>
    public void Remove(ImmutableArray<ColumnPart> parts)
    {
        lock (_lock)
        {
            foreach (var part in parts)
                if (_columns.TryGetValue(part.Name, out var state)) state.Count = Math.Max(0, state.Count - part.Count);
            _numbersChanged = true;
        }
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
