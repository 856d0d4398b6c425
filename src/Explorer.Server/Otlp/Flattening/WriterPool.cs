using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>
/// Writers that wait for a request, with the names, columns and buffers of earlier ones: senders repeat themselves. Decoding does not wait
/// for anything, so no more than one for each processor is of use.
/// </summary>
/// <param name="size">Most writers that wait.</param>
internal sealed class WriterPool(int size)
{
    private readonly EventWriter?[] _waiting = new EventWriter?[size];

    public EventWriter Take(Schema schema, long arrivalUnixNs, long maxCost)
    {
        foreach (ref var place in _waiting.AsSpan())
        {
            if (Interlocked.Exchange(ref place, null) is not { } writer) continue;
            writer.Reset(schema, arrivalUnixNs, maxCost);
            return writer;
        }

        return new EventWriter(schema, arrivalUnixNs, maxCost);
    }

    public void Return(EventWriter writer)
    {
        if (writer.IsWorn) return;
        foreach (ref var place in _waiting.AsSpan())
            if (Interlocked.CompareExchange(ref place, writer, null) is null) return;
    }
}
