using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The values that aggregates of a run hold until it ends, so that groups can be put together to larger ones without their events being read again. Each
/// group has a number, which is what the engine hands about. Safe to call concurrently.
/// </summary>
internal static unsafe class KeptValues
{
    private static readonly ConcurrentDictionary<long, KeptRun> Runs = new();
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
        if (Runs.TryRemove(run, out var found)) found.Free();
    }

    /// <summary>Nobody waits for the run any more: who ranks or counts for it stops at once, with whatever it has. <see cref="End"/> follows.</summary>
    public static void Stop(long run) => Find(run)?.Stop();

    /// <summary>The run; null when it has ended.</summary>
    public static KeptRun? Find(long run) => Runs.GetValueOrDefault(run);

    /// <summary>Memory for values, in place of what there was.</summary>
    /// <exception cref="OutOfMemoryException">There is none, or the bound is reached.</exception>
    public static long* Resize(long* values, int before, int after)
    {
        var more = (after - before) * (long)sizeof(long);
        if (Interlocked.Add(ref _bytes, more) > MaxBytes)
        {
            Interlocked.Add(ref _bytes, -more);
            throw new OutOfMemoryException();
        }

        return (long*)NativeMemory.Realloc(values, (nuint)after * sizeof(long));
    }

    public static void Free(long* values, int capacity)
    {
        NativeMemory.Free(values);
        Interlocked.Add(ref _bytes, -capacity * (long)sizeof(long));
    }
}

/// <summary>The kept groups of one run.</summary>
internal sealed unsafe class KeptRun
{
    private readonly Lock _lock = new();
    private readonly List<(KeptPart Values, int Capacity, int[]? Parts)> _groups = [];
    private bool _ended;
    private volatile bool _isStopped;

    /// <summary>True when what is computed for it is of no use any more.</summary>
    public bool IsStopped => _isStopped;

    public void Stop() => _isStopped = true;

    /// <summary>Takes values over, and numbers them.</summary>
    public long Add(KeptPart values, int capacity) => Add((values, capacity, null));

    /// <summary>Copies values, and numbers them.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for them.</exception>
    public long Add(ReadOnlySpan<long> values)
    {
        var copy = KeptValues.Resize(null, 0, values.Length);
        values.CopyTo(new Span<long>(copy, values.Length));
        return Add(new KeptPart(copy, values.Length, values.Length), values.Length);
    }

    /// <summary>Numbers a group that is made of others.</summary>
    public long Add(int[] parts) => Add((default, 0, parts));

    /// <summary>Lists what a group is made of; nothing when the run has ended.</summary>
    public void Flatten(int group, List<KeptPart> parts)
    {
        lock (_lock)
        {
            if (!_ended) FlattenLocked(group, parts);
        }
    }

    public void Free()
    {
        lock (_lock)
        {
            _ended = true;
            foreach (var (values, capacity, _) in _groups) values.Free(capacity);
            _groups.Clear();
        }
    }

    private void FlattenLocked(int group, List<KeptPart> parts)
    {
        var (values, _, made) = _groups[group];
        if (made is null) parts.Add(values);
        else foreach (var part in made) FlattenLocked(part, parts);
    }

    private long Add((KeptPart Values, int Capacity, int[]? Parts) group)
    {
        lock (_lock)
        {
            if (_ended)
            {
                group.Values.Free(group.Capacity);
                return 0;
            }

            _groups.Add(group);
            return _groups.Count - 1;
        }
    }
}

/// <summary>Values that lie together.</summary>
/// <param name="values">Where.</param>
/// <param name="length">How many places there are.</param>
/// <param name="filled">How many of them are values; of a set, some are empty.</param>
internal readonly unsafe struct KeptPart(long* values, int length, int filled)
{
    public ReadOnlySpan<long> Values => new(values, length);

    public int Filled => filled;

    public void Free(int capacity) => KeptValues.Free(values, capacity);
}
