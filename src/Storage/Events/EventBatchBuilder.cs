using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Storage.Events;

/// <summary>
/// Collects events into an <see cref="EventBatch"/>. Not thread-safe. Names become columns; a name that cannot (empty, longer than
/// <see cref="MaxNameBytes"/>, beyond the schema's bound, or beyond what one event may add to it) keeps its value in <see cref="WellKnownColumns.Overflow"/> of its event.
/// Within one event the last value set for a name wins, whatever its type.
/// </summary>
public sealed class EventBatchBuilder
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

    private const int TypeSlots = (int)StorageType.Id + 1;

    /// <summary>The text is data, never part of a page: letters stay as they are instead of taking six bytes each.</summary>
    private static readonly JsonWriterOptions OverflowJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Schema _schema;
    private readonly Dictionary<string, ColumnBuffer?[]> _byName = new(StringComparer.Ordinal);
    private readonly List<ColumnBuffer> _columns = [];
    private readonly Dictionary<string, JsonElementWriter> _overflow = new(StringComparer.Ordinal);
    private byte[] _utf8 = new byte[256];
    private int _newNames;
    private int _newNamesBound;
    private int _row = -1;
    private bool _open;
    private bool _truncated;
    private long _minTime = long.MaxValue;
    private long _maxTime = long.MinValue;

    internal delegate void JsonElementWriter(Utf8JsonWriter writer);

    /// <param name="schema">The store's schema now: its names stay columns, and its bound says how many new ones may come.</param>
    public EventBatchBuilder(Schema schema)
    {
        _schema = schema;
        BoundNewNames();
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
        _open = true;
        _row = Count;
        _minTime = Math.Min(_minTime, timeUnixNs);
        _maxTime = Math.Max(_maxTime, timeUnixNs);
        Set(WellKnownColumns.Time, timeUnixNs);
    }

    public void Set(string name, bool value)
    {
        if (Target(name, StorageType.Bool) is { } column) column.Set(_row, value ? 1 : 0);
        else Overflow(name, w => w.WriteBooleanValue(value));
    }

    public void Set(string name, long value)
    {
        if (Target(name, StorageType.Int64) is { } column) column.Set(_row, value);
        else Overflow(name, w => w.WriteNumberValue(value));
    }

    public void Set(string name, double value)
    {
        if (Target(name, StorageType.Float64) is { } column) column.Set(_row, BitConverter.DoubleToInt64Bits(value));
        else Overflow(name, w => WriteDouble(w, value));
    }

    /// <summary>Sets a text; lone surrogates become U+FFFD.</summary>
    public void Set(string name, string value)
    {
        var start = Start(value);
        var most = Encoding.UTF8.GetMaxByteCount(start.Length);
        if (most > _utf8.Length) _utf8 = new byte[most];
        Set(name, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(start, _utf8)));
    }

    /// <summary>Sets a text; bytes that are not UTF-8 become U+FFFD.</summary>
    public void Set(string name, ReadOnlySpan<byte> utf8)
    {
        utf8 = Storable(utf8, out var cut);
        if (cut) CountCut();
        if (Target(name, StorageType.String) is { } column)
        {
            column.Set(_row, utf8);
            return;
        }

        var text = Encoding.UTF8.GetString(utf8);
        Overflow(name, w => w.WriteStringValue(text));
    }

    /// <summary>Sets a trace or span id.</summary>
    public void SetId(string name, ReadOnlySpan<byte> id)
    {
        if (Target(name, StorageType.Id) is { } column) column.Set(_row, id);
        else Set(name, Convert.ToHexStringLower(id));
    }

    /// <summary>Prepares a value that many events will have: its name is looked up and its bytes are laid out once.</summary>
    public SharedValue Share(string name, bool value) => Share(name, StorageType.Bool, value ? 1 : 0, w => w.WriteBooleanValue(value));

    /// <inheritdoc cref="Share(string, bool)"/>
    public SharedValue Share(string name, long value) => Share(name, StorageType.Int64, value, w => w.WriteNumberValue(value));

    /// <inheritdoc cref="Share(string, bool)"/>
    public SharedValue Share(string name, double value) =>
        Share(name, StorageType.Float64, BitConverter.DoubleToInt64Bits(value), w => WriteDouble(w, value));

    /// <inheritdoc cref="Share(string, bool)"/>
    public SharedValue Share(string name, string value)
    {
        var start = Start(value);
        var encoded = new byte[Encoding.UTF8.GetByteCount(start)];
        Encoding.UTF8.GetBytes(start, encoded);
        var utf8 = Storable(encoded, out var cut);
        if (Slots(name) is { } slots)
        {
            var column = Column(slots, name, StorageType.String);
            return new SharedValue(this, name) { Slots = slots, Column = column, Bits = column.Place(utf8), IsCut = cut };
        }

        var text = Encoding.UTF8.GetString(utf8);
        return new SharedValue(this, name) { Overflow = w => w.WriteStringValue(text), IsCut = cut };
    }

    /// <summary>Sets a prepared value on the open event.</summary>
    /// <exception cref="ArgumentException">Another builder prepared it.</exception>
    public void Set(SharedValue value)
    {
        if (value.Owner != this) throw new ArgumentException("the value belongs to another builder", nameof(value));
        if (value.IsCut) CountCut();
        if (value.Column is { } column)
        {
            Clear(value.Slots!, column.Type);
            column.Set(_row, value.Bits);
        }
        else
        {
            Overflow(value.Name, value.Overflow!);
        }
    }

    /// <summary>True when the open event has a value of that name.</summary>
    public bool Has(string name)
    {
        if (!_byName.TryGetValue(name, out var slots)) return _overflow.ContainsKey(name);
        foreach (var column in slots)
            if (column?.LastRow == _row) return true;
        return false;
    }

    /// <summary>Finishes the event.</summary>
    public void EndEvent()
    {
        if (!_open) throw new InvalidOperationException("no event was begun");
        if (_truncated) Set(WellKnownColumns.Truncated, true);
        if (_overflow.Count > 0) WriteOverflow();
        _truncated = false;
        _open = false;
        Count++;
        BoundNewNames();
    }

    /// <summary>The finished events as a batch, which the caller disposes. The builder is spent.</summary>
    /// <exception cref="InvalidOperationException">An event is open, or the batch would exceed 2 GiB.</exception>
    public EventBatch Build()
    {
        if (_open) throw new InvalidOperationException("an event is open");
        return BatchLayout.Build(_columns, Count, _minTime, _maxTime);
    }

    private ColumnBuffer? Target(string name, StorageType type)
    {
        if (type != StorageType.Int64 && name == WellKnownColumns.Time) return null;
        if (Slots(name) is not { } slots) return null;
        Clear(slots, type);
        return Column(slots, name, type);
    }

    private ColumnBuffer Column(ColumnBuffer?[] slots, string name, StorageType type)
    {
        if (slots[(int)type] is { } known) return known;
        var added = new ColumnBuffer(name, type);
        slots[(int)type] = added;
        _columns.Add(added);
        return added;
    }

    /// <summary>Takes back what the open event has under other types of a name.</summary>
    private void Clear(ColumnBuffer?[] slots, StorageType except)
    {
        for (var other = 1; other < TypeSlots; other++)
            if (other != (int)except) slots[other]?.Unset(_row);
    }

    /// <summary>The columns of a name by type, or null when it may not be one. Names that may not are not kept: there can be millions.</summary>
    private ColumnBuffer?[]? Slots(string name)
    {
        if (_byName.TryGetValue(name, out var slots)) return slots;
        if (!Admit(name)) return null;
        slots = new ColumnBuffer?[TypeSlots];
        _byName.Add(name, slots);
        return slots;
    }

    private bool Admit(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaxNameBytes) return false;
        if (_schema.Contains(name) || WellKnownColumns.All.Contains(name)) return true;
        if (_newNames >= _newNamesBound) return false;
        _newNames++;
        return true;
    }

    /// <summary>Settles how many names the next event, with the values shared before it, may add.</summary>
    private void BoundNewNames()
    {
        var free = _schema.MaxColumns - _schema.Columns.Length - _newNames;
        _newNamesBound = _newNames + Math.Min(free, Math.Max(MinNewNames, free - free / FreeShare));
    }

    private SharedValue Share(string name, StorageType type, long bits, JsonElementWriter overflow) => Slots(name) is { } slots
        ? new SharedValue(this, name) { Slots = slots, Column = Column(slots, name, type), Bits = bits }
        : new SharedValue(this, name) { Overflow = overflow };

    /// <summary>As much of a text as can matter: every character takes at least a byte.</summary>
    private static ReadOnlySpan<char> Start(string value) => value.AsSpan(0, Math.Min(value.Length, MaxValueBytes + 1));

    /// <summary>A text as it can be stored: valid UTF-8, cut at a character when it is too long.</summary>
    private static ReadOnlySpan<byte> Storable(ReadOnlySpan<byte> utf8, out bool cut)
    {
        if (!Utf8.IsValid(utf8)) utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        cut = utf8.Length > MaxValueBytes;
        if (!cut) return utf8;
        var end = MaxValueBytes;
        while ((utf8[end] & 0xC0) == 0x80) end--;
        return utf8[..end];
    }

    private static void WriteDouble(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private void CountCut()
    {
        _truncated = true;
        TruncatedValues++;
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
        Target(WellKnownColumns.Overflow, StorageType.String)!.Set(_row, buffer.WrittenSpan);
    }
}
