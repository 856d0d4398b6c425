using System.Text.Json;
using Explorer.Server.Otlp.Flattening;
using Storage.Events;

namespace Explorer.Server.Otlp.EventsApi;

/// <summary>
/// JSON events as events. The sender names the columns itself, ids and durations included; objects become one column per entry with dots
/// between the names, arrays JSON text. Only what Explorer alone can know is not for senders to set.
/// </summary>
internal static class EventFlattener
{
    /// <summary>Writes an event.</summary>
    /// <param name="data">Its columns: an object with at least one entry.</param>
    /// <param name="timeUnixNs">Its time; 0 for a time that cannot be used.</param>
    /// <param name="sampleRate">How many events it stands for, where that was said beside the data.</param>
    /// <param name="dataset">Its service, unless the data names one.</param>
    public static void Write(JsonElement data, ulong timeUnixNs, Leaf? sampleRate, string dataset, EventWriter writer)
    {
        writer.BeginEvent(timeUnixNs);
        foreach (var property in data.EnumerateObject()) Write(property.Name, property.Value, sampleRate is not null, writer);
        if (sampleRate is { } rate) writer.Set(rate);
        if (!writer.Has(WellKnownColumns.ServiceName)) writer.Set(WellKnownColumns.ServiceName, dataset);
        if (!writer.Has(WellKnownColumns.SignalType))
        {
            var isTrace = writer.Has(WellKnownColumns.SpanId) || writer.Has(WellKnownColumns.AnnotationType);
            writer.Set(WellKnownColumns.SignalType, isTrace ? TraceFlattener.Signal : LogFlattener.Signal);
        }

        writer.EndEvent();
    }

    private static void Write(string name, JsonElement value, bool hasSampleRate, EventWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(name, value, hasSampleRate, writer);
                break;
            case JsonValueKind.Array:
                Set(new Leaf(name, JsonText.Of(value, static (json, v) => v.WriteTo(json))), hasSampleRate, writer);
                break;
            case JsonValueKind.String:
                Set(new Leaf(name, value.GetString()!), hasSampleRate, writer);
                break;
            case JsonValueKind.Number:
                Set(value.TryGetInt64(out var whole) ? new Leaf(name, whole) : new Leaf(name, value.GetDouble()), hasSampleRate, writer);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                Set(new Leaf(name, value.GetBoolean()), hasSampleRate, writer);
                break;
        }
    }

    private static void WriteObject(string name, JsonElement value, bool hasSampleRate, EventWriter writer)
    {
        var empty = true;
        if (name.Length <= EventBatchBuilder.MaxNameBytes)
        {
            foreach (var property in value.EnumerateObject())
            {
                empty = false;
                Write(string.Concat(name, ".", property.Name), property.Value, hasSampleRate, writer);
            }
        }

        if (empty) Set(new Leaf(name, JsonText.Of(value, static (json, v) => v.WriteTo(json))), hasSampleRate, writer);
    }

    private static void Set(Leaf leaf, bool hasSampleRate, EventWriter writer)
    {
        switch (leaf.Name)
        {
            case WellKnownColumns.TraceId:
                SetId(leaf, Ids.TraceIdBytes, writer);
                break;
            case WellKnownColumns.SpanId or WellKnownColumns.ParentId or WellKnownColumns.LinkSpanId:
                SetId(leaf, Ids.SpanIdBytes, writer);
                break;
            case WellKnownColumns.LinkTraceId:
                SetId(leaf, Ids.TraceIdBytes, writer);
                break;
            case WellKnownColumns.SampleRate when !hasSampleRate:
                writer.Set(Attributes.SampleRate(leaf));
                break;
            case WellKnownColumns.SignalType when leaf.Text is TraceFlattener.Signal or LogFlattener.Signal or MetricFlattener.Signal:
                writer.Set(leaf);
                break;
            case WellKnownColumns.Time or WellKnownColumns.InvalidTime or WellKnownColumns.Truncated or WellKnownColumns.Overflow
                or WellKnownColumns.SampleRate or WellKnownColumns.SignalType:
                writer.Set(leaf.Renamed(OwnColumns.Displaced + leaf.Name));
                break;
            default:
                writer.Set(leaf);
                break;
        }
    }

    /// <summary>Ids in OpenTelemetry's form are stored as its ids are, so that they meet; any other id is kept as it is written.</summary>
    private static void SetId(Leaf leaf, int bytes, EventWriter writer)
    {
        if (leaf.Text is not { } text)
        {
            writer.Set(leaf);
            return;
        }

        if (text.Length == 0) return; // how many senders say that a span has no parent
        Span<byte> id = stackalloc byte[bytes];
        var isHex = text.Length == bytes * 2 && Convert.FromHexString(text, id, out _, out _) == System.Buffers.OperationStatus.Done;
        if (isHex && Ids.IsId(id, bytes)) writer.SetId(leaf.Name, id);
        else writer.Set(leaf);
    }
}
