using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>Collects the rows of sample statements into columns of codes, without an object for a value.</summary>
internal sealed class SampleReader(BoundSample sample, int maxEvents)
{
    private readonly List<long> _seqs = [];
    private readonly List<long> _times = [];
    private readonly List<ulong> _traces = [];
    private readonly List<double> _weights = [];
    private readonly List<byte> _marks = [];
    private readonly List<ulong>[] _keys = [.. sample.Keys.Select(_ => new List<ulong>())];
    private readonly SampleColumnBuilder[] _columns = [.. sample.Columns.Select(c => new SampleColumnBuilder(c.Name, c.Type, EventSample.MaxValues))];

    /// <summary>True when there were more events than may be kept; then what was read is of no use.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The events' numbers, ascending, as <see cref="ToSample"/> has the events.</summary>
    public long[] Seqs() => [.. _seqs.Order()];

    /// <summary>Adds the rows of one statement.</summary>
    public void Read(DuckDbResult result)
    {
        while (result.NextChunk() is { } chunk)
        {
            IsFull = _seqs.Count + chunk.Count > maxEvents;
            if (IsFull) return;
            _seqs.AddRange(chunk.Values<long>(0)[..chunk.Count]);
            _times.AddRange(chunk.Values<long>(1)[..chunk.Count]);
            AddHashes(chunk, 2, _traces);
            _weights.AddRange(chunk.Values<double>(3)[..chunk.Count]);
            foreach (var mark in chunk.Values<long>(4)[..chunk.Count]) _marks.Add((byte)mark);
            for (var i = 0; i < _keys.Length; i++) AddHashes(chunk, SampleCompiler.FirstKey + i, _keys[i]);
            for (var i = 0; i < _columns.Length; i++) AddColumn(chunk, SampleCompiler.FirstKey + _keys.Length + i, _columns[i], sample.Columns[i].Type);
        }
    }

    /// <summary>What was read, in the order of the events' numbers, whatever order they came in.</summary>
    /// <param name="kept">Share of the events that the statements kept.</param>
    public EventSample ToSample(double kept)
    {
        var order = new int[_seqs.Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(_seqs.ToArray(), order);
        return new EventSample
        {
            Times = Ordered(_times, order),
            Traces = Ordered(_traces, order),
            Weights = Ordered(_weights, order),
            Marks = Ordered(_marks, order),
            Keys = [.. _keys.Select(k => Ordered(k, order))],
            Columns = [.. _columns.Select(c => c.ToColumn(order))],
            Kept = kept,
        };
    }

    private static T[] Ordered<T>(List<T> values, int[] order)
    {
        var ordered = new T[order.Length];
        for (var i = 0; i < order.Length; i++) ordered[i] = values[order[i]];
        return ordered;
    }

    private static void AddHashes(DataChunkReader chunk, int column, List<ulong> hashes)
    {
        var values = chunk.Values<ulong>(column);
        // 0 stands for none, and so a hash that is 0 for its neighbour.
        for (var row = 0; row < values.Length; row++) hashes.Add(chunk.IsNull(column, row) ? 0 : Math.Max(1, values[row]));
    }

    private static void AddColumn(DataChunkReader chunk, int column, SampleColumnBuilder builder, ColumnType type)
    {
        switch (type)
        {
            case ColumnType.Bool:
                var bools = chunk.Values<bool>(column);
                for (var row = 0; row < bools.Length; row++)
                    if (chunk.IsNull(column, row)) builder.AddMissing();
                    else builder.Add(bools[row] ? 1 : 0);
                break;
            case ColumnType.String:
                for (var row = 0; row < chunk.Count; row++)
                    if (chunk.IsNull(column, row)) builder.AddMissing();
                    else builder.Add(chunk.GetBytes(column, row));
                break;
            default: // the bits of an Int64 or a Float64
                var bits = chunk.Values<long>(column);
                for (var row = 0; row < bits.Length; row++)
                    if (chunk.IsNull(column, row)) builder.AddMissing();
                    else builder.Add(bits[row]);
                break;
        }
    }
}
