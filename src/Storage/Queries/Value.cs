using System.Globalization;

namespace Storage.Queries;

public enum ValueKind : byte
{
    /// <summary>No value: missing.</summary>
    Null = 0,
    Bool,
    Int64,
    Float64,
    String,
}

/// <summary>One typed value: a constant in a query or a cell of a result. The default is <see cref="Null"/>.</summary>
public readonly record struct Value
{
    private readonly long _bits;
    private readonly string? _text;

    private Value(ValueKind kind, long bits, string? text)
    {
        Kind = kind;
        _bits = bits;
        _text = text;
    }

    public static Value Null => default;

    public ValueKind Kind { get; }

    public bool IsNull => Kind == ValueKind.Null;

    public static Value Of(bool value) => new(ValueKind.Bool, value ? 1 : 0, null);

    public static Value Of(long value) => new(ValueKind.Int64, value, null);

    public static Value Of(double value) => new(ValueKind.Float64, BitConverter.DoubleToInt64Bits(value), null);

    public static Value Of(string? value) => value is null ? Null : new(ValueKind.String, 0, value);

    public static implicit operator Value(bool value) => Of(value);

    public static implicit operator Value(long value) => Of(value);

    public static implicit operator Value(double value) => Of(value);

    public static implicit operator Value(string? value) => Of(value);

    /// <summary>The value of a <see cref="ValueKind.Bool"/>.</summary>
    public bool AsBool() => Expect(ValueKind.Bool) != 0;

    /// <summary>The value of an <see cref="ValueKind.Int64"/>.</summary>
    public long AsInt64() => Expect(ValueKind.Int64);

    /// <summary>The value of a <see cref="ValueKind.Float64"/>, or of an <see cref="ValueKind.Int64"/> converted.</summary>
    public double AsDouble() => Kind == ValueKind.Int64 ? _bits : BitConverter.Int64BitsToDouble(Expect(ValueKind.Float64));

    /// <summary>The value of a <see cref="ValueKind.String"/>.</summary>
    public string AsString()
    {
        Expect(ValueKind.String);
        return _text!;
    }

    /// <summary>True for Int64 and Float64.</summary>
    public bool IsNumber => Kind is ValueKind.Int64 or ValueKind.Float64;

    /// <summary>The value as invariant text: numbers round-trip, true and false in lower case, null as the empty string.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Null => "",
        ValueKind.Bool => _bits != 0 ? "true" : "false",
        ValueKind.Int64 => _bits.ToString(CultureInfo.InvariantCulture),
        ValueKind.Float64 => BitConverter.Int64BitsToDouble(_bits).ToString("R", CultureInfo.InvariantCulture),
        _ => _text!,
    };

    private long Expect(ValueKind kind) =>
        Kind == kind ? _bits : throw new InvalidOperationException($"the value is {Kind}, not {kind}");
}
