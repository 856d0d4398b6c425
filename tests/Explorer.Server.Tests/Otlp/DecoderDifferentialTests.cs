using System.Globalization;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Tests.Otlp.Reference;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp;

/// <summary>
/// The streaming decoder against generated messages: the same bytes give the same events, or are refused for the same kind of reason.
/// EXPLORER_DECODER_CASES raises the number of random cases.
/// </summary>
public sealed class DecoderDifferentialTests
{
    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("EXPLORER_DECODER_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out var cases) ? cases : 1500;

    [GoldenFact]
    public void Golden_requests_give_the_same_events()
    {
        var files = Directory.EnumerateFiles(TestData.Golden!, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".pb" or ".bin" or ".binpb").ToList();
        files.Count.ShouldBeGreaterThan(20);
        foreach (var file in files)
            foreach (var signal in Enum.GetValues<OtlpSignal>()) Compare(signal, File.ReadAllBytes(file), Schema.Empty).ShouldBeNull(file);
    }

    [Theory]
    [InlineData(OtlpSignal.Traces)]
    [InlineData(OtlpSignal.Logs)]
    [InlineData(OtlpSignal.Metrics)]
    public void Random_messages_give_the_same_events(object signal) =>
        Check((OtlpSignal)signal, seed => new WireMessages(seed).Request((OtlpSignal)signal), Schema.Empty, Cases);

    /// <summary>Columns that the store has take values in one request after the other without being asked for.</summary>
    [Theory]
    [InlineData(OtlpSignal.Traces)]
    [InlineData(OtlpSignal.Logs)]
    [InlineData(OtlpSignal.Metrics)]
    public void Random_messages_give_the_same_events_where_columns_are_known(object signal)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var seed = 0; seed < 300; seed++)
        {
            // Some of these are refused; the others bring names enough.
            var batches = BatchesOf((OtlpSignal)signal, new WireMessages(seed).Request((OtlpSignal)signal));
            names.UnionWith(batches.SelectMany(b => b.Columns).Select(c => c.Name));
            foreach (var batch in batches) batch.Dispose();
        }

        names.Count.ShouldBeGreaterThan(20);
        var schema = new Schema(names.Select(name => new Column(name, Storage.Events.ColumnType.String, 1, 1, 1)), 2_000);
        Check((OtlpSignal)signal, Request, schema, Cases);

