namespace Storage.Compile.Cells;

/// <summary>A result: a whole number, which may be beyond an Int64, or one with fractions.</summary>
/// <param name="HasValue">False for a missing one.</param>
/// <param name="Whole">The number when it is whole.</param>
/// <param name="Real">The number, or its nearest double.</param>
internal readonly record struct CellValue(bool HasValue, Int128 Whole, double Real)
{
    public static CellValue Of(Int128 whole) => new(true, whole, (double)whole);

    public static CellValue Of(double real) => new(true, 0, real);

    /// <summary>True when it is an Int64.</summary>
    public bool Fits => HasValue && Whole >= long.MinValue && Whole <= long.MaxValue;
}
