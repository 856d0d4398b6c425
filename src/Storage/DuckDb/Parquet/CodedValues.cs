using System.Text;
using Storage.DuckDb.Catalog;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Parquet;

/// <summary>Gives stored values their codes in a column of a sample, which may be of a wider type.</summary>
/// <param name="column">The column.</param>
/// <param name="stored">How the values are stored.</param>
/// <param name="isScaled">True where a Float64 stands as a decimal.</param>
internal sealed class CodedValues(SampleColumnBuilder column, StorageType stored, bool isScaled)
{
    /// <summary>Above this a double does not hold every integer.</summary>
    private const long MaxExact = 1L << 53;

    private const double Scale = 1e6;

    /// <summary>True when values of a type are seen in another without the engine: the text of a fraction is the engine's to write, and what is cut is its to cast.</summary>
    public static bool CanWiden(StorageType stored, ColumnType seen) =>
        ColumnTypes.Logical(stored) == seen || (stored, seen) is (StorageType.Int64, ColumnType.Float64) or (StorageType.Int64 or StorageType.Bool, ColumnType.String);

    /// <summary>A decimal of six places as the double that the engine makes of it.</summary>
    /// <exception cref="InvalidDataException">It is so large that only the engine knows.</exception>
    public static long Unscale(long value) =>
        ToDouble(value) is { } number ? BitConverter.DoubleToInt64Bits(number) : throw new InvalidDataException("a number is left to the engine");

    /// <summary>The same as a number; null where only the engine knows.</summary>
    public static double? ToDouble(long value) => Math.Abs(value) <= MaxExact ? value / Scale : null;

    /// <summary>The code of a number or truth, of the bits that are stored.</summary>
    public int CodeOf(long bits)
    {
        if (isScaled) bits = Unscale(bits);
        return column.Type switch
        {
            ColumnType.String => column.CodeOf(Encoding.UTF8.GetBytes(NumberCounter.TextOf(stored, bits) ?? throw new InvalidDataException("a text is left to the engine"))),
            ColumnType.Float64 when stored == StorageType.Int64 => column.CodeOf(BitConverter.DoubleToInt64Bits(bits)),
            _ => column.CodeOf(bits),
        };
    }

    /// <summary>The code of a text or an id.</summary>
    public int CodeOf(ReadOnlySpan<byte> bytes)
    {
        if (stored != StorageType.Id) return column.CodeOf(bytes);
        Span<byte> hex = bytes.Length <= 64 ? stackalloc byte[2 * bytes.Length] : new byte[2 * bytes.Length];
        Convert.TryToHexStringLower(bytes, hex, out _);
        return column.CodeOf(hex);
    }

    /// <summary>Adds rows of which some have a value.</summary>
    /// <param name="codes">The codes of those that have one.</param>
    /// <param name="which">Which rows these are, ascending from 0.</param>
    /// <param name="rows">How many rows there are.</param>
    public void Add(ReadOnlySpan<int> codes, ReadOnlySpan<int> which, int rows) => column.AddCodes(codes, which, rows);

    /// <summary>Adds rows without a value.</summary>
    public void AddMissing(int rows) => column.AddCodes([], [], rows);
}
