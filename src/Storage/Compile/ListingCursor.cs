using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Where a page of a listing ended: the sort keys, time and seq of its last event, and the window of the first page, which a relative range
/// must not move away from while pages are turned. As text it is opaque to clients; it holds the sort keys' names too, so that a cursor of another
/// order is recognised.
/// </summary>
internal sealed record ListingCursor(ImmutableArray<Value> Keys, long TimeUnixNs, long Seq, TimeWindow Window)
{
    /// <summary>Longest text that is looked at; a cursor carries values of events, which may be long.</summary>
    private const int MaxLength = 8 << 20;

    /// <summary>What stands before the keys: their names, the time, seq, and both ends of the window.</summary>
    private const int HeadParts = 5;

    public string ToText(ImmutableArray<BoundEventOrder> orders)
    {
        var parts = new List<string> { Describe(orders), Number(TimeUnixNs), Number(Seq), Number(Window.StartUnixNs), Number(Window.EndUnixNs) };
        foreach (var key in Keys)
        {
            parts.Add(((int)key.Kind).ToString(CultureInfo.InvariantCulture));
            parts.Add(key.Kind == ValueKind.Float64 ? Number(BitConverter.DoubleToInt64Bits(key.AsDouble())) : key.ToString());
        }

        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(parts)));
    }

    /// <summary>Reads a cursor that a listing with these orders gave.</summary>
    public static bool TryParse(string text, ImmutableArray<BoundEventOrder> orders, out ListingCursor? cursor)
    {
        cursor = null;
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return false;
        string[]? parts;
        try
        {
            parts = JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(text));
        }
        catch (JsonException)
        {
            return false;
        }

        if (parts is null || parts.Length != HeadParts + 2 * orders.Length || parts.Contains(null) || parts[0] != Describe(orders)) return false;
        if (!TryNumber(parts[1], out var time) || !TryNumber(parts[2], out var seq) || !TryNumber(parts[3], out var start) || !TryNumber(parts[4], out var end)) return false;
        if (start < 0 || end < 0) return false;
        var keys = ImmutableArray.CreateBuilder<Value>();
        for (var i = 0; i < orders.Length; i++)
        {
            if (!TryKey(parts[HeadParts + 2 * i], parts[HeadParts + 1 + 2 * i], orders[i].Column.Type, out var key)) return false;
            keys.Add(key);
        }

        cursor = new ListingCursor(keys.ToImmutable(), time, seq, new TimeWindow(start, end));
        return true;
    }

    private static bool TryKey(string kind, string text, ColumnType type, out Value value)
    {
        value = default;
        if (kind == "0") return text.Length == 0;
        // The type may have widened since. Numbers stay in order then; for texts the old cursor no longer fits and the listing starts anew.
        if (type == ColumnType.Float64 && kind == ((int)ValueKind.Int64).ToString(CultureInfo.InvariantCulture))
        {
            var isNumber = TryNumber(text, out var whole);
            value = (double)whole;
            return isNumber;
        }

        if (kind != ((int)KindOf(type)).ToString(CultureInfo.InvariantCulture)) return false;
        switch (type)
        {
            case ColumnType.String:
                value = text;
                return true;
            case ColumnType.Bool:
                value = text == "true";
                return text is "true" or "false";
            default:
                if (!TryNumber(text, out var number)) return false;
                value = type == ColumnType.Int64 ? Value.Of(number) : Value.Of(BitConverter.Int64BitsToDouble(number));
                return true;
        }
    }

    private static ValueKind KindOf(ColumnType type) => type switch
    {
        ColumnType.Bool => ValueKind.Bool,
        ColumnType.Int64 => ValueKind.Int64,
        ColumnType.Float64 => ValueKind.Float64,
        _ => ValueKind.String,
    };

    private static string Describe(ImmutableArray<BoundEventOrder> orders) =>
        JsonSerializer.Serialize(orders.Select(o => (o.Descending ? "-" : "+") + o.Column.Name));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
