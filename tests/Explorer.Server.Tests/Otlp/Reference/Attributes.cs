using System.Globalization;
using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Google.Protobuf.Collections;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>
/// Attributes as column values: scalars as they are, bytes in base64, arrays as JSON text, key-value lists as one value per entry with dots
/// between the keys. An empty key-value list is the text <c>{}</c>; a value without content is absent.
/// </summary>
/// <param name="maxNameBytes">
/// Bytes that the names made of keys may take over a whole request: a long key before a list of a million entries is repeated a million times.
/// </param>
internal sealed class Attributes(long maxNameBytes)
{
    private long _nameBytes;

    public void Flatten(RepeatedField<KeyValue> attributes, List<Leaf> into)
    {
        foreach (var attribute in attributes) Flatten(attribute.Key, attribute.Value, into);
    }

    public void Flatten(string name, AnyValue? value, List<Leaf> into)
    {
        switch (value?.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue: into.Add(new Leaf(name, value.StringValue)); break;
            case AnyValue.ValueOneofCase.BoolValue: into.Add(new Leaf(name, value.BoolValue)); break;
            case AnyValue.ValueOneofCase.IntValue: into.Add(new Leaf(name, value.IntValue)); break;
            case AnyValue.ValueOneofCase.DoubleValue: into.Add(new Leaf(name, value.DoubleValue)); break;
            case AnyValue.ValueOneofCase.BytesValue: into.Add(new Leaf(name, value.BytesValue.ToBase64())); break;
            case AnyValue.ValueOneofCase.ArrayValue: into.Add(new Leaf(name, JsonText.Of(value))); break;
            case AnyValue.ValueOneofCase.KvlistValue: FlattenList(name, value, into); break;
            default: return;
        }

        if (name == WellKnownColumns.SampleRate && into.Count > 0 && into[^1].Name == name) into[^1] = SampleRate(into[^1]);
    }

    /// <summary>A sample rate is a number, also when a sender writes it as text; what is no number keeps out of the column.</summary>
    public static Leaf SampleRate(Leaf leaf)
    {
        if (leaf.Type == StorageType.Int64) return leaf;
        var rate = leaf.Type == StorageType.Float64 ? leaf.Float64 : double.NaN;
        if (leaf.Text is { } text)
        {
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return new Leaf(leaf.Name, whole);
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out rate)) rate = double.NaN;
        }

        return double.IsFinite(rate) ? new Leaf(leaf.Name, rate) : leaf.Renamed(OwnColumns.Displaced + leaf.Name);
    }

    private void FlattenList(string name, AnyValue value, List<Leaf> into)
    {
        var entries = value.KvlistValue.Values;
        if (entries.Count == 0 || name.Length > EventBatchBuilder.MaxNameBytes)
        {
            // A name that is too long already cannot become a column; repeating it for each entry would only cost memory.
            into.Add(new Leaf(name, JsonText.Of(value)));
            return;
        }

        foreach (var entry in entries) Flatten(Join(name, entry.Key), entry.Value, into);
    }

    private string Join(string name, string key)
    {
        _nameBytes += (name.Length + key.Length) * sizeof(char);
        if (_nameBytes > maxNameBytes)
            throw new RefusedException(Verdict.TooLarge, $"the names within key-value lists would take more than {maxNameBytes >> 20} MiB");
        return string.Concat(name, ".", key);
    }
}
