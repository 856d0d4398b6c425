using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>Collects the traces of a segment, stripe by stripe of its rows, which come in their order.</summary>
internal sealed class StripesBuilder
{
    private readonly List<HashSet<ulong>> _stripes = [];
    private (int First, int Last) _open;
    private long _rows;
    private bool _areIds = true;

    /// <summary>What is told with <see cref="Add(ReadOnlySpan{byte}, StorageType)"/> next is of so many rows, which follow those before.</summary>
    public void Begin(int rows)
    {
        // Texts of a batch are looked at once, so they go to every stripe that the batch reaches into.
        _open = ((int)(_rows / TraceStripes.Rows), (int)((_rows + Math.Max(1, rows) - 1) / TraceStripes.Rows));
        _rows += rows;
        while (_stripes.Count <= _open.Last) _stripes.Add([]);
    }

    /// <summary>Adds the trace id of one or more of these rows, as it is stored.</summary>
    public void Add(ReadOnlySpan<byte> id, StorageType type)
    {
        var key = type == StorageType.Id ? TraceFilter.KeyOf(id) : TraceFilter.KeyOfText(id);
        for (var stripe = _open.First; stripe <= _open.Last; stripe++) _stripes[stripe].Add(key);
    }

    /// <summary>Adds the trace ids of a chunk whose only column holds them as they are stored. The chunks come in the order of the file.</summary>
    public void Add(DataChunkReader chunk, StorageType type)
    {
        Begin(chunk.Count);
        for (var row = 0; row < chunk.Count; row++)
            if (!chunk.IsNull(0, row)) Add(chunk.GetBytes(0, row), type);
    }

    /// <summary>Trace ids are stored in a type that the filter does not know: none can be told to be absent.</summary>
    public void Forget() => _areIds = false;

    /// <summary>The filters; null when they could say nothing.</summary>
    public TraceStripes? Build()
    {
        if (!_areIds) return null;
        var filters = _stripes.ConvertAll(stripe => TraceFilter.Of(stripe));
        // A segment without trace ids has one filter that knows none.
        return filters.Count == 0 ? new TraceStripes(long.MaxValue, [new TraceFilter(0)]) : new TraceStripes(TraceStripes.Rows, filters);
    }
}
