using System.Text;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Catalog;

/// <summary>A test of stored values outside of the engine. What only the engine can say of a value is null.</summary>
/// <param name="column">The column as the query sees it.</param>
/// <param name="test">The test.</param>
internal sealed class ValueTest(BoundColumn column, BoundTest test)
{
    public BoundColumn Column => column;

    public BoundTest Test => test;

    /// <summary>The texts that the test compares with, in UTF-8; empty for other tests.</summary>
    public byte[][] Texts { get; } = [.. TextsOf(test).Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether a value that is stored as text passes.</summary>
    public bool? OfText(ReadOnlySpan<byte> text) => column.Type == ColumnType.String ? Holds(text) : null;

    /// <summary>Whether a number or truth passes.</summary>
    /// <param name="type">How it is stored.</param>
    /// <param name="bits">Its bits.</param>
    public bool? OfBits(StorageType type, long bits)
    {
        switch (column.Type)
        {
            case ColumnType.String:
                return NumberCounter.TextOf(type, bits) is { } text ? Holds(Encoding.UTF8.GetBytes(text)) : null;
            case ColumnType.Float64 when type is StorageType.Float64 or StorageType.Int64:
                return Holds(type == StorageType.Int64 ? bits : BitConverter.Int64BitsToDouble(bits), v => v.AsDouble());
            case ColumnType.Int64 when type == StorageType.Int64:
                return test is BoundTest.OfText ? Holds(Encoding.UTF8.GetBytes(NumberCounter.TextOf(type, bits)!)) : Holds(bits, v => v.AsInt64());
            case ColumnType.Bool when type == StorageType.Bool:
                return test is BoundTest.OfText ? Holds(Encoding.UTF8.GetBytes(NumberCounter.TextOf(type, bits)!)) : Holds(bits, v => v.AsBool() ? 1L : 0L);
            default:
                return null;
        }
    }

    /// <summary>As numbers compare: both zeros are equal.</summary>
    public static int Order<T>(T a, T b) where T : IComparable<T> => a is double x && b is double y ? (x < y ? -1 : x > y ? 1 : 0) : a.CompareTo(b);

    private static IEnumerable<string> TextsOf(BoundTest test) => test switch
    {
        BoundTest.Compare compare when compare.Value.Kind == ValueKind.String => [compare.Value.AsString()],
        BoundTest.OneOf oneOf when oneOf.Values[0].Kind == ValueKind.String => oneOf.Values.Select(v => v.AsString()),
        BoundTest.OfText text => [text.Value],
        _ => [],
    };

    private bool? Holds<T>(T value, Func<Value, T> read) where T : IComparable<T> => test switch
    {
        // Every comparison with NaN is false.
        BoundTest.Compare or BoundTest.OneOf when value is double.NaN => false,
        BoundTest.Compare compare => Is(compare.Op, Order(value, read(compare.Value))),
        BoundTest.OneOf oneOf => oneOf.Values.Any(v => Order(value, read(v)) == 0),
        _ => null,
    };

    private bool? Holds(ReadOnlySpan<byte> text)
    {
        switch (test)
        {
            case BoundTest.Compare compare:
                return Is(compare.Op, text.SequenceCompareTo(Texts[0]));
            case BoundTest.OneOf:
                foreach (var one in Texts)
                    if (text.SequenceEqual(one)) return true;
                return false;
            case BoundTest.OfText { Op: FilterOp.StartsWith }:
                return text.StartsWith(Texts[0]);
            case BoundTest.OfText { Op: FilterOp.EndsWith }:
                return text.EndsWith(Texts[0]);
            case BoundTest.OfText { Op: FilterOp.Contains }:
                return text.IndexOf(Texts[0]) >= 0;
            // Beyond ASCII only the engine knows which letters are the same.
            case BoundTest.OfText { Op: FilterOp.Search, Value: var wanted } when System.Text.Ascii.IsValid(text) && System.Text.Ascii.IsValid(wanted):
                return Encoding.ASCII.GetString(text).Contains(wanted, StringComparison.OrdinalIgnoreCase);
            default:
                return null;
        }
    }

    private static bool Is(FilterOp op, int order) => op switch
    {
        FilterOp.Equal => order == 0,
        FilterOp.Greater => order > 0,
        FilterOp.GreaterOrEqual => order >= 0,
        FilterOp.Less => order < 0,
        FilterOp.LessOrEqual => order <= 0,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };
}
