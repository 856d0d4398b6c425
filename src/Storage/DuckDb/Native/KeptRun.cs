using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The kept groups of one run, and the memory that its aggregates hold: the engine does not tell of each group that a statement leaves behind which was
/// interrupted, so that all of it is let go when the run ends. Safe to call concurrently.
/// </summary>
internal sealed unsafe class KeptRun
{
    /// <summary>Lists of pieces, so that threads seldom wait for each other.</summary>
    private const int Lists = 8;

    /// <summary>Memory for values that are copied is taken in steps of this at most: it is used again by the next run, without the system having to find and clear its pages.</summary>
    private const int SlabBytes = 1 << 20;

    private readonly Lock _lock = new();
    private readonly List<(KeptPart Values, int[]? Parts)> _groups = [];
    private readonly Lock[] _listLocks = [.. Enumerable.Range(0, Lists).Select(_ => new Lock())];
    private readonly nint[] _lists = new nint[Lists];
    private readonly Slab[] _slabs = [.. Enumerable.Range(0, Lists).Select(_ => new Slab())];
    private volatile bool _ended;
    private volatile bool _isStopped;

    /// <summary>True when what is computed for it is of no use any more.</summary>
    public bool IsStopped => _isStopped;

    public void Stop() => _isStopped = true;

    /// <summary>Numbers values of this run's memory, which are not changed any more.</summary>
    public long Add(KeptPart values) => Add((values, null));

    /// <summary>Copies values, and numbers them.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for them.</exception>
    public long Add(ReadOnlySpan<long> values)
    {
        var list = Environment.CurrentManagedThreadId % Lists;
        long* copy;
        lock (_listLocks[list])
        {
            if (_ended) throw new OutOfMemoryException();
            copy = _slabs[list].Take(values.Length);
        }

        values.CopyTo(new Span<long>(copy, values.Length));
        return Add(new KeptPart(copy, values.Length));
    }

    /// <summary>Numbers a group that is made of others.</summary>
    public long Add(int[] parts) => Add((default, parts));

    /// <summary>Lists what a group is made of; nothing when the run has ended.</summary>
    public void Flatten(int group, List<KeptPart> parts)
    {
        lock (_lock)
        {
            if (!_ended) FlattenLocked(group, parts);
        }
    }

    /// <summary>Memory for values, in place of what there was.</summary>
    /// <param name="values">What there was, of this run; null for nothing.</param>
    /// <param name="capacity">How many values there shall be room for.</param>
    /// <param name="isBounded">See <see cref="KeptValues.Count"/>.</param>
    /// <exception cref="OutOfMemoryException">There is none, or the bound is reached, or the run has ended.</exception>
    public long* Resize(long* values, int capacity, bool isBounded = true)
    {
        var piece = values == null ? null : (Piece*)values - 1;
        var more = (capacity - (piece == null ? 0L : piece->Capacity)) * sizeof(long) + (piece == null ? sizeof(Piece) : 0);
        KeptValues.Count(more, isBounded);
        var list = piece == null ? Environment.CurrentManagedThreadId % Lists : piece->List;
        try
        {
            lock (_listLocks[list])
            {
                if (_ended) throw new OutOfMemoryException();
                var moved = (Piece*)NativeMemory.Realloc(piece, (nuint)sizeof(Piece) + (nuint)capacity * sizeof(long));
                if (piece == null) *moved = new Piece { Behind = (Piece*)_lists[list], List = list };
                moved->Capacity = capacity;
                if (moved->Before == null) _lists[list] = (nint)moved;
                else moved->Before->Behind = moved;
                if (moved->Behind != null) moved->Behind->Before = moved;
                return (long*)(moved + 1);
            }
        }
        catch (OutOfMemoryException)
        {
            KeptValues.Count(-more);
            throw;
        }
    }

    /// <summary>Lets go of memory of this run.</summary>
    public void Free(long* values)
    {
        if (values == null || _ended) return;
        var piece = (Piece*)values - 1;
        lock (_listLocks[piece->List])
        {
            if (_ended) return;
            if (piece->Before == null) _lists[piece->List] = (nint)piece->Behind;
            else piece->Before->Behind = piece->Behind;
            if (piece->Behind != null) piece->Behind->Before = piece->Before;
        }

        Free(piece);
    }

    /// <summary>Lets go of everything. No statement of the run may be under way.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _groups.Clear();
        }

        for (var list = 0; list < Lists; list++)
        {
            lock (_listLocks[list])
            {
                for (var piece = (Piece*)_lists[list]; piece != null;)
                {
                    var next = piece->Behind;
                    Free(piece);
                    piece = next;
                }

                _lists[list] = 0;
                _slabs[list].Free();
            }
        }
    }

    private static void Free(Piece* piece)
    {
        KeptValues.Count(-(sizeof(Piece) + piece->Capacity * (long)sizeof(long)));
        NativeMemory.Free(piece);
    }

    private void FlattenLocked(int group, List<KeptPart> parts)
    {
        var (values, made) = _groups[group];
        if (made is null) parts.Add(values);
        else foreach (var part in made) FlattenLocked(part, parts);
    }

    private long Add((KeptPart Values, int[]? Parts) group)
    {
        lock (_lock)
        {
            if (_ended) return 0;
            _groups.Add(group);
            return _groups.Count - 1;
        }
    }

    /// <summary>Memory in which values lie one after the other until the run ends. Not thread-safe.</summary>
    private sealed class Slab
    {
        private readonly List<NativeBlock> _blocks = [];
        private long* _next;
        private int _left;
        private long _bytes;

        /// <summary>Room for values.</summary>
        /// <exception cref="OutOfMemoryException">There is none, or the bound is reached.</exception>
        public long* Take(int count)
        {
            if (count > _left)
            {
                // Many have a block of their own, so that what is left of the last one is not lost.
                var isAlone = count > SlabBytes / sizeof(long) / 8;
                var bytes = checked((int)Math.Max(count * (long)sizeof(long), isAlone ? 0 : Math.Min(SlabBytes, _bytes)));
                KeptValues.Count(bytes);
                try
                {
                    _blocks.Add(NativeBlock.Allocate(bytes));
                }
                catch (OutOfMemoryException)
                {
                    KeptValues.Count(-bytes);
                    throw;
                }

                _bytes += bytes;
                if (isAlone) return (long*)_blocks[^1].Address;
                _next = (long*)_blocks[^1].Address;
                _left = bytes / sizeof(long);
            }

            var room = _next;
            _next += count;
            _left -= count;
            return room;
        }

        public void Free()
        {
            foreach (IDisposable block in _blocks) block.Dispose();
            _blocks.Clear();
            KeptValues.Count(-_bytes);
            _left = 0;
            _bytes = 0;
        }
    }

    /// <summary>What stands before values: the pieces around it in its list.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Piece
    {
        public Piece* Before;
        public Piece* Behind;
        public int Capacity;
        public int List;
    }
}

/// <summary>Values that lie together.</summary>
/// <param name="values">Where.</param>
/// <param name="length">How many there are.</param>
internal readonly unsafe struct KeptPart(long* values, int length)
{
    public ReadOnlySpan<long> Values => new(values, length);
}
