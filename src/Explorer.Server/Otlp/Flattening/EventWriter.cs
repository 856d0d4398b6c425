using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>
/// Writes events of one request in layers: resource, scope, record; within and between layers the last value of a name wins, and the
/// fields of the record itself win over all attributes. What an attribute loses to a field is kept, see <see cref="OwnColumns"/>.
/// </summary>
/// <remarks>
/// A request becomes one batch unless its events take more than <see cref="BatchCost"/>. A small request can describe very many values
/// (a thousand attributes of a resource on each of a million empty log records), so the whole has a bound too.
/// A writer serves one request after another: its names, columns and buffers stay.
/// </remarks>
internal sealed partial class EventWriter
{
    /// <summary>Bytes of events after which a new batch begins; well below what a store lets wait for its disk.</summary>
    private const long BatchCost = 32L << 20;

    /// <summary>What a value takes beside its text: row number, value, and room to grow.</summary>
    private const int ValueCost = 16;

    /// <summary>Memory that a writer may keep from request to request; requests of 8 MiB need about as much.</summary>
    private const long MaxRetainedBytes = 16L << 20;

    /// <summary>Texts of which the writer keeps the places.</summary>
    public const int CommonTexts = 8;

    private readonly long[] _common = new long[CommonTexts];
    private readonly EventBatchBuilder _builder;
    private readonly KeyTable _keys = new();
    private readonly JsonText _json = new();
    private readonly Layer _resource = new();
    private readonly Layer _scope = new();
    private readonly LeafList _signal = new();
    private readonly LeafList _everyEvent = new();
    private readonly HashSet<string> _everyEventNames = new(StringComparer.Ordinal);
    private readonly LeafList _displaced = new();
    private readonly LeafList _placed = new();
    private readonly Dictionary<string, int> _rejections = new(StringComparer.Ordinal);
    private List<EventBatch> _batches = [];
    private Schema _schema;
    private long _arrival;
    private long _maxCost;
    private long _batchCost;
    private long _cost;
    private long _nameBytes;
    private int _sourceLength;
    private int _held;
    private bool _isHolding;

    /// <inheritdoc cref="Reset"/>
    public EventWriter(Schema schema, long arrivalUnixNs, long maxCost)
    {
        (_schema, _arrival, _maxCost) = (schema, arrivalUnixNs, maxCost);
        _builder = new EventBatchBuilder(schema);
        Keys = new OwnKeys(_keys);
    }

    /// <summary>The names of fields.</summary>
    public OwnKeys Keys { get; }

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

    /// <summary>Texts in JSON.</summary>
    public JsonText Json => _json;

    /// <summary>True where the writer has come to hold more than is good to keep for the next request.</summary>
    public bool IsWorn => _keys.IsFull || _builder.RetainedBytes > MaxRetainedBytes;

    /// <summary>True where attributes may be written before all fields of their record were read.</summary>
    public bool MayGoStraight { get; private set; }

    /// <summary>True where the request is to be written once more from its beginning, see <see cref="StartOver"/>.</summary>
    public bool MustStartOver { get; private set; }

    /// <summary>Takes the next request.</summary>
    /// <param name="schema">The store's schema now.</param>
    /// <param name="arrivalUnixNs">Time of events that have none of their own, Unix nanoseconds.</param>
    /// <param name="maxCost">Bytes that the events may take in memory; more is refused as too large.</param>
    public void Reset(Schema schema, long arrivalUnixNs, long maxCost)
    {
        (_schema, _arrival, _maxCost) = (schema, arrivalUnixNs, maxCost);
        _builder.Reset(schema);
        Array.Clear(_common);
        _resource.Clear();
        _scope.Clear();
        _displaced.Clear();
        _signal.Clear();
        _rejections.Clear();
        _batches = [];
        _isHolding = false;
        (_batchCost, _cost, _nameBytes) = (0, 0, 0);
        (Events, OverflowedValues, TruncatedValues, Rejected) = (0, 0, 0, 0);
    }

    /// <summary>Says where the request lies; it stays there until <see cref="Build"/> or <see cref="Abandon"/>.</summary>
    public void BeginRequest(nint address, int length, bool mayGoStraight = true)
    {
        (_builder.Source, _sourceLength) = (address, length);
        (MayGoStraight, MustStartOver) = (mayGoStraight, false);
    }

    /// <summary>
    /// Says that an event was begun which should not have been: its record says so behind its attributes. Nothing of the request counts until it is
    /// written again by whoever began it, not going straight.
    /// </summary>
    public void StartOver() => MustStartOver = true;

    /// <summary>Starts an event with the attributes of its resource and scope.</summary>
    /// <param name="timeUnixNs">Its time; 0 and what Int64 does not hold become the arrival time, and the event says so.</param>
    public void BeginEvent(ulong timeUnixNs)
    {
        if (!_isHolding) Hold();
        var valid = IsTime(timeUnixNs);
        _builder.BeginEvent(valid ? (long)timeUnixNs : _arrival);
        _batchCost += (long)_held * ValueCost;
        for (var i = 0; i < _everyEvent.Count; i++) Set(_everyEvent[i]);
        if (!valid) MarkInvalidTime();
    }

    /// <summary>True where Explorer keeps the time as it is.</summary>
    public static bool IsTime(ulong unixNs) => unixNs is > 0 and <= long.MaxValue;

    public void MarkInvalidTime() => Set(Keys.InvalidTime, true);

    /// <summary>A name; the same object for the same name, mostly.</summary>
    public Key Find(string name) => _keys.Find(name);

