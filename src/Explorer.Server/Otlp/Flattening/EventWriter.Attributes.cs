using System.Buffers.Text;
using Explorer.Server.Otlp.Decoding;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <content>
/// Attributes as column values: scalars as they are, bytes in base64, arrays as JSON text, key-value lists as one value per entry with dots
/// between the keys. An empty key-value list is the text <c>{}</c>; a value without content is absent.
/// </content>
internal sealed partial class EventWriter
{
    private const byte KeyTag = 0x0A;
    private const byte ValueTag = 0x12;
    private const byte TextTag = 0x0A;
    private const uint ListItemTag = 0x0A;

    private byte[] _scratch = new byte[256];
    private Layer? _into;
    private bool _mayHaveSampleRate;
    private StorageType? _ownRateType;
    private long _ownRateBits;

    /// <summary>True where the attributes of the record before, or its resource or scope, say how many it stands for.</summary>
    public bool HasSampleRate => _ownRateType is not null || _scope.HasSampleRate || _resource.HasSampleRate;

    /// <summary>Says what kind of telemetry all events of the request are.</summary>
    public void BeginSignal(ReadOnlySpan<byte> signal) => _signal.Add(new Leaf(Keys.SignalType, StorageType.String, 0, signal));

    /// <summary>Takes a resource for the events that follow.</summary>
    /// <param name="message">Its message, of depth 2; empty when there is none.</param>
    /// <param name="origin">Where that begins in the request.</param>
    /// <param name="schemaUrl">Its schema, or empty.</param>
    public void BeginResource(ReadOnlySpan<byte> message, int origin, ReadOnlySpan<byte> schemaUrl)
    {
        _resource.Clear();
        _scope.Clear();
        _isHolding = false;
        _into = _resource;
        uint dropped = 0;
        var reader = new WireReader(message, origin);
        while (!reader.IsEnd)
        {
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x0A: Attribute(reader.Message(), 3); break;
                case 0x10: dropped = (uint)reader.Varint(); break;
                default: reader.Skip(tag); break;
            }
        }

