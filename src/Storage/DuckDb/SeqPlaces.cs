using System.Numerics;

namespace Storage.DuckDb;

/// <summary>The places of numbers in an array.</summary>
internal sealed class SeqPlaces
{
    private readonly long[] _seqs;
    private readonly int[] _slots;
    private readonly int _shift;
    private readonly long _least = long.MaxValue;
    private readonly long _most = long.MinValue;

    public SeqPlaces(long[] seqs)
    {
        _seqs = seqs;
        var bits = Math.Max(4, BitOperations.Log2((uint)Math.Max(1, seqs.Length)) + 2);
        (_slots, _shift) = (new int[1 << bits], 64 - bits);
        for (var i = 0; i < seqs.Length; i++)
        {
            (_least, _most) = (Math.Min(_least, seqs[i]), Math.Max(_most, seqs[i]));
            var slot = SlotOf(seqs[i]);
            while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = i + 1;
        }
    }

    /// <summary>The place of a number; -1 when it is none of them.</summary>
    public int Find(long seq)
    {
        if (seq < _least || seq > _most) return -1;
        for (var slot = SlotOf(seq); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var place = _slots[slot] - 1;
            if (place < 0 || _seqs[place] == seq) return place;
        }
    }

    private int SlotOf(long seq) => (int)((ulong)seq * 0x9E3779B97F4A7C15 >> _shift);
}
