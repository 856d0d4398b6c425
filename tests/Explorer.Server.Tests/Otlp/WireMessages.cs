using System.Text;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Tests.Otlp;

/// <summary>
/// Random OTLP requests as bytes, in every form that protobuf allows and generated writers never use: fields in any order, repeated,
/// in pieces, of the wrong wire type, unknown; contents that replace each other; numbers longer than they need be; texts that are not UTF-8.
/// </summary>
internal sealed class WireMessages(int seed)
{
    private static readonly string[] Names =
    [
        "a", "b", "http.route", "service.name", "SampleRate", "name", "error", "time", "trace.trace_id", "meta.overflow", "event.name", "body",
        "metric.value", "scope.name", "duration_ms", "status_code", "", "k.é", "long." + new string('x', 60), "severity_text", "attributes.name", "z",
    ];

    private readonly Random _random = new(seed);

    public byte[] Request(OtlpSignal signal) => Many(1, 0.6, () => Message(
        Pieces(1, Resource), Many(2, 0.6, () => Scope(signal)), Maybe(3, Text)));

    private byte[] Scope(OtlpSignal signal) => Message(
        Pieces(1, () => Message(Maybe(1, Text), Maybe(2, Text), Attributes(3), Number(4))),
        Many(2, 0.7, signal switch { OtlpSignal.Traces => Span, OtlpSignal.Logs => LogRecord, _ => Metric }),
        Maybe(3, Text));

    private byte[] Resource() => Message(Attributes(1), Number(2));

    private byte[] Span() => Message(
        Id(1, 16), Id(2, 8), Maybe(3, TraceState), Chance(0.5) ? Id(4, 8) : [], Maybe(5, Text), Number(6), Time(7), Time(8), Attributes(9), Number(10),
        Many(11, 0.3, () => Message(Time(1), Maybe(2, Text), Attributes(3), Number(4))), Number(12),
        Many(13, 0.3, () => Message(Id(1, 16), Id(2, 8), Maybe(3, Text), Attributes(4), Number(5), Fixed32(6))), Number(14),
        Pieces(15, () => Message(Maybe(2, Text), Chance(0.5) ? Field(3, 0, Varint((ulong)_random.Next(4))) : [])), Fixed32(16));

    private byte[] LogRecord() => Message(
        Time(1), Number(2), Maybe(3, Text), Pieces(5, () => Value(0)), Attributes(6), Number(7), Fixed32(8), Id(9, 16), Id(10, 8), Time(11), Maybe(12, Text));

    private byte[] Metric()
    {
        var data = Many(0, 0.5, () => []); // shapes the random sequence only
        var kind = new[] { 5, 7, 9, 10, 11 }[_random.Next(5)];
        return Message(Maybe(1, Text), Maybe(2, Text), Maybe(3, Text), data, Data(kind), Chance(0.1) ? Data(new[] { 5, 7, 9, 10, 11 }[_random.Next(5)]) : [], Attributes(12));
    }

    private byte[] Data(int kind) => Pieces(kind, () => Message(
        Many(1, 0.6, kind switch { 5 or 7 => NumberPoint, 9 => HistogramPoint, 10 => ExponentialPoint, _ => SummaryPoint }),
        Chance(0.5) ? Field(2, 0, Varint((ulong)_random.Next(4))) : [], Chance(0.5) ? Field(3, 0, Varint((ulong)_random.Next(2))) : []));

    private byte[] NumberPoint() => Message(Time(2), Time(3), Double(4), Exemplars(5), Fixed64(6), Attributes(7), Number(8));

    private byte[] HistogramPoint() => Message(
        Time(2), Time(3), Fixed64(4), Double(5), Numbers(6, () => Bytes8((ulong)_random.Next(100)), 1), Numbers(7, () => Bytes8(BitConverter.DoubleToUInt64Bits(AnyDouble())), 1),
        Exemplars(8), Attributes(9), Number(10), Double(11), Double(12));

    private byte[] ExponentialPoint() => Message(
        Attributes(1), Time(2), Time(3), Fixed64(4), Double(5), Number(6), Fixed64(7), Pieces(8, Buckets), Pieces(9, Buckets), Number(10), Exemplars(11),
        Double(12), Double(13), Double(14));

    private byte[] SummaryPoint() => Message(
        Time(2), Time(3), Fixed64(4), Double(5), Many(6, 0.5, () => Message(Double(1), Double(2))), Attributes(7), Number(8));

    private byte[] Buckets() => Message(Number(1), Numbers(2, () => Varint(AnyNumber()), 0));

    private byte[] Exemplars(int field) => Many(field, 0.3, () => Message(Time(2), Double(3), Id(4, 8), Id(5, 16), Fixed64(6), Attributes(7)));

    private byte[] Attributes(int field) => Many(field, 0.6, () => Attribute(0));

    private byte[] Attribute(int depth) => Message(Maybe(1, Name, 0.95), Pieces(2, () => Value(depth), 0.95));

    private byte[] Value(int depth) => _random.Next(depth > 4 ? 6 : 8) switch
    {
        0 => [],
        1 or 2 => Message(Field(1, 2, Text())),
        3 => Message(Field(2, 0, Varint((ulong)_random.Next(2)))),
        4 => Message(Field(3, 0, Varint(AnyNumber()))),
        5 => Chance(0.3) ? Field(7, 2, Blob()) : Field(4, 1, Bytes8(BitConverter.DoubleToUInt64Bits(AnyDouble()))),
        6 => Message(Pieces(5, () => Message(Many(1, 0.6, () => Value(depth + 1)))), Chance(0.1) ? Value(5) : []),
        _ => Message(Pieces(6, () => Message(Many(1, 0.6, () => Attribute(depth + 1)))), Chance(0.1) ? Value(5) : []),
    };