    public void Set(Leaf leaf)
    {
        switch (leaf.Type)
        {
            case StorageType.Bool: Set(leaf.Key, leaf.Bits != 0); break;
            case StorageType.Int64: Set(leaf.Key, leaf.Bits); break;
            case StorageType.Float64: Set(leaf.Key, leaf.Float64); break;
            default: Set(leaf.Key, leaf.Text); break;
        }
    }

    public void Set(Key key, ReadOnlySpan<byte> utf8)
    {
        _batchCost += ValueCost + key.Utf8.Length + utf8.Length;
        if (Slot(key) is { } slot) _builder.Set(slot, utf8);
        else _builder.Set(key.Name, utf8);
    }

    public void Set(Key key, long value)
    {
        _batchCost += ValueCost + key.Utf8.Length;
        if (Slot(key) is { } slot) _builder.Set(slot, value);
        else _builder.Set(key.Name, value);
    }

    public void Set(Key key, double value)
    {
        _batchCost += ValueCost + key.Utf8.Length;
        if (Slot(key) is { } slot) _builder.Set(slot, value);
        else _builder.Set(key.Name, value);
    }

    public void Set(Key key, bool value)
    {
        _batchCost += ValueCost + key.Utf8.Length;
        if (Slot(key) is { } slot) _builder.Set(slot, value);
        else _builder.Set(key.Name, value);
    }

    /// <summary>Sets one of a few texts that most events have.</summary>
    /// <param name="key">Its name, always the same.</param>
    /// <param name="number">Which one, less than <see cref="CommonTexts"/>.</param>
    /// <param name="utf8">The text.</param>
    public void SetCommon(Key key, int number, ReadOnlySpan<byte> utf8)
    {
        ref var place = ref _common[number];
        if (place == 0 && key.Slot is { } common) place = 1 + _builder.Place(common, utf8);
        if (place > 0 && _builder.TrySet(key.Slot!, StorageType.String, place - 1)) _batchCost += ValueCost;
        else Set(key, utf8);
    }

    /// <summary>Sets a text that OTLP calls absent when it is empty.</summary>
    public void SetText(Key key, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > 0) Set(key, utf8);
    }

    /// <summary>Sets a number that OTLP calls absent when it is 0.</summary>
    public void SetCount(Key key, long value)
    {
        if (value != 0) Set(key, value);
    }

    public void SetId(Key key, ReadOnlySpan<byte> id)
    {
        _batchCost += ValueCost + id.Length;
        if (Slot(key) is { } slot) _builder.SetId(slot, id);
        else _builder.SetId(key.Name, id);
    }

    /// <summary>True when the open event has a value of that name.</summary>
    public bool Has(Key key) => key.Slot is { } slot ? _builder.Has(slot) : _builder.Has(key.Name);

    public void EndEvent()
    {
        if (_resource.Displaced.Count + _scope.Displaced.Count + _displaced.Count > 0) SetDisplaced();
        CheckCost();
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

    /// <summary>The batches of the request, which the caller disposes. The writer is spent until <see cref="Reset"/>.</summary>
    public IReadOnlyList<EventBatch> Build()
    {
        if (_builder.Count > 0) Finish();
        BeginRequest(0, 0);
        return _batches;
    }

    /// <summary>Gives back what a request that is refused has come to.</summary>
    public void Abandon()
    {
        foreach (var batch in _batches) batch.Dispose();
        _batches = [];
        BeginRequest(0, 0);
    }

    private ColumnSlot? Slot(Key key) => key.Slot ??= _builder.Slot(key.Name);

    /// <summary>Sets attributes whose names fields may have: beside the field where there is one, in its place otherwise.</summary>
    private void SetDisplaced()
    {
        _placed.Clear();
        for (var i = 0; i < _resource.Displaced.Count; i++) _placed.Add(Place(_resource.Displaced[i]));
        for (var i = 0; i < _scope.Displaced.Count; i++) _placed.Add(Place(_scope.Displaced[i]));
        for (var i = 0; i < _displaced.Count; i++) _placed.Add(Place(_displaced[i]));
        _displaced.Clear();
        for (var i = 0; i < _placed.Count; i++) Set(_placed[i]);
    }

    private Leaf Place(Leaf leaf)
    {
        var same = leaf.Type == StorageType.Bool && leaf.Bits != 0 && leaf.Key.Name == WellKnownColumns.Error;
        var taken = OwnColumns.IsReserved(leaf.Key.Name) || (!same && Has(leaf.Key));
        return taken ? leaf.Renamed(Displaced(leaf.Key)) : leaf;
    }

    /// <summary>A value under the name that it has where its own is taken.</summary>
    public Leaf Displace(Leaf leaf) => leaf.Renamed(Displaced(leaf.Key));

    /// <summary>The name under which an attribute is kept whose own is taken.</summary>
    private Key Displaced(Key key) => key.Displaced ??= new Key(OwnColumns.Displaced + key.Name);

    private void CheckCost()
    {
        if (_cost + _batchCost > _maxCost)
            throw new RefusedException(Verdict.TooLarge, $"the events of the request would take more than {_maxCost >> 20} MiB; send fewer in one request");
    }

    private void Finish()
    {
        OverflowedValues += _builder.OverflowedValues;
        TruncatedValues += _builder.TruncatedValues;
        _batches.Add(_builder.Build());
        Array.Clear(_common);
        _builder.Reset(_schema);
        _isHolding = false;
        _cost += _batchCost;
        _batchCost = 0;
    }
}
