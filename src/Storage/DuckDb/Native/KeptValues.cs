using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The values that aggregates of a run hold until it ends, so that groups can be put together to larger ones without their events being read again. Each
/// group has a number, which is what the engine hands about. Safe to call concurrently.
/// </summary>
internal static unsafe class KeptValues
{
    /// <summary>By their numbers; 0 is for statements that belong to none, and does not end.</summary>
    private static readonly ConcurrentDictionary<long, KeptRun> Runs = new() { [0] = new KeptRun() };
    private static long _lastRun;
    private static long _bytes;

    /// <summary>Memory that the values of all runs may take; an aggregate that needs more fails as one that ran out of memory.</summary>
    public static long MaxBytes { get; set; } = long.MaxValue;

    /// <summary>Memory that they take now.</summary>
    public static long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>A new run.</summary>
    public static long Begin()
    {
        var run = Interlocked.Increment(ref _lastRun);
        Runs[run] = new KeptRun();
        return run;
    }

    /// <summary>Lets go of all values of a run. No statement of it may be under way.</summary>
    public static void End(long run)
    {
        if (run != 0 && Runs.TryRemove(run, out var found)) found.End();
    }

    /// <summary>Nobody waits for the run any more: who ranks or counts for it stops at once, with whatever it has. <see cref="End"/> follows.</summary>
    public static void Stop(long run) => Find(run)?.Stop();

    /// <summary>The run; null when it has ended.</summary>
    public static KeptRun? Find(long run) => Runs.TryGetValue(run, out var found) ? found : null;

    /// <summary>Counts memory that is about to be taken, or was given back.</summary>
    /// <param name="bytes">How much; below 0 what was given back.</param>
    /// <param name="isBounded">False for memory that is taken whether the bound is reached or not.</param>
    /// <exception cref="OutOfMemoryException">The bound is reached.</exception>
    public static void Count(long bytes, bool isBounded = true)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= MaxBytes || bytes <= 0 || !isBounded) return;
        Interlocked.Add(ref _bytes, -bytes);
        throw new OutOfMemoryException();
    }

    /// <summary>Memory for values that no group keeps, in place of what there was.</summary>
    /// <exception cref="OutOfMemoryException">There is none, or the bound is reached.</exception>
    public static long* Resize(long* values, int before, int after)
    {
        Count((after - before) * (long)sizeof(long));
        return (long*)NativeMemory.Realloc(values, (nuint)after * sizeof(long));
    }

    public static void Free(long* values, int capacity)
    {
        NativeMemory.Free(values);
        Count(-capacity * (long)sizeof(long));
    }
}
