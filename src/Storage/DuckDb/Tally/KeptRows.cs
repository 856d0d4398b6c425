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
/// that are known already. Bounded in bytes: those that were not asked for longest make room. Safe to use concurrently.
/// </summary>
/// <param name="maxBytes">The bound; 0 keeps nothing.</param>
internal sealed class KeptRows(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RowsKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _latestFirst = new();
    private long _bytes;

    /// <summary>Bytes of all that is kept, about.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    public FewRows? Find(RowsKey key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var node)) return null;
            _latestFirst.Remove(node);
            _latestFirst.AddFirst(node);
            return node.Value.Rows;
        }
    }

    /// <summary>Keeps rows, or counts what was read of them since.</summary>
    public void Keep(RowsKey key, FewRows rows)
    {
        var bytes = rows.Bytes;
        lock (_lock)
        {
            if (bytes > maxBytes) return;
            if (!_entries.TryGetValue(key, out var node)) _entries[key] = node = _latestFirst.AddFirst(new Entry(key, rows));
            if (node.Value.Rows != rows) return; // somebody else read them too
            _bytes += bytes - node.Value.Bytes;
            node.Value.Bytes = bytes;
            while (_bytes > maxBytes)
            {
                var oldest = _latestFirst.Last!.Value;
                _latestFirst.RemoveLast();
                _entries.Remove(oldest.Key);
                _bytes -= oldest.Bytes;
            }
        }
    }

    private sealed class Entry(RowsKey key, FewRows rows)
    {
        public RowsKey Key => key;

        public FewRows Rows => rows;

        public long Bytes { get; set; }
    }
}
