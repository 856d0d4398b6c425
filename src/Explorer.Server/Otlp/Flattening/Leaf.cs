using System.Globalization;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>A column value on its way to an event.</summary>
internal readonly ref struct Leaf(Key key, StorageType type, long bits, ReadOnlySpan<byte> text)
{
    public Key Key { get; } = key;

    public StorageType Type { get; } = type;

    /// <summary>A Bool as 0 or 1, an Int64, or the bits of a Float64.</summary>
    public long Bits { get; } = bits;

    /// <summary>A text in UTF-8.</summary>
    public ReadOnlySpan<byte> Text { get; } = text;

    public double Float64 => BitConverter.Int64BitsToDouble(Bits);

    /// <summary>True where there is no value.</summary>
    public bool IsNone => Key is null;

    public Leaf Renamed(Key key) => new(key, Type, Bits, Text);

    /// <summary>A sample rate is a number, also when a sender writes it as text.</summary>
    /// <returns>False for what is no number and keeps out of the column.</returns>
    public bool TryReadRate(out Leaf rate)
    {
        rate = this;
        if (Type == StorageType.Int64) return true;
        if (Type == StorageType.Float64) return double.IsFinite(Float64);
        if (Type != StorageType.String) return false;
        if (long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            rate = new Leaf(Key, StorageType.Int64, whole, []);
            return true;
        }

        if (!double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number)) return false;
        rate = new Leaf(Key, StorageType.Float64, BitConverter.DoubleToInt64Bits(number), []);
        return true;
    }
}
