using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Benchmarks.Workloads;

/// <summary>Writes the events of <see cref="Workload.W2"/>.</summary>
internal sealed class WideGenerator
{
    public const int Names = 2_000;
    public const int NewNamesPerMinute = 5;

    private const int TextNames = 1_200;
    private const int IntNames = 700;
    private const int NamesPerEvent = 60;
    private const int Minutes = 12;
    private const int Pods = 20;
    private const byte Attribute = 0x4A;

    private readonly Zipf _ranks = new(Names);
    private readonly int[] _names;
    private readonly byte[][] _keys;
    private readonly byte[][] _drift;
    private readonly long[] _usedBy = new long[Names];
    private readonly byte[] _text = new byte[64];
    private readonly long _spans;
    private readonly long _start;
    private Dice _dice;

    public WideGenerator(int seed, long spans, long start)
    {
        _dice = new Dice(seed);
        _spans = spans;
        _start = start;
        // Which name has which rank is shuffled, so that frequent and rare names are of all types.
        _names = [.. Enumerable.Range(0, Names)];
        var order = new Dice(7);
        for (var i = Names - 1; i > 0; i--)
        {
            var j = order.Below(i + 1);
            (_names[i], _names[j]) = (_names[j], _names[i]);
        }

        _keys = [.. Enumerable.Range(0, Names).Select(i => Encoding.ASCII.GetBytes(KeyOf(i)))];
        _drift = [.. Enumerable.Range(0, Minutes * NewNamesPerMinute).Select(i => Encoding.ASCII.GetBytes($"drift.field_{i:D3}"))];
    }

    /// <summary>The name of an attribute; the first 1,200 are texts, the next 700 integers, the last 100 floats.</summary>
    public static string KeyOf(int index) => string.Create(CultureInfo.InvariantCulture, $"team{index % 40:D2}.module.field_{index:D4}");

    public IEnumerable<byte[]> Requests()
    {
        var buffer = new OtlpBuffer(1 << 20);
        var duration = TimeSpan.FromMinutes(Minutes).Ticks * 100;
        for (long written = 0, inRequest = 0, request = 0; written < _spans;)
        {
            WriteSpan(buffer, written, _start + (long)((double)written / _spans * duration));
            written++;
            if (++inRequest < Workload.BatchSpans && written < _spans) continue;
            yield return OtlpRequest.Of(Resource((int)(request++ % Pods)), buffer.Written);
            buffer.Clear();
            inRequest = 0;
        }
    }

    private static byte[] Resource(int pod)
    {
        var buffer = new OtlpBuffer(256);
        buffer.StringAttribute(0x0A, "service.name"u8, Encoding.ASCII.GetBytes($"wide-{pod / 4}"));
        buffer.StringAttribute(0x0A, "k8s.pod.name"u8, Encoding.ASCII.GetBytes($"wide-{pod / 4}-{pod % 4}"));
        return buffer.Written.ToArray();
    }

    private void WriteSpan(OtlpBuffer buffer, long index, long start)
    {
        buffer.Reserve(16_384);
        Span<byte> id = stackalloc byte[16];
        var span = buffer.Begin(0x12);
        BinaryPrimitives.WriteUInt64BigEndian(id, _dice.Next() | 1);
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], _dice.Next());
        buffer.Bytes(0x0A, id);
        BinaryPrimitives.WriteUInt64BigEndian(id, _dice.Next() | 1);
        buffer.Bytes(0x12, id[..8]);
        buffer.Bytes(0x2A, "wide.event"u8);
        buffer.Byte(0x30);
        buffer.Byte(2);
        buffer.Fixed64(0x39, (ulong)start);
        buffer.Fixed64(0x41, (ulong)(start + 1_000_000 + _dice.Below(50_000_000)));
        for (var used = 0; used < NamesPerEvent;)
        {
            var rank = _ranks.Draw(ref _dice);
            if (_usedBy[rank] == index + 1) continue;
            _usedBy[rank] = index + 1;
            used++;
            WriteValue(buffer, _names[rank]);
        }

        var minute = (int)(index * Minutes / _spans);
        var known = (minute + 1) * NewNamesPerMinute;
        if (_dice.Below(12) == 0)
        {
            for (var i = known - NewNamesPerMinute; i < known; i++) buffer.IntAttribute(Attribute, _drift[i], (ulong)_dice.Below(1_000));
        }

        buffer.End(span);
    }

    private void WriteValue(OtlpBuffer buffer, int name)
    {
        switch (name)
        {
            case < TextNames:
                var count = (int)Math.Pow(10, 1 + (name % 5)); // 10 to 100,000 values
                "value-"u8.CopyTo(_text);
                Utf8Formatter.TryFormat(_dice.Below(count), _text.AsSpan(6), out var digits);
                buffer.StringAttribute(Attribute, _keys[name], _text.AsSpan(0, 6 + digits));
                break;
            case < TextNames + IntNames:
                buffer.IntAttribute(Attribute, _keys[name], (ulong)_dice.Below(100_000));
                break;
            default:
                buffer.DoubleAttribute(Attribute, _keys[name], _dice.Below(1_000_000) / 64.0);
                break;
        }
    }
}