    /// <summary>The parts in random order, now and then with one twice or with something unknown between them.</summary>
    private byte[] Message(params byte[][] parts)
    {
        var all = parts.Where(p => p.Length > 0).ToList();
        if (Chance(0.1)) all = [.. all.OrderBy(_ => _random.Next())];
        if (Chance(0.03) && all.Count > 0) all.Add(all[_random.Next(all.Count)]);
        if (Chance(0.05)) all.Insert(_random.Next(all.Count + 1), Unknown());
        return [.. all.SelectMany(p => p)];
    }

    private byte[] Unknown() => _random.Next(4) switch
    {
        0 => Field(_random.Next(1, 20), 0, Varint(AnyNumber())),
        1 => Field(_random.Next(17, 3000), 2, Blob()),
        2 => Field(_random.Next(1, 20), 1, Bytes8(AnyNumber())),
        _ => Field(_random.Next(1, 20), 5, Bytes8(AnyNumber())[..4]),
    };

    private byte[] Many(int field, double more, Func<byte[]> item)
    {
        var all = new List<byte>();
        for (var i = 0; i < 6 && Chance(more); i++) all.AddRange(Field(field == 0 ? 99 : field, 2, item()));
        return field == 0 ? [] : [.. all];
    }

    /// <summary>A message, now and then in two or three pieces.</summary>
    private byte[] Pieces(int field, Func<byte[]> item, double chance = 0.7)
    {
        if (!Chance(chance)) return [];
        var all = new List<byte>(Field(field, 2, item()));
        while (Chance(0.05)) all.AddRange(Field(field, 2, item()));
        return [.. all];
    }

    private byte[] Maybe(int field, Func<byte[]> item, double chance = 0.5) => Chance(chance) ? Field(field, 2, item()) : [];

    private byte[] Number(int field) => Chance(0.3) ? Field(field, 0, Varint(AnyNumber())) : [];

    private byte[] Fixed32(int field) => Chance(0.3) ? Field(field, 5, Bytes8((ulong)_random.Next(0x400))[..4]) : [];

    private byte[] Fixed64(int field) => Chance(0.5) ? Field(field, 1, Bytes8(AnyNumber())) : [];

    private byte[] Double(int field) => Chance(0.5) ? Field(field, 1, Bytes8(BitConverter.DoubleToUInt64Bits(AnyDouble()))) : [];

    private byte[] Time(int field) =>
        Chance(0.8) ? Field(field, 1, Bytes8(Chance(0.1) ? AnyNumber() : 1_700_000_000_000_000_000 + (ulong)_random.Next())) : [];

    private byte[] Id(int field, int bytes)
    {
        if (Chance(0.03)) return [];
        var id = new byte[Chance(0.03) ? _random.Next(20) : bytes];
        if (!Chance(0.02)) _random.NextBytes(id);
        return Field(field, 2, id);
    }

    private byte[] Numbers(int field, Func<byte[]> number, int wireType)
    {
        var all = new List<byte>();
        while (Chance(0.5))
        {
            if (Chance(0.3)) all.AddRange(Field(field, wireType, number()));
            else all.AddRange(Field(field, 2, [.. Enumerable.Range(0, _random.Next(4)).SelectMany(_ => number())]));
        }

        return [.. all];
    }

    private byte[] Name() => Chance(0.05) ? Blob() : Encoding.UTF8.GetBytes(Names[_random.Next(Names.Length)]);

    private byte[] Text() => _random.Next(13) switch
    {
        5 => Encoding.UTF8.GetBytes(new string('a', _random.Next(300)) + _random.Next(4)),
        0 => Blob(),
        1 => [],
        2 => Encoding.UTF8.GetBytes(new string('é', _random.Next(200))),
        3 => "1.5"u8.ToArray(),
        4 => "\"quoted\" \\ <b> \u2028 🚀 \0\n"u8.ToArray(),
        _ => Encoding.UTF8.GetBytes("text " + _random.Next(4)),
    };

    private byte[] TraceState() => Encoding.UTF8.GetBytes(new[] { "ot=th:8", "a=b,ot=th:fd70a3d70a3d71;rv:1", "ot=th:zz", "x", " ot=th:c " }[_random.Next(5)]);

    private byte[] Blob()
    {
        var bytes = new byte[_random.Next(12)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private ulong AnyNumber() => _random.Next(6) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => long.MaxValue,
        3 => 1UL << 63,
        4 => (ulong)_random.Next(300),
        _ => (ulong)_random.NextInt64(),
    };

    private double AnyDouble() => _random.Next(8) switch
    {
        0 => double.NaN,
        1 => double.PositiveInfinity,
        2 => -0.0,
        3 => double.MaxValue,
        4 => double.Epsilon,
        5 => _random.Next(10),
        _ => _random.NextDouble() * 1000,
    };

    private byte[] Field(int number, int wireType, byte[] content) =>
        [.. Varint((ulong)number << 3 | (uint)wireType), .. wireType == 2 ? Varint((ulong)content.Length) : [], .. content];

    /// <summary>A number, now and then longer than it needs to be.</summary>
    private byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)(value & 0x7F));
            value >>= 7;
        }
        while (value > 0);
        while (bytes.Count < 10 && Chance(0.01)) bytes.Add(0);
        for (var i = 0; i < bytes.Count - 1; i++) bytes[i] |= 0x80;
        return [.. bytes];
    }

    private static byte[] Bytes8(ulong value) => BitConverter.GetBytes(value);

    private bool Chance(double chance) => _random.NextDouble() < chance;
}
