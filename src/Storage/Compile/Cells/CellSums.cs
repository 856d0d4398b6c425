using Storage.Events;

namespace Storage.Compile.Cells;

/// <summary>One measure of cells that are put together.</summary>
/// <param name="measure">The measure.</param>
internal sealed class CellSums(TallyMeasure measure)
{
    private bool[] _has = [];
    private Int128[] _wholes = [];
    private double[] _reals = [];
    private List<long>?[] _kept = [];

    public TallyMeasure Measure => measure;

    /// <summary>True when it is added up in doubles, not in integers.</summary>
    public bool IsReal { get; } = measure is { Kind: TallyKind.Sum or TallyKind.Min or TallyKind.Max, IsExact: false, Column.Type: ColumnType.Float64 };

    /// <summary>Makes room for cells.</summary>
    public void Reserve(int count)
    {
        if (count <= _has.Length) return;
        var size = Math.Max(count, _has.Length * 2);
        Array.Resize(ref _has, size);
        if (measure.Kind == TallyKind.Values) Array.Resize(ref _kept, size);
        else if (IsReal) Array.Resize(ref _reals, size);
        else Array.Resize(ref _wholes, size);
    }

    /// <summary>Adds what was counted of a cell, as it was handed over.</summary>
    public void Add(int cell, long bits)
    {
        if (measure.Kind == TallyKind.Values) (_kept[cell] ??= []).Add(bits);
        else if (IsReal) AddReal(cell, BitConverter.Int64BitsToDouble(bits));
        else AddWhole(cell, bits);
        _has[cell] = true;
    }

    /// <summary>Adds a cell of others.</summary>
    public void Add(int cell, CellSums others, int other)
    {
        if (!others._has[other]) return;
        if (measure.Kind == TallyKind.Values) (_kept[cell] ??= []).AddRange(others._kept[other]!);
        else if (IsReal) AddReal(cell, others._reals[other]);
        else AddWhole(cell, others._wholes[other]);
        _has[cell] = true;
    }

    /// <summary>The values that were kept for a cell; null when it has none.</summary>
    public List<long>? Kept(int cell) => _kept[cell];

    /// <summary>The result of a cell; a count is 0 where nothing was counted.</summary>
    public CellValue this[int cell] => !_has[cell] && measure.Kind != TallyKind.Count ? default : IsReal ? CellValue.Of(_reals[cell]) : CellValue.Of(_wholes[cell]);

    private void AddReal(int cell, double value) => _reals[cell] = !_has[cell] ? value : measure.Kind switch
    {
        TallyKind.Min => Math.Min(_reals[cell], value),
        TallyKind.Max => Math.Max(_reals[cell], value),
        _ => _reals[cell] + value,
    };

    private void AddWhole(int cell, Int128 value) => _wholes[cell] = !_has[cell] ? value : measure.Kind switch
    {
        TallyKind.Min => Int128.Min(_wholes[cell], value),
        TallyKind.Max => Int128.Max(_wholes[cell], value),
        _ => _wholes[cell] + value,
    };
}
