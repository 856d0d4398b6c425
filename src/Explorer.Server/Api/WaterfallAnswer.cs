using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Analysis.Trace;
using Explorer.Client.Display;

namespace Explorer.Server.Api;

/// <summary>
/// A trace as the waterfall in the browser takes it: columns of numbers, one entry per node, with every text once. Times are nanoseconds from
/// the trace's start. The numbers stand as they lie in memory: nothing writes them as text, and the browser reads them in place.
/// <para>Four bytes that give the length of the head, the head (JSON, its end padded with blanks), and the columns that its <c>arrays</c> list:
/// name, type (<c>u8</c>, <c>i32</c>, <c>f64</c>, little-endian) and count, each at a multiple of eight bytes.</para>
/// </summary>
internal sealed class WaterfallAnswer(TraceModel model, TraceEvents events, IReadOnlyList<string> columns)
{
    public const string MediaType = "application/vnd.explorer.waterfall";

    private const int Alignment = 8;

    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<(string Name, string Type, int Count, byte[] Bytes)> _arrays = [];

    public async Task WriteAsync(HttpContext context)
    {
        AddNodes();
        AddLists();
        for (var i = 0; i < columns.Count; i++) Add($"column{i.ToString(CultureInfo.InvariantCulture)}", n => n.Item is { } item && item.Values[i] is { } value ? Text(value) : -1);
        var head = Head();
        var pad = Padding(sizeof(int) + head.Length);
        context.Response.ContentType = MediaType;
        var output = context.Response.BodyWriter;
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), head.Length + pad);
        output.Advance(sizeof(int));
        output.Write(head);
        output.Write(Blanks[..pad]);
        foreach (var (_, _, _, bytes) in _arrays)
        {
            await output.WriteAsync(bytes, context.RequestAborted);
            output.Write(Blanks[..Padding(bytes.Length)]);
        }

        await output.FlushAsync(context.RequestAborted);
    }

    private static ReadOnlySpan<byte> Blanks => "       "u8;

    private static int Padding(int length) => -length & (Alignment - 1);

    private void AddNodes()
    {
        var nodes = model.Tree.Nodes;
        Add<byte>("kinds", "u8", [.. nodes.Select(n => n.Item is null ? (byte)2 : (byte)n.Item.Kind)]);
        Add<byte>("flags", "u8", [.. nodes.Select(n => (byte)((n.Item is { IsError: true } ? 1 : 0) | (int)n.Flaws << 1))]);
        Add("parents", n => n.Parent);
        Add("names", n => Text(n.Item?.Name ?? ""));
        Add("services", n => Text(n.Item?.Service ?? ""));
        Add("statuses", n => Text(n.Item?.Status ?? ""));
        Add("span_kinds", n => Text(n.Item?.SpanKind ?? ""));
        Add("peers", n => Text(n.Item?.Peer ?? ""));
        Add("errors_below", n => n.Errors);
        Add<int>("repeat_of", "i32", [.. model.Repeats.Of]);
        Numbers("starts", nodes.Select(n => n.Item is null ? -1 : n.Item.StartUnixNs - model.Tree.StartUnixNs));
        Numbers("durations", nodes.Select(n => n.Item?.DurationNs ?? 0));
        Numbers("self", model.SelfNs);
    }

    // What belongs to a node is looked up by it: these stand by node, those of one in the order of their times.
    private void AddLists()
    {
        var start = model.Tree.StartUnixNs;
        Numbers("path", model.Path.OrderBy(p => p.Node).SelectMany(p => new[] { p.Node, p.StartUnixNs - start, p.EndUnixNs - start }));
        Numbers("repeats", model.Repeats.All.SelectMany(r => new[] { r.Parent, r.First, r.Count, r.TotalNs, r.StartUnixNs - start, r.EndUnixNs - start, r.Errors }));
        Numbers("marks", model.Marks.OrderBy(m => m.Node).SelectMany(m => new[] { m.Node, (long)m.Mark.Kind, m.Mark.TimeUnixNs - start, Text(m.Mark.Name) }));
        Numbers("skew", model.SkewNs.SelectMany((skew, node) => skew == 0 ? Array.Empty<long>() : [node, skew]));
    }

    private void Add(string name, Func<TraceNode, int> of) => Add<int>(name, "i32", [.. model.Tree.Nodes.Select(of)]);

    // Whole nanoseconds are exact up to 104 days, as everywhere in a browser.
    private void Numbers(string name, IEnumerable<long> numbers) => Add<double>(name, "f64", [.. numbers.Select(n => (double)n)]);

    private void Add<T>(string name, string type, T[] values) where T : unmanaged => _arrays.Add((name, type, values.Length, MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));

    private byte[] Head()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Json.WriterOptions);
        var tree = model.Tree;
        json.WriteStartObject();
        json.WriteNumber("events", events.Events);
        json.WriteNumber("left_out", events.LeftOut);
        json.WriteString("start", tree.StartUnixNs.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("duration", tree.EndUnixNs - tree.StartUnixNs);
        json.WriteNumber("spans", tree.Spans);
        json.WriteNumber("logs", tree.Logs);
        json.WriteNumber("errors", tree.Errors);
        json.WriteNumber("levels", tree.Levels);
        json.WriteNumber("root", tree.Root);
        WriteServices(json);
        WriteTexts(json, "ids", tree.Nodes.Select(n => n.Id));
        WriteTexts(json, "columns", columns);
        WriteTexts(json, "texts", _order);
        json.WriteStartArray("arrays");
        foreach (var (name, type, count, _) in _arrays)
        {
            json.WriteStartArray();
            json.WriteStringValue(name);
            json.WriteStringValue(type);
            json.WriteNumberValue(count);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    // In the order of the waterfall, with the colour that each has on every page.
    private void WriteServices(Utf8JsonWriter json)
    {
        var colors = new ServiceColors();
        var skews = ClockSkew.ByService(model.Tree, model.SkewNs).ToDictionary(s => s.Service, s => s.SkewNs, StringComparer.Ordinal);
        json.WriteStartArray("legend");
        foreach (var service in model.Tree.Nodes.Where(n => n.Item is not null).Select(n => n.Item!.Service).Distinct(StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteNumber("service", Text(service));
            json.WriteNumber("color", colors.NumberOf(service));
            json.WriteNumber("skew", skews.GetValueOrDefault(service));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private int Text(string text)
    {
        if (_texts.TryGetValue(text, out var known)) return known;
        _texts.Add(text, known = _order.Count);
        // What could turn the writing direction or break a line is an escape, here as everywhere on a page.
        _order.Add(Format.Text(text, int.MaxValue));
        return known;
    }
}
