using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Google.Protobuf.Collections;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>
/// Writes events of one request in layers: resource, scope, record; within and between layers the last value of a name wins, and the
/// fields of the record itself win over all attributes. What an attribute loses to a field is kept, see <see cref="OwnColumns"/>.
/// </summary>
/// <remarks>
/// A request becomes one batch unless its events take more than <see cref="BatchCost"/>. A small request can describe very many values
/// (a thousand attributes of a resource on each of a million empty log records), so the whole has a bound too.
/// </remarks>
internal sealed class EventWriter
{
    /// <summary>Bytes of events after which a new batch begins; well below what a store lets wait for its disk.</summary>
    private const long BatchCost = 32L << 20;

    /// <summary>What a value takes beside its text: row number, value, and room to grow.</summary>
    private const int ValueCost = 16;

    private readonly Schema _schema;
    private readonly long _arrival;
    private readonly long _maxCost;
    private readonly List<EventBatch> _batches = [];
    private readonly Attributes _flattener;
    private readonly Layer _resource;
    private readonly Layer _scope;
    private readonly List<Leaf> _record = [];
    private readonly List<Leaf> _displaced = [];
    private readonly Dictionary<string, int> _rejections = new(StringComparer.Ordinal);
    private EventBatchBuilder _builder;
    private long _batchCost;
    private long _cost;

    /// <param name="schema">The store's schema now.</param>
    /// <param name="arrivalUnixNs">Time of events that have none of their own, Unix nanoseconds.</param>
    /// <param name="maxCost">Bytes that the events may take in memory; more is refused as too large.</param>
    public EventWriter(Schema schema, long arrivalUnixNs, long maxCost)
    {
        _schema = schema;
        _arrival = arrivalUnixNs;
        _maxCost = maxCost;
        _builder = new EventBatchBuilder(schema);
        _flattener = new Attributes(maxCost);
        _resource = new Layer(_flattener);
        _scope = new Layer(_flattener);
    }

    /// <summary>Finished events.</summary>
    public int Events { get; private set; }

    /// <summary>Values in meta.overflow.</summary>
    public int OverflowedValues { get; private set; }

    /// <summary>Values that were cut.</summary>
    public int TruncatedValues { get; private set; }

    /// <summary>Records that were not written.</summary>
    public int Rejected { get; private set; }

    /// <summary>Why records were not written; null when none were.</summary>
    public string? RejectionReason => Rejected == 0 ? null : string.Join("; ", _rejections.Select(r => $"{r.Value} rejected: {r.Key}"));

    public void BeginResource(Resource? resource, string schemaUrl)
    {
        _resource.Clear();
        _scope.Clear();
        if (resource is not null)
        {
            _resource.Add(resource.Attributes);
            if (resource.DroppedAttributesCount > 0) _resource.Fields.Add(new Leaf(OwnColumns.ResourceDroppedAttributes, resource.DroppedAttributesCount));
        }

        if (schemaUrl.Length > 0) _resource.Fields.Add(new Leaf(OwnColumns.ResourceSchemaUrl, schemaUrl));
    }

    public void BeginScope(InstrumentationScope? scope, string schemaUrl)
    {
        _scope.Clear();
        if (scope is not null)
        {
            _scope.Add(scope.Attributes);
            if (scope.Name.Length > 0) _scope.Fields.Add(new Leaf(WellKnownColumns.ScopeName, scope.Name));
            if (scope.Version.Length > 0) _scope.Fields.Add(new Leaf(WellKnownColumns.ScopeVersion, scope.Version));
            if (scope.DroppedAttributesCount > 0) _scope.Fields.Add(new Leaf(OwnColumns.ScopeDroppedAttributes, scope.DroppedAttributesCount));
        }

        if (schemaUrl.Length > 0) _scope.Fields.Add(new Leaf(OwnColumns.ScopeSchemaUrl, schemaUrl));
    }

    /// <summary>Starts an event with the attributes of its resource and scope.</summary>
    /// <param name="timeUnixNs">Its time; 0 and what Int64 does not hold become the arrival time, and the event says so.</param>
    public void BeginEvent(ulong timeUnixNs)
    {
        var valid = IsTime(timeUnixNs);
        _builder.BeginEvent(valid ? (long)timeUnixNs : _arrival);
        foreach (var leaf in _resource.Attributes.Concat(_scope.Attributes).Concat(_resource.Fields).Concat(_scope.Fields)) leaf.SetOn(_builder);
        if (!valid) MarkInvalidTime();
    }

    /// <summary>True where Explorer keeps the time as it is.</summary>
    public static bool IsTime(ulong unixNs) => unixNs is > 0 and <= long.MaxValue;

    public void MarkInvalidTime() => Set(WellKnownColumns.InvalidTime, true);

