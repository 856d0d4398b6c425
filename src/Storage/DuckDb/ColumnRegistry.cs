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
    private State[] _ordered = [];
    private int _numbers;
    private bool _shapeChanged;
    private bool _numbersChanged;

    /// <summary>The columns as they are now.</summary>
    public Schema Snapshot
    {
        get
        {
            lock (_lock)
            {
                if (_shapeChanged)
                {
                    _ordered = [.. _columns.Values.Where(c => c.IsColumn).OrderBy(c => c.Name, StringComparer.Ordinal)];
                    _snapshot = new Schema(_ordered.Select(c => c.ToColumn()), maxColumns);
                }
                else if (_numbersChanged)
                {
                    var ordered = _ordered;
                    _snapshot = _snapshot.With(() => ColumnsOf(ordered));
                }

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
            State? before = null;
            for (var i = 0; i < numbers.Length; i++)
            {
                var column = batch.Columns[i];
                var type = column.Type;
                var state = before = StateOf(column.Name, before);
                ref var number = ref state.Numbers[(int)type];
                if (number < 0) number = _numbers++;
                numbers[i] = number;
                Count(state, type, column.ValueCount, batch.MinTimeUnixNs, batch.MaxTimeUnixNs);
            }

            _numbersChanged = true;
        }

        return numbers;
    }

    /// <summary>The numbers of a batch's stored columns, all of which were added before; counts nothing.</summary>
    public int[] Numbers(EventBatch batch)
    {
        lock (_lock) return [.. batch.Columns.Select(c => _columns[c.Name].Numbers[(int)c.Type])];
    }

    /// <summary>The types in which hot batches store a name.</summary>
    public ImmutableArray<HotColumn> StoredAs(string name)
    {
        var columns = ImmutableArray.CreateBuilder<HotColumn>(1);
        lock (_lock)
        {
            if (!_columns.TryGetValue(name, out var state)) return [];
            for (var type = StorageType.Bool; type <= StorageType.Id; type++)
                if (state.Numbers[(int)type] is var number and >= 0) columns.Add(new HotColumn(name, type, number));
        }

        return columns.DrainToImmutable();
    }

    /// <summary>Adds what a segment brings.</summary>
    public void Add(Segment segment)
    {
        lock (_lock)
        {
            foreach (var column in segment.Footer.Columns) Count(StateOf(column.Name), column.Type, column.Count, segment.Footer.MinTime, segment.Footer.MaxTime);
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

    private State StateOf(string name)
    {
        if (!_columns.TryGetValue(name, out var state)) _columns.Add(name, state = new State(name));
        return state;
    }

    /// <summary>The same where the name mostly follows another one: batches have thousands of names in nearly the same order.</summary>
    private State StateOf(string name, State? before)
    {
        if (before?.Following is { } following && following.Name == name) return following;
        var state = StateOf(name);
        if (before is not null) before.Following = state;
        return state;
    }

    private void Count(State state, StorageType stored, long count, long minTime, long maxTime)
    {
        if (count == 0) return;
        _shapeChanged |= !state.IsColumn;
        state.Count += count;
        state.Type = state.IsColumn ? ColumnTypes.Widen(state.Type, ColumnTypes.Logical(stored)) : ColumnTypes.Logical(stored);
        state.IsColumn = true;
        state.First = Math.Min(state.First, minTime);
        state.Last = Math.Max(state.Last, maxTime);
    }

    private ImmutableArray<Column> ColumnsOf(State[] states)
    {
        lock (_lock) return [.. states.Select(s => s.ToColumn())];
    }

    private sealed class State(string name)
    {
        public string Name { get; } = name;

        /// <summary>The number of the name in each storage type, or -1.</summary>
        public int[] Numbers { get; } = [-1, -1, -1, -1, -1, -1];

        /// <summary>The name that came after this one in the batch before.</summary>
        public State? Following;

        /// <summary>True once an event has a value.</summary>
        public bool IsColumn;
        public ColumnType Type;
        public long Count;
        public long First = long.MaxValue;
        public long Last = long.MinValue;

        public Column ToColumn() => new(Name, Type, Count, First, Last);
    }
}
