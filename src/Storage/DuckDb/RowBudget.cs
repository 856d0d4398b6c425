namespace Storage.DuckDb;

/// <summary>How much a run may hold of events that were found by what they hold; beyond it the engine reads whole columns. Not thread-safe.</summary>
internal sealed class RowBudget
{
    private int _rows = 100_000;
    private long _textBytes = 64 << 20;

    /// <summary>Takes room for events; false when there is none.</summary>
    public bool TryTakeRows(int count)
    {
        if (count > _rows) return false;
        _rows -= count;
        return true;
    }

    /// <summary>Takes room for their texts; false when there is none.</summary>
    public bool TryTakeText(long bytes)
    {
        if (bytes > _textBytes) return false;
        _textBytes -= bytes;
        return true;
    }
}
