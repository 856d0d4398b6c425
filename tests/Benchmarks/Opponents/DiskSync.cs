using System.Diagnostics;
using Benchmarks.Harness;

namespace Benchmarks.Opponents;

/// <summary>The limit of an acknowledgement after sync: the same disk asked to write and sync as much at a time, by nobody else's hand.</summary>
internal static class DiskSync
{
    /// <summary>Appends and syncs until the token ends it.</summary>
    /// <param name="path">A file on the disk of the data.</param>
    /// <param name="bytes">Bytes of a write.</param>
    /// <param name="pause">Time between two syncs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<LatencyHistogram> MeasureAsync(string path, int bytes, TimeSpan pause, CancellationToken cancellationToken)
    {
        const long bound = 256L << 20;
        var histogram = new LatencyHistogram();
        var block = new byte[bytes];
        new Random(1).NextBytes(block);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        for (var at = 0L; !cancellationToken.IsCancellationRequested; at += bytes)
        {
            if (at > bound)
            {
                RandomAccess.SetLength(file, 0);
                at = 0;
            }

            var watch = Stopwatch.StartNew();
            RandomAccess.Write(file, block, at);
            RandomAccess.FlushToDisk(file);
            histogram.Add(watch.Elapsed);
            await Task.Delay(pause, CancellationToken.None);
        }

        return histogram;
    }
}
