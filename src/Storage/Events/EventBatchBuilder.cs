using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Storage.Events;

/// <summary>
/// Collects events into an <see cref="EventBatch"/>. Not thread-safe. Names become columns; a name that cannot (empty, longer than
/// <see cref="MaxNameBytes"/>, beyond the schema's bound, or beyond what one event may add to it) keeps its value in <see cref="WellKnownColumns.Overflow"/> of its event.
/// Within one event the last value set for a name wins, whatever its type.
/// </summary>
public sealed partial class EventBatchBuilder
{
    /// <summary>Longest text value in UTF-8 bytes; longer ones are cut at a character and the event gets meta.truncated.</summary>
    public const int MaxValueBytes = 1 << 20;

    /// <summary>Longest column name in UTF-8 bytes.</summary>
    public const int MaxNameBytes = 4096;

    /// <summary>
    /// Of the columns that are still free, one event leaves this share to others (a quarter), once it has brought
    /// <see cref="MinNewNames"/>. So a sender that puts data into attribute names does not take the columns of everyone after it.
    /// </summary>
    private const int FreeShare = 4;

    private const int MinNewNames = 64;

    /// <summary>
    /// Events after which texts that lie elsewhere are taken over: they are still in the processor's cache. More where columns are more: most
    /// have few values then, and the walk over them costs more than the texts do.
    /// </summary>
    private const int SettledEvents = 128;

    /// <summary>The text is data, never part of a page: letters stay as they are instead of taking six bytes each.</summary>
    private static readonly JsonWriterOptions OverflowJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, ColumnSlot> _byName = new(StringComparer.Ordinal);
    private readonly List<ColumnSlot> _admitted = [];
    private readonly List<ColumnSlot> _held = [];
    private readonly ColumnSlot _time;
    private readonly List<ColumnBuffer> _columns = [];
    private readonly Dictionary<string, JsonElementWriter> _overflow = new(StringComparer.Ordinal);
    private Schema _schema;
    private byte[] _utf8 = new byte[256];
    private int _newNames;
    private int _newNamesBound;
    private int _settledNewNames;
    private int _settledEvents;
    private int _row = -1;
    private bool _open;
    private bool _truncated;

    /// <summary>False where names were admitted since they were put in order.</summary>
    private bool _isOrdered;

    /// <summary>True where there is nothing to forget: whoever builds a batch resets at once, and again for the next request, when thousands of slots have left the processor's cache.</summary>
    private bool _isClean;
    private long _minTime = long.MaxValue;
    private long _maxTime = long.MinValue;

    internal delegate void JsonElementWriter(Utf8JsonWriter writer);

    /// <param name="schema">The store's schema now: its names stay columns, and its bound says how many new ones may come.</param>
    public EventBatchBuilder(Schema schema)
    {
        _schema = schema;
        BoundNewNames();
        _time = Slot(WellKnownColumns.Time)!;
    }

    /// <summary>Finished events.</summary>
    public int Count { get; private set; }

    /// <summary>Values that went to meta.overflow because their name could not become a column.</summary>
    public int OverflowedValues { get; private set; }

    /// <summary>Values that were cut.</summary>
    public int TruncatedValues { get; private set; }

    /// <summary>Starts the next event.</summary>
    /// <param name="timeUnixNs">Its time, Unix nanoseconds, 1 to Int64.MaxValue.</param>
    public void BeginEvent(long timeUnixNs)
    {
        if (_open) throw new InvalidOperationException("the previous event was not ended");
        (_open, _isClean) = (true, false);
        _row = Count;
        _minTime = Math.Min(_minTime, timeUnixNs);
        _maxTime = Math.Max(_maxTime, timeUnixNs);
        Set(_time, timeUnixNs);
    }

    public void Set(string name, bool value)
    {
        if (Slot(name) is { } slot) Set(slot, value);
        else OverflowFlag(name, value);
    }

    public void Set(string name, long value)
    {
        if (Slot(name) is { } slot) Set(slot, value);
        else OverflowNumber(name, value);
    }

    public void Set(string name, double value)
    {
        if (Slot(name) is { } slot) Set(slot, value);
        else OverflowNumber(name, value);
    }

