using System.Globalization;
using System.Text;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// What a batch has under a name that is stored as text and as something else, as texts: those that queries make of such values. The engine does the same
/// at a quarter of a megabyte a column, so that of some thousand of them no segment could be written.
/// </summary>
internal static class MixedColumn
{
    /// <summary>Fractions from here on have an exponent, those below 0.0001 as well.</summary>
    private const int LeastLongExponent = 16;
    private const int LeastExponent = -4;

    /// <summary>Whole numbers of a size below have neither.</summary>
    private const double LeastLarge = 1e15;

    /// <summary>A batch of one column, with a text in each row in which one of the columns has a value. The caller owns it.</summary>
    /// <param name="columns">Columns of a batch with the same name; no row has a value of two, and none of them holds ids.</param>
    /// <param name="rows">Rows of that batch.</param>
    public static EventBatch AsTexts(ReadOnlySpan<BatchColumn> columns, int rows)
    {
        var (which, at) = (new int[rows], new int[rows]);
        for (var c = 0; c < columns.Length; c++)
        {
            var present = columns[c].Rows;
            for (var i = 0; i < columns[c].ValueCount; i++)
            {
                var row = present.IsEmpty ? i : present[i];
                (which[row], at[row]) = (c + 1, i);
            }
        }

        var texts = new ColumnBuffer(columns[0].Name, StorageType.String, new ColumnMemory());
        for (var row = 0; row < rows; row++)
            if (which[row] > 0) texts.Set(row, Place(texts, columns[which[row] - 1], at[row]));
        return BatchLayout.Build([texts], rows, 0, 0);
    }

    /// <summary>The text of a fraction, as the dialect of the engine makes it: the shortest digits that tell it from all others, with a point or an exponent.</summary>
    public static string TextOf(double value)
    {
        if (value == Math.Truncate(value) && Math.Abs(value) < LeastLarge) return ((long)value).ToString(CultureInfo.InvariantCulture);
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        if (!double.IsFinite(value)) return text;
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var number = text.AsSpan(value < 0 ? 1 : 0, (mark < 0 ? text.Length : mark) - (value < 0 ? 1 : 0));
        var exponent = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = number.IndexOf('.');
        var all = number.ToString().Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        exponent += (point < 0 ? number.Length : point) - 1 - (all.Length - digits.Length);
        return (value < 0 ? "-" : "") + Written(digits.TrimEnd('0'), exponent);
    }

    /// <param name="digits">Without zeros at either end.</param>
    /// <param name="exponent">The power of ten of the first.</param>
    private static string Written(string digits, int exponent) => exponent switch
    {
        < LeastExponent or >= LeastLongExponent =>
            string.Create(CultureInfo.InvariantCulture, $"{digits[..1]}{(digits.Length > 1 ? "." : "")}{digits[1..]}E{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}"),
        < 0 => "0." + new string('0', -exponent - 1) + digits,
        _ when digits.Length <= exponent + 1 => digits.PadRight(exponent + 1, '0') + ".0",
        _ => $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}",
    };

    private static long Place(ColumnBuffer texts, BatchColumn column, int value)
    {
        switch (column.Type)
        {
            case StorageType.String:
                var slice = column.Slices[value];
                return texts.Place(column.Heap.Slice(slice.Offset, slice.Length));
            case StorageType.Bool:
                return texts.Place(column.Bools[value] ? "true"u8 : "false"u8);
            case StorageType.Int64:
                return texts.Place(Encoding.UTF8.GetBytes(column.Int64s[value].ToString(CultureInfo.InvariantCulture)));
            default:
                return texts.Place(Encoding.UTF8.GetBytes(TextOf(column.Float64s[value])));
        }
    }
}
