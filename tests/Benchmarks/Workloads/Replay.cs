using System.Buffers.Binary;

namespace Benchmarks.Workloads;

/// <summary>
/// Requests that are ready and are sent again and again, each time with later times: making spans takes a client as long as the server takes
/// to store them, and on a machine that both share it would be the client that is measured. Every round has the ids of the first.
/// </summary>
internal sealed class Replay
{
    private readonly byte[][] _requests;
    private readonly int[][] _starts;
    private readonly long[] _shifts;
    private readonly long _round;

    /// <param name="spans">Of a round. What does not fill a request at its end is left out.</param>
    /// <param name="spansPerSecond">So that the spans of a round are as far apart as they are sent.</param>
    public Replay(long spans, double spansPerSecond)
    {
        var round = TimeSpan.FromSeconds(spans / spansPerSecond);
        _requests = Workload.Full(Workload.W1(3, spans, DateTimeOffset.UnixEpoch, round));
        _starts = [.. _requests.Select(Starts)];
        _shifts = new long[_requests.Length];
        _round = (long)(round.TotalMilliseconds * 1e6);
    }

    /// <summary>
    /// The requests without an end. They are changed where they lie: a request must have been sent before its turn comes again, which is as
    /// good as certain while there are far more of them than connections.
    /// </summary>
    /// <param name="start">Time of the first trace.</param>
    public IEnumerable<byte[]> From(DateTimeOffset start)
    {
        for (var shift = start.ToUnixTimeMilliseconds() * 1_000_000; ; shift += _round)
        {
            for (var i = 0; i < _requests.Length; i++)
            {
                Move(_requests[i], _starts[i], shift - _shifts[i]);
                _shifts[i] = shift;
                yield return _requests[i];
            }
        }
    }

    private static void Move(byte[] request, int[] starts, long by)
    {
        foreach (var place in starts)
        {
            Add(request.AsSpan(place), by);
            Add(request.AsSpan(place + RequestReader.EndAfterStart), by);
        }
    }

    private static void Add(Span<byte> time, long by) => BinaryPrimitives.WriteInt64LittleEndian(time, BinaryPrimitives.ReadInt64LittleEndian(time) + by);

    private static int[] Starts(byte[] request)
    {
        var reader = new RequestReader();
        var starts = new List<int>(Workload.BatchSpans);
        for (reader.Open(request); reader.Read();) starts.Add(reader.StartPlace);
        return [.. starts];
    }
}
