using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Collections;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>What all events of a resource or scope have in common, flattened once and laid into a batch once.</summary>
internal sealed class Layer(Attributes flattener)
{
    private readonly List<Leaf> _attributes = [];
    private EventBatchBuilder? _builder;

    /// <summary>The attributes as the builder of the last <see cref="ShareOn"/> takes them.</summary>
    public List<SharedValue> SharedAttributes { get; } = [];

    /// <summary>The fields, likewise.</summary>
    public List<SharedValue> SharedFields { get; } = [];

    /// <summary>Columns from fields of the layer; they win over attributes of all layers.</summary>
    public List<Leaf> Fields { get; } = [];

    /// <summary>Attributes whose names fields may have.</summary>
    public List<Leaf> Displaced { get; } = [];

    public Leaf? SampleRate { get; private set; }

    public void Clear()
    {
        _attributes.Clear();
        Fields.Clear();
        Displaced.Clear();
        SampleRate = null;
        _builder = null;
    }

    public void Add(RepeatedField<KeyValue> attributes)
    {
        flattener.Flatten(attributes, _attributes);
        foreach (var leaf in _attributes)
        {
            if (OwnColumns.Contains(leaf.Name)) Displaced.Add(leaf);
            else if (leaf.Name == WellKnownColumns.SampleRate) SampleRate = leaf;
        }

        if (Displaced.Count > 0) _attributes.RemoveAll(leaf => OwnColumns.Contains(leaf.Name));
    }

    /// <summary>Lays the values into a builder unless they are there already.</summary>
    /// <returns>Bytes of text laid.</returns>
    public long ShareOn(EventBatchBuilder builder)
    {
        if (_builder == builder) return 0;
        _builder = builder;
        return Share(_attributes, SharedAttributes) + Share(Fields, SharedFields);
    }

    private long Share(List<Leaf> leaves, List<SharedValue> shared)
    {
        long bytes = 0;
        shared.Clear();
        foreach (var leaf in leaves)
        {
            shared.Add(leaf.ShareOn(_builder!));
            bytes += leaf.Name.Length + (leaf.Text?.Length ?? 0);
        }

        return bytes;
    }
}