    /// <summary>The open record's own attributes.</summary>
    /// <param name="mayHaveSampleRate">False where the sample rate is another's; then an attribute of that name is displaced.</param>
    public void Attributes(RepeatedField<KeyValue> attributes, bool mayHaveSampleRate = true)
    {
        _record.Clear();
        _flattener.Flatten(attributes, _record);
        foreach (var leaf in _record)
        {
            if (OwnColumns.Contains(leaf.Name)) _displaced.Add(leaf);
            else if (!mayHaveSampleRate && leaf.Name == WellKnownColumns.SampleRate) Set(leaf.Renamed(OwnColumns.Displaced + leaf.Name));
            else Set(leaf);
        }
    }

    /// <summary>A structured value as columns of their own below a name.</summary>
    public void Flatten(string name, AnyValue value)
    {
        _record.Clear();
        _flattener.Flatten(name, value, _record);
        foreach (var leaf in _record) Set(leaf);
    }

    /// <summary>The sample rate that the open record has by its own attributes, else its scope's, else its resource's.</summary>
    public Leaf? SampleRate(RepeatedField<KeyValue> attributes)
    {
        for (var i = attributes.Count - 1; i >= 0; i--)
        {
            if (attributes[i].Key != WellKnownColumns.SampleRate) continue;
            _record.Clear();
            _flattener.Flatten(attributes[i].Key, attributes[i].Value, _record);
            if (_record.Count == 1 && _record[0].Name == WellKnownColumns.SampleRate) return _record[0];
        }

        return _scope.SampleRate ?? _resource.SampleRate;
    }

    public void Set(Leaf leaf)
    {
        leaf.SetOn(_builder);
        Pay(ValueCost + leaf.Name.Length + (leaf.Text?.Length ?? 0));
    }

    public void Set(string name, string value) => Set(new Leaf(name, value));

    public void Set(string name, long value) => Set(new Leaf(name, value));

    public void Set(string name, double value) => Set(new Leaf(name, value));

    public void Set(string name, bool value) => Set(new Leaf(name, value));

    /// <summary>Sets a text that OTLP calls absent when it is empty.</summary>
    public void SetText(string name, string value)
    {
        if (value.Length > 0) Set(name, value);
    }

    /// <summary>Sets a number that OTLP calls absent when it is 0.</summary>
    public void SetCount(string name, long value)
    {
        if (value != 0) Set(name, value);
    }

    public void SetId(string name, ReadOnlySpan<byte> id)
    {
        _builder.SetId(name, id);
        Pay(ValueCost + id.Length);
    }

    /// <summary>True when the open event has a value of that name.</summary>
    public bool Has(string name) => _builder.Has(name);

    public void EndEvent()
    {
        if (_resource.Displaced.Count + _scope.Displaced.Count + _displaced.Count > 0) SetDisplaced();
        _builder.EndEvent();
        Events++;
        if (_batchCost > BatchCost) Finish();
    }

    /// <summary>Counts a record that cannot be stored; everything else of the request goes on.</summary>
    public void Reject(string reason)
    {
        Rejected++;
        _rejections[reason] = _rejections.GetValueOrDefault(reason) + 1;
    }

    /// <summary>The batches of the request. The writer is spent.</summary>
    public IReadOnlyList<EventBatch> Build()
    {
        if (_builder.Count > 0) Finish();
        return _batches;
    }

    /// <summary>Sets attributes whose names fields may have: beside the field where there is one, in its place otherwise.</summary>
    private void SetDisplaced()
    {
        _record.Clear();
        foreach (var leaf in _resource.Displaced) _record.Add(Place(leaf));
        foreach (var leaf in _scope.Displaced) _record.Add(Place(leaf));
        foreach (var leaf in _displaced) _record.Add(Place(leaf));
        _displaced.Clear();
        foreach (var leaf in _record) Set(leaf);
    }

    private Leaf Place(Leaf leaf)
    {
        var same = leaf is { Name: WellKnownColumns.Error, Type: StorageType.Bool, Bool: true };
        var taken = OwnColumns.IsReserved(leaf.Name) || (!same && _builder.Has(leaf.Name));
        return taken ? leaf.Renamed(OwnColumns.Displaced + leaf.Name) : leaf;
    }

    private void Pay(long bytes)
    {
        _batchCost += bytes;
        if (_cost + _batchCost > _maxCost)
            throw new RefusedException(Verdict.TooLarge, $"the events of the request would take more than {_maxCost >> 20} MiB; send fewer in one request");
    }

    private void Finish()
    {
        OverflowedValues += _builder.OverflowedValues;
        TruncatedValues += _builder.TruncatedValues;
        _batches.Add(_builder.Build());
        _builder = new EventBatchBuilder(_schema);
        _cost += _batchCost;
        _batchCost = 0;
    }
}
