namespace Storage.DuckDb;

/// <summary>How much a run may hold of events that were found by what they hold; beyond it the engine reads whole columns.</summary>
internal sealed class RowBudget
{
    private int _rows = 100_000;
    private long _textBytes = 64 << 20;

    /// <summary>Takes room for events; false when there is none.</summary>
    public bool TryTakeRows(int count)
    {
        if (Interlocked.Add(ref _rows, -count) >= 0) return true;
        Interlocked.Add(ref _rows, count);
        return false;
    }

    /// <summary>Takes room for their texts; false when there is none.</summary>
    public bool TryTakeText(long bytes)
    {
        if (Interlocked.Add(ref _textBytes, -bytes) >= 0) return true;
        Interlocked.Add(ref _textBytes, bytes);
        return false;
    }
}
