using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>What a metric carries; the numbers are those of its fields.</summary>
internal enum MetricKind
{
    None = 0,
    Gauge = 5,
    Sum = 7,
    Histogram = 9,
    ExponentialHistogram = 10,
    Summary = 11,
}

/// <summary>The fields of a metric, and of the message that has its points.</summary>
internal ref struct MetricFields
{
    public const uint MetadataTag = 0x62;
    public const int DataDepth = 4;

    public ReadOnlySpan<byte> Name, Description, Unit;
    public FieldRange Metadata;
    public MetricKind Kind;
    public ReadOnlySpan<byte> Data;
    public int DataOrigin;
    public int Temporality;
    public bool IsMonotonic;

    public static MetricFields Read(WireReader reader)
    {
        var metric = default(MetricFields);
        var (pieces, firstPiece) = (0, 0);
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x0A: metric.Name = reader.Bytes(); break;
                case 0x12: metric.Description = reader.Bytes(); break;
                case 0x1A: metric.Unit = reader.Bytes(); break;
                case 0x2A or 0x3A or 0x4A or 0x52 or 0x5A:
                    if (metric.TakeData((MetricKind)(tag >> 3), ref reader, ref pieces)) firstPiece = start;
                    break;
                case MetadataTag:
                    reader.Bytes();
                    metric.Metadata.Add(start, reader.At);
                    break;
                default: reader.Skip(tag); break;
            }
        }

        if (pieces > 1)
        {
            var tag = (uint)metric.Kind << 3 | (uint)WireType.Bytes;
            metric.Data = WirePieces.Join(reader.All, tag, reader.Place - reader.All.Length, firstPiece, WireShape.Metric.Inner(tag), DataDepth);
        }

        metric.ReadData();
        return metric;
    }

    /// <summary>Takes data. What it replaces is checked; what it continues too.</summary>
    /// <returns>True where it is the first piece of its kind.</returns>
    private bool TakeData(MetricKind kind, ref WireReader reader, ref int pieces)
    {
        if (Kind != MetricKind.None) WireShape.Metric.Inner((uint)Kind << 3).Check(Data, DataOrigin, DataDepth);
        Data = reader.Bytes();
        DataOrigin = reader.Place - Data.Length;
        pieces = kind == Kind ? pieces + 1 : 1;
        Kind = kind;
        return pieces == 1;
    }

    private void ReadData()
    {
        if (Kind is not (MetricKind.Sum or MetricKind.Histogram or MetricKind.ExponentialHistogram)) return;
        var reader = new WireReader(Data, DataOrigin);
        while (!reader.IsEnd)
        {
            var tag = reader.Tag();
            if (tag == 0x10) Temporality = (int)reader.Varint();
            else if (tag == 0x18 && Kind == MetricKind.Sum) IsMonotonic = reader.Varint() != 0;
            else reader.Skip(tag);
        }
    }
}