        _into = null;
        if (dropped > 0) _resource.Fields.Add(new Leaf(Keys.ResourceDroppedAttributes, StorageType.Int64, dropped, []));
        if (schemaUrl.Length > 0) _resource.Fields.Add(new Leaf(Keys.ResourceSchemaUrl, StorageType.String, 0, schemaUrl));
    }

    /// <summary>Takes a scope for the events that follow.</summary>
    /// <param name="message">Its message, of depth 3; empty when there is none.</param>
    /// <param name="origin">Where that begins in the request.</param>
    /// <param name="schemaUrl">Its schema, or empty.</param>
    public void BeginScope(ReadOnlySpan<byte> message, int origin, ReadOnlySpan<byte> schemaUrl)
    {
        _scope.Clear();
        _isHolding = false;
        _into = _scope;
        uint dropped = 0;
        ReadOnlySpan<byte> name = default, version = default;
        var reader = new WireReader(message, origin);
        while (!reader.IsEnd)
        {
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x0A: name = reader.Bytes(); break;
                case 0x12: version = reader.Bytes(); break;
                case 0x1A: Attribute(reader.Message(), 4); break;
                case 0x20: dropped = (uint)reader.Varint(); break;
                default: reader.Skip(tag); break;
            }
        }

        _into = null;
        if (name.Length > 0) _scope.Fields.Add(new Leaf(Keys.ScopeName, StorageType.String, 0, name));
        if (version.Length > 0) _scope.Fields.Add(new Leaf(Keys.ScopeVersion, StorageType.String, 0, version));
        if (dropped > 0) _scope.Fields.Add(new Leaf(Keys.ScopeDroppedAttributes, StorageType.Int64, dropped, []));
        if (schemaUrl.Length > 0) _scope.Fields.Add(new Leaf(Keys.ScopeSchemaUrl, StorageType.String, 0, schemaUrl));
    }

    /// <summary>The open record's own attributes.</summary>
    /// <param name="reader">The record's message.</param>
    /// <param name="range">Where in it attributes are.</param>
    /// <param name="tag">Their tag.</param>
    /// <param name="depth">How many messages each is in.</param>
    /// <param name="mayHaveSampleRate">False where the sample rate is another's; then an attribute of that name is displaced.</param>
    public void Attributes(WireReader reader, FieldRange range, uint tag, int depth, bool mayHaveSampleRate = true)
    {
        _mayHaveSampleRate = mayHaveSampleRate;
        if (mayHaveSampleRate) _ownRateType = null;
        MoreAttributes(reader, range, tag, depth);
    }

    /// <summary>The open record's own attributes that begin where the reader is; it is moved to the first other field.</summary>
    /// <inheritdoc cref="Attributes"/>
    public void NextAttributes(ref WireReader reader, uint tag, int depth)
    {
        _mayHaveSampleRate = true;
        _ownRateType = null;
        while (!reader.IsEnd && reader.All[reader.At] == tag)
        {
            reader.At = UsualAttributes(reader.Readable, reader.At, reader.All.Length, tag);
            if (reader.IsEnd || reader.All[reader.At] != tag) return;
            reader.Tag();
            Attribute(reader.Message(), depth);
        }
    }

    /// <summary>Attributes of the open record that come after others of it.</summary>
    /// <inheritdoc cref="Attributes"/>
    public void MoreAttributes(WireReader reader, FieldRange range, uint tag, int depth)
    {
        reader.At = range.Start;
        while (true)
        {
            reader.At = UsualAttributes(reader.Readable, reader.At, range.End, tag);
            if (reader.At >= range.End) return;
            var next = reader.Tag();
            if (next == tag) Attribute(reader.Message(), depth);
            else reader.Skip(next);
        }
    }

    /// <summary>A structured value as columns of their own below a name.</summary>
    public void Flatten(Key key, WireValue value, int depth)
    {
        _mayHaveSampleRate = true;
        FlattenValue(key, value, depth);
    }

    /// <summary>An attribute as columns below a name.</summary>
    public void FlattenBelow(ReadOnlySpan<byte> name, WireAttribute attribute, int depth) =>
        Flatten(_keys.Find(Join(name, attribute.Key)), attribute.Value, depth);

    /// <summary>Sets the sample rate that the record before had by its own attributes, on one of its events or links.</summary>
    public void SetOwnSampleRate()
    {
        if (_ownRateType is { } type) Set(new Leaf(Keys.SampleRate, type, _ownRateBits, []));
    }

    /// <summary>Makes a sample rate that follows from a record's trace state its own.</summary>
    public void AdoptSampleRate(double rate)
    {
        if (rate == Math.Floor(rate)) (_ownRateType, _ownRateBits) = (StorageType.Int64, (long)rate);
        else (_ownRateType, _ownRateBits) = (StorageType.Float64, BitConverter.DoubleToInt64Bits(rate));
    }

    private void Attribute(WireReader message, int depth)
    {
        var attribute = WireAttribute.Read(message.All, message.Place, depth);
        if (attribute.Value.Kind != WireKind.None) FlattenValue(_keys.Find(attribute.Key), attribute.Value, depth + 1);
    }

    private void FlattenValue(Key key, WireValue value, int depth)
    {
        switch (value.Kind)
        {
            case WireKind.Text: Emit(new Leaf(key, StorageType.String, 0, value.Content)); break;
            case WireKind.Bool: Emit(new Leaf(key, StorageType.Bool, value.Bits, [])); break;
            case WireKind.Int64: Emit(new Leaf(key, StorageType.Int64, value.Bits, [])); break;
            case WireKind.Float64: Emit(new Leaf(key, StorageType.Float64, value.Bits, [])); break;
            case WireKind.Bytes: Emit(new Leaf(key, StorageType.String, 0, Base64Text(value.Content))); break;
            case WireKind.Array: Emit(new Leaf(key, StorageType.String, 0, _json.Of(value, depth))); break;
            case WireKind.List: FlattenList(key, value, depth); break;
        }
    }

    private void FlattenList(Key key, WireValue list, int depth)
    {
        WireShape.CheckDepth(depth + 1);
        // A name that is too long already cannot become a column; repeating it for each entry would only cost memory.
        var any = false;
        var reader = new WireReader(list.Content, list.Origin);
        while (key.Name.Length <= EventBatchBuilder.MaxNameBytes && !reader.IsEnd)
        {
            var tag = reader.Tag();
            if (tag != ListItemTag)
            {
                reader.Skip(tag);
                continue;
            }

            any = true;
            var message = reader.Message();
            var entry = WireAttribute.Read(message.All, message.Place, depth + 2);
            var joined = Join(key.Utf8, entry.Key);
            if (entry.Value.Kind != WireKind.None) FlattenValue(_keys.Find(joined), entry.Value, depth + 3);
        }

        if (!any) Emit(new Leaf(key, StorageType.String, 0, _json.Of(list, depth)));
    }

    /// <summary>
    /// Names take bytes of a request of their own, which are bounded: a long key before a list of a million entries is repeated a million times.
    /// </summary>
    private ReadOnlySpan<byte> Join(ReadOnlySpan<byte> name, ReadOnlySpan<byte> entry)
    {
        var length = name.Length + 1 + entry.Length;
        _nameBytes += length * sizeof(char);
        if (_nameBytes > _maxCost)
            throw new RefusedException(Verdict.TooLarge, $"the names within key-value lists would take more than {_maxCost >> 20} MiB");
        if (_scratch.Length < length) _scratch = new byte[Math.Max(length, 2 * _scratch.Length)];
        name.CopyTo(_scratch);
        _scratch[name.Length] = (byte)'.';
        entry.CopyTo(_scratch.AsSpan(name.Length + 1));
        return _scratch.AsSpan(0, length);
    }

    /// <summary>Bytes in base64; valid until the next call.</summary>
    public ReadOnlySpan<byte> Base64Text(ReadOnlySpan<byte> bytes)
    {
        var length = Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        if (_scratch.Length < length) _scratch = new byte[length];
        Base64.EncodeToUtf8(bytes, _scratch, out _, out var written);
        return _scratch.AsSpan(0, written);
    }

    private void Emit(Leaf leaf)
    {
        if (leaf.Key.IsSampleRate) EmitSampleRate(leaf);
        else if (_into is not null) (leaf.Key.IsOwn ? _into.Displaced : _into.Attributes).Add(leaf);
        else if (leaf.Key.IsOwn) _displaced.Add(leaf);
        else Set(leaf);
    }

    private void EmitSampleRate(Leaf leaf)
    {
        var isRate = leaf.TryReadRate(out var rate);
        if (!isRate) rate = leaf.Renamed(Displaced(leaf.Key));
        if (_into is { } layer)
        {
            layer.HasSampleRate |= isRate;
            layer.Attributes.Add(rate);
        }
        else if (isRate && !_mayHaveSampleRate)
        {
            Set(rate.Renamed(Displaced(leaf.Key)));
        }
        else
        {
            if (isRate) (_ownRateType, _ownRateBits) = (rate.Type, rate.Bits);
            Set(rate);
        }
    }

    /// <summary>Lets the events that follow have what their resource and scope have.</summary>
    private void Hold()
    {
        _builder.ReleaseHeld();
        _everyEvent.Clear();
        _everyEventNames.Clear();
        _held = 0;
        Hold(_resource.Attributes);
        Hold(_scope.Attributes);
        Hold(_resource.Fields);
        Hold(_scope.Fields);
        Hold(_signal);
        _isHolding = true;
    }

    private void Hold(LeafList leaves)
    {
        for (var i = 0; i < leaves.Count; i++)
        {
            var leaf = leaves[i];
            _batchCost += leaf.Key.Utf8.Length + leaf.Text.Length;
            if (!_everyEventNames.Contains(leaf.Key.Name) && Slot(leaf.Key) is { } slot && TryHold(slot, leaf))
            {
                _held++;
                continue;
            }

            _everyEvent.Add(leaf);
            _everyEventNames.Add(leaf.Key.Name);
        }
    }

    private bool TryHold(ColumnSlot slot, Leaf leaf) => leaf.Type switch
    {
        StorageType.Bool => _builder.TryHold(slot, leaf.Bits != 0),
        StorageType.Int64 => _builder.TryHold(slot, leaf.Bits),
        StorageType.Float64 => _builder.TryHold(slot, leaf.Float64),
        _ => _builder.TryHold(slot, leaf.Text),
    };
}
