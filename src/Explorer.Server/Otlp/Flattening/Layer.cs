namespace Explorer.Server.Otlp.Flattening;

/// <summary>What all events of a resource or scope have in common, flattened once.</summary>
internal sealed class Layer
{
    public LeafList Attributes { get; } = new();

    /// <summary>Columns from fields of the layer; they win over attributes of all layers.</summary>
    public LeafList Fields { get; } = new();

    /// <summary>Attributes whose names fields may have.</summary>
    public LeafList Displaced { get; } = new();

    /// <summary>True where one of the attributes is a sample rate.</summary>
    public bool HasSampleRate { get; set; }

    public void Clear()
    {
        Attributes.Clear();
        Fields.Clear();
        Displaced.Clear();
        HasSampleRate = false;
    }
}
