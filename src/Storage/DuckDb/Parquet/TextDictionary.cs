using System.Numerics;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// The distinct texts of a column in a row group, in the form of a dictionary page, and the place of each value in it. Within a batch equal
/// texts lie at one place of the heap, so a text is looked up once a batch. Not thread-safe.
/// </summary>
internal sealed class TextDictionary
{
    /// <summary>Bytes of a dictionary; texts that need more are stored one by one.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>
    /// The share of the values that is looked at before texts that hardly repeat are given up. Fewer would not do: the spans of a trace come in
    /// batches of different senders, and of the first 4,096 trace ids of a row group more than three quarters are new.
    /// </summary>
    private const int TrialShare = 8;

    /// <summary>So few values are never worth another look.</summary>
    private const int FewValues = 16;

    private const int FirstPlaces = 1 << 12;

    private readonly ByteBuffer _page = new();
    private readonly List<int> _ends = [];
    private readonly List<int> _places = [];
    private readonly int[]?[] _tables = new int[]?[32];
    private int[] _table = [];
    private int[] _known = [];
    private int _values;

    public int Count => _ends.Count;

    /// <summary>The texts, each behind its length of four bytes.</summary>
    public ReadOnlySpan<byte> Page => _page.Written;

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = (index == 0 ? 0 : _ends[index - 1]) + sizeof(int);
            return _page.Written[start.._ends[index]];
        }
    }

    /// <summary>Begins anew.</summary>
    /// <param name="values">How many values will be looked at.</param>
    public void Start(int values)
    {
        _values = values;
        _page.Clear();
        _table = Table(FirstPlaces);
        _ends.Clear();
    }

    /// <summary>The place of a text, which is added if it is new; -1 when the texts are too many or too long for a dictionary.</summary>
    /// <param name="text">The text.</param>
    /// <param name="before">Values that were looked at before it.</param>
    public int Place(ReadOnlySpan<byte> text, int before)
    {
        var index = IndexOf(text);
        return !IsWorthwhile || (before > Math.Max(_values / TrialShare, FewValues) && Count > before * 3L / 4) ? -1 : index;
    }

    /// <summary>True while the values may still repeat often enough for the dictionary to be worth its bytes.</summary>
    private bool IsWorthwhile => Count * 2L <= _values || _values <= FewValues;

    /// <summary>Finds the place of each value; false when the texts are too many or too long for a dictionary.</summary>
    public bool TryFill(IReadOnlyList<ValueRun> runs, Span<int> indexes)
    {
        Start(indexes.Length);
        var done = 0;
        foreach (var run in runs)
        {
            if (!TryFill(run, indexes[done..], done)) return false;
            done += run.Count;
        }

        return true;
    }

    private bool TryFill(ValueRun run, Span<int> indexes, int before)
    {
        var heap = run.Column.Heap;
        if (_known.Length <= heap.Length) _known = new int[heap.Length * 2 + 1];
        var known = _known;
        var i = 0;
        var fits = true;
        foreach (var slice in run.Column.Slices.Slice(run.First, run.Count))
        {
            // Texts that share their beginning with a longer one lie at the same place.
            var index = known[slice.Offset] - 1;
            if (index < 0 || this[index].Length != slice.Length)
            {
                index = Place(heap.Slice(slice.Offset, slice.Length), before + i);
                if (index < 0)
                {
                    fits = false;
                    break;
                }

                known[slice.Offset] = index + 1;
                _places.Add(slice.Offset);
            }

            indexes[i++] = index;
        }

        foreach (var place in CollectionsMarshal.AsSpan(_places)) known[place] = 0;
        _places.Clear();
        return fits;
    }

    private int IndexOf(ReadOnlySpan<byte> text)
    {
        var mask = _table.Length - 1;
        var slot = (int)Hash(text) & mask;
        for (; _table[slot] != 0; slot = (slot + 1) & mask)
            if (this[_table[slot] - 1].SequenceEqual(text)) return _table[slot] - 1;
        if (_page.Length + sizeof(int) + text.Length > MaxBytes) return -1;
        _page.AppendInt32(text.Length);
        _page.Append(text);
        _ends.Add(_page.Length);
        _table[slot] = Count;
        if (Count * 2 > _table.Length) Grow();
        return Count - 1;
    }

    private void Grow()
    {
        _table = Table(_table.Length * 2);
        var mask = _table.Length - 1;
        for (var i = 0; i < Count; i++)
        {
            var slot = (int)Hash(this[i]) & mask;
            while (_table[slot] != 0) slot = (slot + 1) & mask;
            _table[slot] = i + 1;
        }
    }

    /// <summary>An empty table. The larger ones are beyond what the runtime clears away cheaply, so each is kept for its next use.</summary>
    private int[] Table(int places)
    {
        ref var table = ref _tables[BitOperations.Log2((uint)places)];
        if (table is null) table = new int[places];
        else Array.Clear(table);
        return table;
    }

    private static uint Hash(ReadOnlySpan<byte> text)
    {
        const ulong Factor = 0x9E3779B97F4A7C15;
        var hash = (ulong)text.Length * Factor;
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..]) hash = BitOperations.RotateLeft(hash ^ MemoryMarshal.Read<ulong>(text), 29) * Factor;
        ulong rest = 0;
        foreach (var one in text) rest = rest << 8 | one;
        hash = (hash ^ rest) * Factor;
        return (uint)(hash >> 32) ^ (uint)(hash >> 15);
    }
}
