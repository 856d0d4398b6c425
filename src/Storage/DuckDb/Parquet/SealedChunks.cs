using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>Brings the values of hot batches into the form in which a chunk is written. Its buffers are kept for the next one. Not thread-safe.</summary>
/// <param name="writer">Writes them.</param>
internal sealed class SealedChunks(ColumnChunkWriter writer)
{
    private const long Scale = 1_000_000;

    private readonly TextDictionary _texts = new();
    private long[] _numbers = [];
    private int[] _indexes = [];

    /// <summary>Writes the numbers of the events.</summary>
    public ChunkDescription WriteSequence(ChunkSource source, ReadOnlySpan<long> numbers) =>
        writer.WriteNumbers(RelationText.SeqColumn, StorageType.Int64, source.Presence, numbers);

    /// <summary>Writes the values of a column.</summary>
    public ChunkDescription Write(SegmentColumn column, ChunkSource source)
    {
        if (source.Values == 0) return writer.WriteNothing(column, source.Rows);
        if (_numbers.Length < source.Values) (_numbers, _indexes) = (new long[source.Rows], new int[source.Rows]);
        var numbers = _numbers.AsSpan(0, source.Values);
        switch (column.Type)
        {
            case StorageType.String or StorageType.Id:
                return WriteTexts(column, source);
            case StorageType.Bool:
                GatherFlags(source, numbers);
                return writer.WriteFlags(column.StoredAs, source.Presence, numbers);
            default:
                Gather(column, source, numbers);
                return writer.WriteNumbers(column.StoredAs, column.IsScaled ? StorageType.Int64 : column.Type, source.Presence, numbers);
        }
    }

    private static void GatherFlags(ChunkSource source, Span<long> target)
    {
        var done = 0;
        foreach (var run in source.Runs)
            foreach (var value in run.Column.Bools.Slice(run.First, run.Count)) target[done++] = value ? 1 : 0;
    }

    private static void Gather(SegmentColumn column, ChunkSource source, Span<long> numbers)
    {
        var done = 0;
        foreach (var run in source.Runs)
        {
            var target = numbers.Slice(done, run.Count);
            done += run.Count;
            if (run.Column.Type == StorageType.Float64)
            {
                var values = run.Column.Float64s.Slice(run.First, run.Count);
                if (column.IsScaled) for (var i = 0; i < values.Length; i++) target[i] = (long)Math.Round(values[i] * Scale);
                else MemoryMarshal.Cast<double, long>(values).CopyTo(target);
                continue;
            }

            var integers = run.Column.Int64s.Slice(run.First, run.Count);
            if (column.Type == StorageType.Int64) integers.CopyTo(target);
            else if (column.IsScaled) for (var i = 0; i < integers.Length; i++) target[i] = checked(integers[i] * Scale);
            else for (var i = 0; i < integers.Length; i++) target[i] = BitConverter.DoubleToInt64Bits(integers[i]);
        }
    }

    private ChunkDescription WriteTexts(SegmentColumn column, ChunkSource source)
    {
        var indexes = _indexes.AsSpan(0, source.Values);
        if (_texts.TryFill(source.Runs, indexes)) return writer.WriteTexts(column, source.Presence, _texts, indexes);
        var lengths = _numbers.AsSpan(0, source.Values);
        var done = 0;
        foreach (var run in source.Runs)
            foreach (var slice in run.Column.Slices.Slice(run.First, run.Count)) lengths[done++] = slice.Length;
        return writer.WriteTexts(column, source.Presence, lengths, new TextCursor(source.Runs).CopyTo);
    }

    /// <summary>Walks over texts in their order.</summary>
    private sealed class TextCursor(IReadOnlyList<ValueRun> runs)
    {
        private int _run;
        private int _next;

        public void CopyTo(ByteBuffer target, int count)
        {
            while (count > 0)
            {
                var run = runs[_run];
                var step = Math.Min(count, run.Count - _next);
                Copy(run.Column.Heap, run.Column.Slices.Slice(run.First + _next, step), target);
                count -= step;
                _next += step;
                if (_next == run.Count) (_run, _next) = (_run + 1, 0);
            }
        }

        private static void Copy(ReadOnlySpan<byte> heap, ReadOnlySpan<HeapSlice> slices, ByteBuffer target)
        {
            var bytes = 0;
            foreach (var slice in slices) bytes += slice.Length;
            var room = target.Append(bytes);
            foreach (var slice in slices)
            {
                heap.Slice(slice.Offset, slice.Length).CopyTo(room);
                room = room[slice.Length..];
            }
        }
    }
}
