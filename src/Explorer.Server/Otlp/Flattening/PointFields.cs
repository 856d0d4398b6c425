using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>
/// The fields of a point of any kind of metric. The kinds number their fields differently, so each has a table of what they are.
/// </summary>
internal ref struct PointFields
{
    private static readonly Meaning[] Number =
        Table((2, Meaning.Start), (3, Meaning.Time), (4, Meaning.AsDouble), (5, Meaning.Exemplars), (6, Meaning.AsInt), (7, Meaning.Attributes), (8, Meaning.Flags));

    private static readonly Meaning[] Histogram = Table(
        (2, Meaning.Start), (3, Meaning.Time), (4, Meaning.Count), (5, Meaning.Sum), (6, Meaning.Buckets), (7, Meaning.Bounds), (8, Meaning.Exemplars),
        (9, Meaning.Attributes), (10, Meaning.Flags), (11, Meaning.Min), (12, Meaning.Max));

    private static readonly Meaning[] Exponential = Table(
        (1, Meaning.Attributes), (2, Meaning.Start), (3, Meaning.Time), (4, Meaning.Count), (5, Meaning.Sum), (6, Meaning.Scale), (7, Meaning.ZeroCount),
        (8, Meaning.Positive), (9, Meaning.Negative), (10, Meaning.Flags), (11, Meaning.Exemplars), (12, Meaning.Min), (13, Meaning.Max), (14, Meaning.ZeroThreshold));

    private static readonly Meaning[] Summary = Table(
        (2, Meaning.Start), (3, Meaning.Time), (4, Meaning.Count), (5, Meaning.Sum), (6, Meaning.Quantiles), (7, Meaning.Attributes), (8, Meaning.Flags));

    public ulong Start, Time, Count, ZeroCount;
    public double Sum, Min, Max, ZeroThreshold, AsDouble;
    public long AsInt;
    public int Scale;
    public uint Flags;
    public bool HasSum, HasMin, HasMax, HasInt, HasDouble;
    public uint AttributesTag, ExemplarsTag;
    public FieldRange Attributes, Exemplars, Buckets, Bounds, Quantiles, Positive, Negative;

    private enum Meaning : byte
    {
        Unknown, Start, Time, AsDouble, AsInt, Exemplars, Attributes, Flags, Count, Sum, Buckets, Bounds, Min, Max, Scale, ZeroCount, Positive,
        Negative, ZeroThreshold, Quantiles,
    }

    public static PointFields Read(WireReader reader, MetricKind kind)
    {
        var meanings = kind switch
        {
            MetricKind.Gauge or MetricKind.Sum => Number,
            MetricKind.Histogram => Histogram,
            MetricKind.ExponentialHistogram => Exponential,
            _ => Summary,
        };
        var point = default(PointFields);
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            var field = tag >> 3;
            var meaning = field < (uint)meanings.Length ? meanings[field] : Meaning.Unknown;
            if (!point.TryTake(meaning, tag, start, ref reader)) reader.Skip(tag);
        }

        return point;
    }

    private bool TryTake(Meaning meaning, uint tag, int start, ref WireReader reader) => (WireType)(tag & 7) switch
    {
        WireType.Varint => TryTakeVarint(meaning, ref reader),
        WireType.Fixed64 => TryTakeFixed(meaning, start, ref reader),
        WireType.Bytes => TryTakeBytes(meaning, tag, start, ref reader),
        _ => false,
    };

    private bool TryTakeVarint(Meaning meaning, ref WireReader reader)
    {
        if (meaning == Meaning.Flags)
        {
            Flags = (uint)reader.Varint();
            return true;
        }

        if (meaning != Meaning.Scale) return false;
        Scale = ZigZag(reader.Varint());
        return true;
    }

    /// <summary>A sint32.</summary>
    public static int ZigZag(ulong value) => (int)((uint)value >> 1) ^ -(int)((uint)value & 1);

    private bool TryTakeFixed(Meaning meaning, int start, ref WireReader reader)
    {
        switch (meaning)
        {
            case Meaning.Start: Start = reader.Fixed64(); break;
            case Meaning.Time: Time = reader.Fixed64(); break;
            case Meaning.Count: Count = reader.Fixed64(); break;
            case Meaning.ZeroCount: ZeroCount = reader.Fixed64(); break;
            case Meaning.AsDouble: (AsDouble, HasDouble, HasInt) = (reader.Double(), true, false); break;
            case Meaning.AsInt: (AsInt, HasInt, HasDouble) = ((long)reader.Fixed64(), true, false); break;
            case Meaning.Sum: (Sum, HasSum) = (reader.Double(), true); break;
            case Meaning.Min: (Min, HasMin) = (reader.Double(), true); break;
            case Meaning.Max: (Max, HasMax) = (reader.Double(), true); break;
            case Meaning.ZeroThreshold: ZeroThreshold = reader.Double(); break;
            case Meaning.Buckets:
                reader.Fixed64();
                Buckets.Add(start, reader.At);
                break;
            case Meaning.Bounds:
                reader.Fixed64();
                Bounds.Add(start, reader.At);
                break;
            default: return false;
        }

        return true;
    }

    private bool TryTakeBytes(Meaning meaning, uint tag, int start, ref WireReader reader)
    {
        if (meaning is not (Meaning.Attributes or Meaning.Exemplars or Meaning.Buckets or Meaning.Bounds or Meaning.Quantiles or Meaning.Positive or Meaning.Negative))
            return false;
        reader.Bytes();
        switch (meaning)
        {
            case Meaning.Attributes:
                AttributesTag = tag;
                Attributes.Add(start, reader.At);
                break;
            case Meaning.Exemplars:
                ExemplarsTag = tag;
                Exemplars.Add(start, reader.At);
                break;
            case Meaning.Buckets: Buckets.Add(start, reader.At); break;
            case Meaning.Bounds: Bounds.Add(start, reader.At); break;
            case Meaning.Quantiles: Quantiles.Add(start, reader.At); break;
            case Meaning.Positive: Positive.Add(start, reader.At); break;
            default: Negative.Add(start, reader.At); break;
        }

        return true;
    }

    private static Meaning[] Table(params (int Field, Meaning Meaning)[] fields)
    {
        var table = new Meaning[fields[^1].Field + 1];
        foreach (var (field, meaning) in fields) table[field] = meaning;
        return table;
    }
}
