using Storage.Compile;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>What few rows of a row group are the rows of.</summary>
/// <param name="Segment">The segment, which never changes.</param>
/// <param name="Group">The row group.</param>
/// <param name="StoredAs">The column.</param>
/// <param name="Seen">The type in which its values are compared.</param>
/// <param name="Test">What they are compared with.</param>
internal readonly record struct RowsKey(long Segment, int Group, string StoredAs, ColumnType Seen, BoundTest.Compare Test);

/// <summary>
/// The few rows for which a condition is true, and what has been read of them. Whoever refines a question keeps its first condition and adds others: these are tested on the rows
/// that are known already. Bounded in bytes: any of the others make room. Many who take turns would, were it those not asked for longest, each find theirs gone. Safe to use concurrently.
/// </summary>
/// <param name="maxBytes">The bound; 0 keeps nothing.</param>
internal sealed class KeptRows(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RowsKey, Entry> _entries = [];
    private readonly List<Entry> _all = [];
    private readonly Random _random = new(1);
    private long _bytes;

    /// <summary>Bytes of all that is kept, about.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    /// <summary>True when nothing is kept.</summary>
    public bool IsOff => maxBytes == 0;

    public FewRows? Find(RowsKey key)
    {
        lock (_lock) return _entries.GetValueOrDefault(key)?.Rows;
    }

    /// <summary>Keeps rows, or counts what was read of them since.</summary>
    public void Keep(RowsKey key, FewRows rows)
    {
        lock (_lock)
        {
            var bytes = rows.Bytes;
            if (_entries.TryGetValue(key, out var entry) && entry.Rows != rows) return; // somebody else read them too
            if (entry is not null) Remove(entry);
            if (bytes > maxBytes) return;
            while (_bytes + bytes > maxBytes) Remove(_all[_random.Next(_all.Count)]);
            _bytes += bytes;
            _all.Add(entry = new Entry(key, rows, bytes, _all.Count));
            _entries.Add(key, entry);
        }
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Key);
        _bytes -= entry.Bytes;
        var last = _all[^1];
        (_all[entry.Place], last.Place) = (last, entry.Place);
        _all.RemoveAt(_all.Count - 1);
    }

    private sealed class Entry(RowsKey key, FewRows rows, long bytes, int place)
    {
        public RowsKey Key => key;

        public FewRows Rows => rows;

        public long Bytes => bytes;

        /// <summary>Among all.</summary>
        public int Place { get; set; } = place;
    }
}