        byte[] Request(int seed) => seed % 20 == 0 ? Many(seed, (OtlpSignal)signal) : new WireMessages(seed).Request((OtlpSignal)signal);
    }

    /// <summary>Requests behind each other are one: columns get many values, of the same names again and of types that change.</summary>
    [Theory]
    [InlineData(OtlpSignal.Traces)]
    [InlineData(OtlpSignal.Logs)]
    [InlineData(OtlpSignal.Metrics)]
    public void Long_random_messages_give_the_same_events(object signal) =>
        Check((OtlpSignal)signal, seed => Many(seed, (OtlpSignal)signal), Schema.Empty, Cases / 150);

    [Fact]
    public void Random_messages_give_the_same_events_where_columns_run_out()
    {
        var schema = new Schema([new Column("a", Storage.Events.ColumnType.String, 1, 1, 1)], maxColumns: 4);
        foreach (var signal in Enum.GetValues<OtlpSignal>()) Check(signal, seed => new WireMessages(seed).Request(signal), schema, Cases / 4);
    }

    [Theory]
    [InlineData(OtlpSignal.Traces)]
    [InlineData(OtlpSignal.Logs)]
    [InlineData(OtlpSignal.Metrics)]
    public void Changed_messages_give_the_same_events_or_are_both_refused(object signal) =>
        Check((OtlpSignal)signal, seed => Change(new WireMessages(seed).Request((OtlpSignal)signal), new Random(seed)), Schema.Empty, Cases);

    /// <summary>Whether a span can be taken and when it began may be said behind its attributes too, when its event has been begun.</summary>
    [Fact]
    public void Fields_behind_the_attributes_give_the_same_events()
    {
        var span = new Span { TraceId = Id(16), SpanId = Id(8), Name = "first", StartTimeUnixNano = 1_700_000_000_000_000_000, EndTimeUnixNano = 1_700_000_000_000_000_100 };
        foreach (var text in (string[])["short", new string('x', 200), "été", ""]) span.Attributes.Add(new KeyValue { Key = "text" + text.Length, Value = new AnyValue { StringValue = text } });
        Span[] behind =
        [
            new() { StartTimeUnixNano = 5 }, new() { StartTimeUnixNano = span.StartTimeUnixNano }, new() { TraceId = Id(3) }, new() { SpanId = Id(4) }, new() { ParentSpanId = Id(5) },
            new() { TraceId = ByteString.CopyFrom(new byte[16]) }, new() { SpanId = ByteString.CopyFrom([2, .. Id(7)]) }, new() { Name = "second", Attributes = { span.Attributes[0] } },
            new() { Attributes = { new KeyValue { Key = "SampleRate", Value = new AnyValue { IntValue = 7 } } }, Events = { new Span.Types.Event { Name = "event" } } },
        ];
        foreach (var more in behind)
        {
            byte[] changed = [.. span.ToByteArray(), .. more.ToByteArray()];
            byte[] spans = [.. Delimited(2, span.ToByteArray()), .. Delimited(2, changed), .. Delimited(2, changed), .. Delimited(2, span.ToByteArray())];
            Compare(OtlpSignal.Traces, Delimited(1, Delimited(2, spans)), Schema.Empty).ShouldBeNull();
        }

        static ByteString Id(int bytes) => ByteString.CopyFrom([.. Enumerable.Range(1, bytes).Select(i => (byte)i)]);
    }

    /// <summary>A byte that is not UTF-8 is stored as three: what is made of a body is made of what is stored.</summary>
    [Fact]
    public void Bodies_with_broken_bytes_have_the_template_of_what_is_stored()
    {
        for (var length = 240; length < 264; length++)
        {
            byte[] body = [.. Enumerable.Repeat((byte)'a', length), 0xFF];
            byte[] request = new byte[] { 5, 2, 2, 1 }.Aggregate(Delimited(1, body), (content, field) => Delimited(field, content));
            Compare(OtlpSignal.Logs, request, Schema.Empty).ShouldBeNull();
        }
    }

    private static byte[] Delimited(int field, byte[] content) =>
        [(byte)((field << 3) | 2), (byte)(content.Length & 0x7F | 0x80), (byte)(content.Length >> 7), .. content];

    private static IReadOnlyList<EventBatch> BatchesOf(OtlpSignal signal, byte[] request)
    {
        try
        {
            return ReferenceDecoder.Decode(signal, request, Schema.Empty, Events.Arrival, 512L << 20).Batches;
        }
        catch (RefusedException)
        {
            return [];
        }
    }

    private static byte[] Many(int seed, OtlpSignal signal)
    {
        var random = new Random(seed);
        var different = random.Next(1, 40);
        return [.. Enumerable.Range(0, 200).SelectMany(_ => new WireMessages(seed + random.Next(different)).Request(signal))];
    }

    private static void Check(OtlpSignal signal, Func<int, byte[]> request, Schema schema, int cases) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => Compare(signal, request(seed), schema).ShouldBeNull($"seed {seed}"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

    /// <returns>Null when both say the same.</returns>
    private static string? Compare(OtlpSignal signal, byte[] body, Schema schema)
    {
        var expected = Outcome(() => ReferenceDecoder.Decode(signal, body, schema, Events.Arrival, 512L << 20));
        var actual = Outcome(() => OtlpDecoder.Decode(signal, OtlpEncoding.Protobuf, body, schema, Events.Arrival, 512L << 20));
        if (expected == actual) return null;
        return $"{signal} {Convert.ToHexString(body)}\nexpected\n{expected}\nactual\n{actual}";
    }

    private static string Outcome(Func<DecodedRequest> decode)
    {
        try
        {
            var decoded = decode();
            var lines = Typed(decoded);
            foreach (var batch in decoded.Batches) batch.Dispose();
            return $"{decoded.Events} {decoded.Rejected} {decoded.RejectionReason} {decoded.OverflowedValues} {decoded.TruncatedValues}\n{lines}";
        }
        catch (RefusedException e)
        {
            return e.Answer.Verdict.ToString();
        }
    }

    /// <summary>Columns with their stored types, and bits rather than numbers: -0 and NaN count.</summary>
    private static string Typed(DecodedRequest decoded)
    {
        var lines = new List<string>();
        foreach (var batch in decoded.Batches)
        {
            lines.Add($"{batch.Count} {batch.MinTimeUnixNs} {batch.MaxTimeUnixNs}");
            foreach (var column in batch.Columns.OrderBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Type))
            {
                var values = Enumerable.Range(0, batch.Count).Select(row => (Row: row, Value: column.ValueAt(row))).Where(v => !v.Value.IsNull)
                    .Select(v => column.Type == StorageType.Float64 ? $"{v.Row}:{BitConverter.DoubleToInt64Bits(column.Float64s[column.IsDense ? v.Row : column.Rows.BinarySearch(v.Row)]):x}" : $"{v.Row}:{v.Value}");
                lines.Add($"{column.Name} {column.Type} {column.ValueCount} {string.Join(" | ", values)}");
            }
        }

        return string.Join('\n', lines);
    }

    private static byte[] Change(byte[] message, Random random)
    {
        if (message.Length == 0) return [(byte)random.Next(256)];
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(message.Length);
            switch (random.Next(5))
            {
                case 0: message[at] = (byte)random.Next(256); break;
                case 1: message[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: message[at] = (byte)(random.Next(2) == 0 ? 0 : 0xFF); break;
                case 3: message = [.. message[..at], (byte)random.Next(256), .. message[at..]]; break;
                default: if (message.Length > 1) message = random.Next(2) == 0 ? message[..^1] : [.. message[..at], .. message[(at + 1)..]]; break;
            }

            if (message.Length == 0) break;
        }

        return message;
    }
}
