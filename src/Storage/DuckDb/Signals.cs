using Storage.Events;

namespace Storage.DuckDb;

/// <summary>Tells kinds of events by their column <c>meta.signal_type</c>.</summary>
internal static class Signals
{
    /// <summary>The values of the column that have a kind of their own.</summary>
    public static IReadOnlyList<string> Names { get; } = ["trace", "log", "metric"];

    /// <summary>The value of the column for a kind, and its name in files.</summary>
    public static string NameOf(SignalKind kind) => kind switch
    {
        SignalKind.Trace => Names[0],
        SignalKind.Log => Names[1],
        SignalKind.Metric => Names[2],
        _ => "other",
    };

    public static SignalKind Of(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("trace"u8) ? SignalKind.Trace : value.SequenceEqual("log"u8) ? SignalKind.Log : value.SequenceEqual("metric"u8) ? SignalKind.Metric : SignalKind.Other;

    /// <summary>The kind of all events of a batch; null when it holds several.</summary>
    public static SignalKind? Of(EventBatch batch)
    {
        SignalKind? only = null;
        foreach (var column in batch.Columns)
        {
            if (column.Name != WellKnownColumns.SignalType || column.Type != StorageType.String || column.ValueCount == 0) continue;
            var slices = column.Slices;
            var heap = column.Heap;
            if (!column.IsDense) only = SignalKind.Other;
            var last = new HeapSlice(-1, 0);
            foreach (var slice in slices)
            {
                if (slice == last) continue;
                last = slice;
                var kind = Of(heap.Slice(slice.Offset, slice.Length));
                if ((only ??= kind) != kind) return null;
            }
        }

        return only ?? SignalKind.Other;
    }

    /// <summary>The kind of each event of a batch.</summary>
    public static SignalKind[] OfEach(EventBatch batch)
    {
        var kinds = new SignalKind[batch.Count];
        foreach (var column in batch.Columns)
        {
            if (column.Name != WellKnownColumns.SignalType || column.Type != StorageType.String) continue;
            for (var i = 0; i < column.ValueCount; i++)
            {
                var slice = column.Slices[i];
                kinds[column.IsDense ? i : column.Rows[i]] = Of(column.Heap.Slice(slice.Offset, slice.Length));
            }
        }

        return kinds;
    }
}
