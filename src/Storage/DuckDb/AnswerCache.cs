using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>Answers that are still true, by keys that say of what data. Bounded in bytes: the one that was not asked for longest makes room.</summary>
internal sealed class AnswerCache(long maxBytes)
{
    private const int RowBytes = 64;

    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _latestFirst = new();
    private long _bytes;

    /// <summary>Bytes of all answers, about.</summary>
    public long Bytes
    {
        get
        {
            lock (_entries) return _bytes;
        }
    }

    public QueryResult? Find(string key)
    {
        lock (_entries)
        {
            if (!_entries.TryGetValue(key, out var node)) return null;
            _latestFirst.Remove(node);
            _latestFirst.AddFirst(node);
            return node.Value.Answer;
        }
    }

    /// <summary>Keeps an answer, unless it alone would take a quarter of the room.</summary>
    public void Add(string key, QueryResult answer)
    {
        var bytes = SizeOf(answer) + key.Length * 2L;
        if (bytes > maxBytes / 4) return;
        lock (_entries)
        {
            if (_entries.ContainsKey(key)) return;
            _entries[key] = _latestFirst.AddFirst(new Entry(key, answer, bytes));
            _bytes += bytes;
            while (_bytes > maxBytes)
            {
                var oldest = _latestFirst.Last!.Value;
                _latestFirst.RemoveLast();
                _entries.Remove(oldest.Key);
                _bytes -= oldest.Bytes;
            }
        }
    }

    private static long SizeOf(QueryResult answer)
    {
        var series = answer.Series.Calculations.IsDefault ? [] : answer.Series.Calculations;
        var bytes = RowBytes + SizeOf(answer.Results) + SizeOf(answer.Total) + SizeOf(answer.Other) + SizeOf(answer.Events?.Table) + SizeOf(new ResultTable(series)) + answer.Series.RowCount * 12L;
        return bytes + (answer.Heatmap is { } heatmap ? (heatmap.Counts.Length + 1L) * heatmap.Edges.Length * sizeof(double) : 0);
    }

    private static long SizeOf(ResultTable? table)
    {
        if (table is null || table.Columns.IsDefault) return 0;
        long bytes = 0;
        foreach (var column in table.Columns)
        {
            bytes += RowBytes + column.Count * (long)(sizeof(double) + 1);
            if (column.Type != ColumnType.String) continue;
            for (var row = 0; row < column.Count; row++)
                if (!column.IsNull(row)) bytes += 24 + column[row].AsString().Length * 2L;
        }

        return bytes;
    }

    private sealed record Entry(string Key, QueryResult Answer, long Bytes);
}
