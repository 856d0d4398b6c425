using System.Globalization;
using System.Text.Json;
using Analysis.Trace;
using Explorer.Client.Display;

namespace Explorer.Server.Api;

/// <summary>
/// A trace as the waterfall in the browser takes it: columns of numbers, one entry per node, with every text once. Times are nanoseconds from
/// the trace's start. 100,000 spans are about 5 MB, and the browser needs no tree of its own.
/// </summary>
internal sealed class WaterfallJson(Utf8JsonWriter json, TraceModel model, TraceEvents events, IReadOnlyList<string> columns)
{
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public void Write()
    {
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
        WriteNodes();
        Numbers("path", model.Path.SelectMany(p => new[] { p.Node, p.StartUnixNs - tree.StartUnixNs, p.EndUnixNs - tree.StartUnixNs }));
        Numbers("repeats", model.Repeats.All.SelectMany(r => new[] { r.Parent, r.First, r.Count, r.TotalNs, r.StartUnixNs - tree.StartUnixNs, r.EndUnixNs - tree.StartUnixNs, r.Errors }));
        Numbers("marks", model.Marks.SelectMany(m => new[] { m.Node, (long)m.Mark.Kind, m.Mark.TimeUnixNs - tree.StartUnixNs, Text(m.Mark.Name) }));
        Numbers("skew", model.SkewNs.SelectMany((skew, node) => skew == 0 ? Array.Empty<long>() : [node, skew]));
        WriteColumns();
        WriteServices();
        json.WriteStartArray("texts");
        foreach (var text in _order) json.WriteStringValue(text);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteNodes()
    {
        var (nodes, start) = (model.Tree.Nodes, model.Tree.StartUnixNs);
        json.WriteStartArray("ids");
        foreach (var node in nodes) json.WriteStringValue(node.Id);
        json.WriteEndArray();
        Numbers("kinds", nodes.Select(n => n.Item is null ? 2L : (long)n.Item.Kind));
        Numbers("flags", nodes.Select(n => (n.Item is { IsError: true } ? 1L : 0) | (long)n.Flaws << 1));
        Numbers("parents", nodes.Select(n => (long)n.Parent));
        Numbers("names", nodes.Select(n => Text(n.Item?.Name ?? "")));
        Numbers("services", nodes.Select(n => Text(n.Item?.Service ?? "")));
        Numbers("statuses", nodes.Select(n => Text(n.Item?.Status ?? "")));
        Numbers("span_kinds", nodes.Select(n => Text(n.Item?.SpanKind ?? "")));
        Numbers("peers", nodes.Select(n => Text(n.Item?.Peer ?? "")));
        Numbers("starts", nodes.Select(n => n.Item is null ? -1 : n.Item.StartUnixNs - start));
        Numbers("durations", nodes.Select(n => n.Item?.DurationNs ?? 0));
        Numbers("self", model.SelfNs);
        Numbers("errors_below", nodes.Select(n => (long)n.Errors));
        Numbers("repeat_of", model.Repeats.Of.Select(r => (long)r));
    }

    private void WriteColumns()
    {
        json.WriteStartArray("columns");
        for (var i = 0; i < columns.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", columns[i]);
            Numbers("values", model.Tree.Nodes.Select(n => n.Item is { } item && item.Values[i] is { } value ? Text(value) : -1L));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // In the order of the waterfall, with the colour that each has on every page.
    private void WriteServices()
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

    private void Numbers(string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private long Text(string text)
    {
        if (_texts.TryGetValue(text, out var known)) return known;
        _texts.Add(text, known = _order.Count);
        // What could turn the writing direction or break a line is an escape, here as everywhere on a page.
        _order.Add(Format.Text(text, int.MaxValue));
        return known;
    }
}
