using System.Runtime.InteropServices;
using System.Text;
using Storage.Events;

namespace Storage.Compile.Cells;

/// <summary>The values of one column by which cells are grouped, numbered from 1; 0 is the missing one.</summary>
/// <param name="type">The type that the query sees, which is none of fractions.</param>
internal sealed class CellKey(ColumnType type)
{
    private readonly List<long> _bits = [];
    private readonly List<byte[]> _texts = [];
    private readonly Dictionary<long, int> _ofBits = [];
    private readonly Dictionary<byte[], int> _ofTexts = new(ByText.Instance);
    private readonly Dictionary<int, int> _ofPlaces = [];

    /// <summary>Writes the number of each row's value.</summary>
    /// <param name="column">The column of a batch.</param>
    /// <param name="codes">One for each row of the batch, 0.</param>
    public void Read(BatchColumn column, Span<int> codes)
    {
        var rows = column.Rows;
        var texts = _ofTexts.GetAlternateLookup<ReadOnlySpan<byte>>();
        _ofPlaces.Clear();
        for (var i = 0; i < column.ValueCount; i++)
        {
            ref var code = ref codes[rows.IsEmpty ? i : rows[i]];
            if (type != ColumnType.String)
            {
                code = NumberOf(type == ColumnType.Bool ? column.Bools[i] ? 1 : 0 : column.Int64s[i]);
                continue;
            }

            // A batch has each text once, wherever it occurs.
            var slice = column.Slices[i];
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofPlaces, slice.Offset, out _);
            if (known == 0 || _texts[known - 1].Length != slice.Length)
            {
                var text = column.Heap.Slice(slice.Offset, slice.Length);
                if (!texts.TryGetValue(text, out known))
                {
                    _texts.Add(text.ToArray());
                    _ofTexts[_texts[^1]] = known = _texts.Count;
                }
            }

            code = known;
        }
    }

    /// <summary>As the engine orders values: texts by their bytes. Missing ones are the caller's.</summary>
    public int Compare(int one, int other) => type == ColumnType.String ? _texts[one - 1].AsSpan().SequenceCompareTo(_texts[other - 1]) : _bits[one - 1].CompareTo(_bits[other - 1]);

    /// <summary>The values of some numbers, as a result has them.</summary>
    /// <param name="codes">The numbers.</param>
    public Array Values(ReadOnlySpan<int> codes)
    {
        switch (type)
        {
            case ColumnType.Bool:
                var truths = new bool[codes.Length];
                for (var i = 0; i < codes.Length; i++) truths[i] = codes[i] > 0 && _bits[codes[i] - 1] != 0;
                return truths;
            case ColumnType.Int64:
                var numbers = new long[codes.Length];
                for (var i = 0; i < codes.Length; i++) numbers[i] = codes[i] > 0 ? _bits[codes[i] - 1] : 0;
                return numbers;
            default:
                var texts = new string[codes.Length];
                for (var i = 0; i < codes.Length; i++) texts[i] = codes[i] > 0 ? Encoding.UTF8.GetString(_texts[codes[i] - 1]) : "";
                return texts;
        }
    }

    private int NumberOf(long bits)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofBits, bits, out var isKnown);
        if (isKnown) return number;
        _bits.Add(bits);
        return number = _bits.Count;
    }
}
