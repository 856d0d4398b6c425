using System.Text;
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
    /// <param name="sampleRate">How many events it stands for, where that was said beside the data; else none.</param>
    /// <param name="dataset">Its service, unless the data names one.</param>
    public static void Write(JsonElement data, ulong timeUnixNs, Leaf sampleRate, string dataset, EventWriter writer)
    {
        var keys = writer.Keys;
        writer.BeginEvent(timeUnixNs);
        foreach (var property in data.EnumerateObject()) Write(property.Name, property.Value, !sampleRate.IsNone, writer);
        if (!sampleRate.IsNone) writer.Set(sampleRate);
        if (!writer.Has(keys.ServiceName)) writer.Set(keys.ServiceName, Encoding.UTF8.GetBytes(dataset));
        if (!writer.Has(keys.SignalType))
        {
            var isTrace = writer.Has(keys.SpanId) || writer.Has(keys.AnnotationType);
            writer.Set(keys.SignalType, isTrace ? "trace"u8 : "log"u8);
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
                Set(Text(name, JsonText.Of(value, static (json, v) => v.WriteTo(json)), writer), hasSampleRate, writer);
                break;
            case JsonValueKind.String:
                Set(Text(name, value.GetString()!, writer), hasSampleRate, writer);
                break;
            case JsonValueKind.Number:
                Set(Number(name, value, writer), hasSampleRate, writer);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                Set(new Leaf(writer.Find(name), StorageType.Bool, value.GetBoolean() ? 1 : 0, []), hasSampleRate, writer);
                break;
        }
    }

    private static Leaf Text(string name, string text, EventWriter writer) => new(writer.Find(name), StorageType.String, 0, Encoding.UTF8.GetBytes(text));

    private static Leaf Number(string name, JsonElement value, EventWriter writer) => value.TryGetInt64(out var whole)
        ? new Leaf(writer.Find(name), StorageType.Int64, whole, [])
        : new Leaf(writer.Find(name), StorageType.Float64, BitConverter.DoubleToInt64Bits(value.GetDouble()), []);

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

        if (empty) Set(Text(name, JsonText.Of(value, static (json, v) => v.WriteTo(json)), writer), hasSampleRate, writer);
    }

    private static void Set(Leaf leaf, bool hasSampleRate, EventWriter writer)
    {
        switch (leaf.Key.Name)
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
                writer.Set(leaf.TryReadRate(out var rate) ? rate : writer.Displace(leaf));
                break;
            case WellKnownColumns.SignalType when leaf.Text.SequenceEqual("trace"u8) || leaf.Text.SequenceEqual("log"u8) || leaf.Text.SequenceEqual("metric"u8):
                writer.Set(leaf);
                break;
            case WellKnownColumns.Time or WellKnownColumns.InvalidTime or WellKnownColumns.Truncated or WellKnownColumns.Overflow
                or WellKnownColumns.SampleRate or WellKnownColumns.SignalType:
                writer.Set(writer.Displace(leaf));
                break;
            default:
                writer.Set(leaf);
                break;
        }
    }

    /// <summary>Ids in OpenTelemetry's form are stored as its ids are, so that they meet; any other id is kept as it is written.</summary>
    private static void SetId(Leaf leaf, int bytes, EventWriter writer)
    {
        var text = leaf.Text;
        if (leaf.Type != StorageType.String)
        {
            writer.Set(leaf);
            return;
        }

        if (text.Length == 0) return; // how many senders say that a span has no parent
        Span<byte> id = stackalloc byte[bytes];
        var isHex = text.Length == bytes * 2 && Convert.FromHexString(text, id, out _, out _) == System.Buffers.OperationStatus.Done;
        if (isHex && Ids.IsId(id, bytes)) writer.SetId(leaf.Key, id);
        else writer.Set(leaf);
    }
}