    /// <summary>Sets a text; lone surrogates become U+FFFD.</summary>
    public void Set(string name, string value)
    {
        // As much of it as can matter: every character takes at least a byte.
        var start = value.AsSpan(0, Math.Min(value.Length, MaxValueBytes + 1));
        var most = Encoding.UTF8.GetMaxByteCount(start.Length);
        if (most > _utf8.Length) _utf8 = new byte[most];
        Set(name, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(start, _utf8)));
    }

    /// <summary>Sets a text; bytes that are not UTF-8 become U+FFFD.</summary>
    public void Set(string name, ReadOnlySpan<byte> utf8)
    {
        if (Slot(name) is { } slot) Set(slot, utf8);
        else OverflowText(name, Storable(utf8));
    }

    /// <summary>Sets a trace or span id.</summary>
    public void SetId(string name, ReadOnlySpan<byte> id)
    {
        if (Slot(name) is { } slot) SetId(slot, id);
        else Set(name, Convert.ToHexStringLower(id));
    }

    /// <summary>True when the open event has a value of that name.</summary>
    public bool Has(string name) => (_byName.TryGetValue(name, out var slot) && slot.Has(_row)) || _overflow.ContainsKey(name);

    /// <summary>Finishes the event.</summary>
    public void EndEvent()
    {
        if (!_open) throw new InvalidOperationException("no event was begun");
        if (_truncated) Set(WellKnownColumns.Truncated, true);
        if (_overflow.Count > 0) WriteOverflow();
        _truncated = false;
        _open = false;
        Count++;
        if (Count - _settledEvents >= Math.Max(SettledEvents, _admitted.Count)) Settle();
        if (_newNames != _settledNewNames) BoundNewNames();
    }

    /// <summary>The finished events as a batch, which the caller disposes. The builder is spent until <see cref="Reset"/>.</summary>
    /// <exception cref="InvalidOperationException">An event is open, or the batch would exceed 2 GiB.</exception>
    public EventBatch Build()
    {
        if (_open) throw new InvalidOperationException("an event is open");
        ReleaseHeld();
        Settle();
        return BatchLayout.Build(_columns, Count, _minTime, _maxTime);
    }

    /// <summary>Forgets all events, an open one too, and starts anew; keeps its memory and its slots.</summary>
    public void Reset(Schema schema)
    {
        if (!_isClean || !ReferenceEquals(schema.Names, _schema.Names)) ResetSlots(schema);
        _isClean = true;
        _held.Clear();
        _columns.Clear();
        _overflow.Clear();
        (_schema, _newNames, _row, _open, _truncated) = (schema, 0, -1, false, false);
        (Count, OverflowedValues, TruncatedValues, _settledEvents) = (0, 0, 0, 0);
        (_minTime, _maxTime) = (long.MaxValue, long.MinValue);
        BoundNewNames();
    }

    /// <summary>Forgets the values of all slots, and which of their names a schema does not know.</summary>
    private void ResetSlots(Schema schema)
    {
        _admitted.RemoveAll(slot =>
        {
            var isKnown = ReferenceEquals(slot.KnownAmong, schema.Names);
            slot.Reset(isKnown);
            return !isKnown;
        });
        // A segment has its columns in this order too: what is read one after the other when it is sealed lies beside each other in the batch.
        if (!_isOrdered) _admitted.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        _isOrdered = true;
    }

    /// <summary>Makes all columns that have values part of the batch, and takes over the texts that lie in <see cref="Source"/>.</summary>
    private void Settle()
    {
        foreach (var slot in _admitted)
            if (slot.JoinOnly() is { } column) _columns.Add(column);
        _settledEvents = Count;
        if (Source == 0) return;
        foreach (var column in _columns) column.Settle(Source);
    }

    private bool Admit(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaxNameBytes) return false;
        if (IsKnown(name)) return true;
        if (_newNames >= _newNamesBound) return false;
        _newNames++;
        return true;
    }

    private bool IsKnown(string name) => _schema.Contains(name) || WellKnownColumns.All.Contains(name);

    /// <summary>Settles how many names the next event, with the values shared before it, may add.</summary>
    private void BoundNewNames()
    {
        _settledNewNames = _newNames;
        var free = _schema.MaxColumns - _schema.Count - _newNames;
        _newNamesBound = _newNames + Math.Min(free, Math.Max(MinNewNames, free - free / FreeShare));
    }

    /// <summary>A text as it can be stored: valid UTF-8, cut at a character, and then counted, when it is too long.</summary>
    private ReadOnlySpan<byte> Storable(ReadOnlySpan<byte> utf8)
    {
        utf8 = TextHeap.Valid(utf8);
        if (utf8.Length <= MaxValueBytes) return utf8;
        _truncated = true;
        TruncatedValues++;
        var end = MaxValueBytes;
        while ((utf8[end] & 0xC0) == 0x80) end--;
        return utf8[..end];
    }

    private static void WriteDouble(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private void OverflowText(string name, ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        Overflow(name, w => w.WriteStringValue(text));
    }

    private void Overflow(string name, JsonElementWriter write)
    {
        _overflow[name] = write;
        OverflowedValues++;
    }

    private void WriteOverflow()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, OverflowJson))
        {
            writer.WriteStartObject();
            foreach (var (name, write) in _overflow)
            {
                writer.WritePropertyName(name);
                write(writer);
            }

            writer.WriteEndObject();
        }

        _overflow.Clear();
        Column(Slot(WellKnownColumns.Overflow)!, StorageType.String)!.Set(_row, buffer.WrittenSpan);
    }
}
