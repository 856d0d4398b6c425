using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>A column value on its way from an attribute to an event.</summary>
internal readonly struct Leaf
{
    private readonly long _bits;

    private Leaf(string name, StorageType type, long bits, string? text)
    {
        Name = name;
        Type = type;
        _bits = bits;
        Text = text;
    }

    public Leaf(string name, bool value) : this(name, StorageType.Bool, value ? 1 : 0, null)
    {
    }

    public Leaf(string name, long value) : this(name, StorageType.Int64, value, null)
    {
    }

    public Leaf(string name, double value) : this(name, StorageType.Float64, BitConverter.DoubleToInt64Bits(value), null)
    {
    }

    public Leaf(string name, string value) : this(name, StorageType.String, 0, value)
    {
    }

    public string Name { get; }

    public StorageType Type { get; }

    public string? Text { get; }

    public bool Bool => _bits != 0;

    public long Int64 => _bits;

    public double Float64 => BitConverter.Int64BitsToDouble(_bits);

    public Leaf Renamed(string name) => new(name, Type, _bits, Text);

    public void SetOn(EventBatchBuilder builder)
    {
        switch (Type)
        {
            case StorageType.Bool: builder.Set(Name, Bool); break;
            case StorageType.Int64: builder.Set(Name, Int64); break;
            case StorageType.Float64: builder.Set(Name, Float64); break;
            default: builder.Set(Name, Text!); break;
        }
    }
}
