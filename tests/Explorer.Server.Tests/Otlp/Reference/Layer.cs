using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Google.Protobuf.Collections;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>What all events of a resource or scope have in common, flattened once.</summary>
internal sealed class Layer(Attributes flattener)
{
    private readonly List<Leaf> _attributes = [];
    public List<Leaf> Attributes => _attributes;

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
}
