using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.Events;

/// <content>Values by slot rather than by name, and values that many events have.</content>
public sealed partial class EventBatchBuilder
{
    private readonly ColumnMemory _memory = new();
    private readonly ColumnNames _usual = new();

    /// <summary>Memory that the builder keeps over <see cref="Reset"/>, bytes.</summary>
    public long RetainedBytes => _memory.Bytes;

    /// <summary>Where values of a name go; null when the name may not be a column of the open event.</summary>
    public ColumnSlot? Slot(string name)
    {
        if (_byName.TryGetValue(name, out var slot)) return slot;
        if (!Admit(name)) return null; // and not kept: there can be millions of such names
        slot = new ColumnSlot(name, _memory);
        Admit(slot);
        _byName.Add(name, slot);
        return slot;
    }

    /// <summary>Sets a value on the open event. The slot must be this builder's.</summary>
    public void Set(ColumnSlot slot, bool value)
    {
        if (TrySet(slot, StorageType.Bool, value ? 1 : 0)) return;
        if (Column(slot, StorageType.Bool) is { } column) column.Set(_row, value ? 1 : 0);
        else OverflowFlag(slot.Name, value);
    }

    /// <inheritdoc cref="Set(ColumnSlot, bool)"/>
    public void Set(ColumnSlot slot, long value)
    {
        if (TrySet(slot, StorageType.Int64, value)) return;
        if (Column(slot, StorageType.Int64) is { } column) column.Set(_row, value);
        else OverflowNumber(slot.Name, value);
    }

    /// <inheritdoc cref="Set(ColumnSlot, bool)"/>
    public void Set(ColumnSlot slot, double value)
    {
        if (TrySet(slot, StorageType.Float64, BitConverter.DoubleToInt64Bits(value))) return;
        if (Column(slot, StorageType.Float64) is { } column) column.Set(_row, BitConverter.DoubleToInt64Bits(value));
        else OverflowNumber(slot.Name, value);
    }

    /// <summary>Sets a text on the open event; bytes that are not UTF-8 become U+FFFD. The slot must be this builder's.</summary>
    public void Set(ColumnSlot slot, ReadOnlySpan<byte> utf8)
    {
        if (slot.Only is not { Type: StorageType.String } column || !TrySetUsual(column, utf8)) SetUnusual(slot, utf8);
    }

    /// <summary>
    /// Memory that stays as it is while this is set; texts may be set as places in it, and are taken over by <see cref="Build"/>. 0 for none.
    /// </summary>
    public nint Source { get; set; }

    /// <summary>Lets values of a slot be set by the bytes of its name, see <see cref="Appender"/>.</summary>
    /// <param name="slot">Of this builder.</param>
    /// <param name="type">The type that its values mostly have.</param>
    /// <param name="utf8">Its name.</param>
    public unsafe void MakeUsual(ColumnSlot slot, StorageType type, ReadOnlySpan<byte> utf8) => _usual.Add(utf8, (slot[type] ?? slot.Add(type)).Tail);

    /// <summary>Sets a value of the open event where that takes no more than to write it at the end of the slot's only column.</summary>
    /// <param name="slot">Of this builder.</param>
    /// <param name="type">Its type.</param>
    /// <param name="bits">A Bool as 0 or 1, an Int64, a Float64 as its bits, or what <see cref="Place"/> gave.</param>
    /// <returns>False where it must be set in another way: nothing is set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe bool TrySet(ColumnSlot slot, StorageType type, long bits)
    {
        var tail = slot.Tail;
        return tail->OnlyType == type && tail->TryAppend(_row, bits);
    }

    /// <summary>The same for a text or id that lies in <see cref="Source"/>; those of a column are taken over together.</summary>
    /// <param name="slot">Of this builder.</param>
    /// <param name="type">String or Id.</param>
    /// <param name="offset">Where in the source it begins; <see cref="ColumnAppender.TextBytes"/> can be read from there.</param>
    /// <param name="length">Its length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySetPlace(ColumnSlot slot, StorageType type, int offset, int length) => TrySet(slot, type, TextHeap.Elsewhere(offset, length));

    /// <summary>A text that many events have, for <see cref="TrySet(ColumnSlot, StorageType, long)"/> until the batch is built; -1 where that does not go.</summary>
    public long Place(ColumnSlot slot, ReadOnlySpan<byte> utf8)
    {
        if (slot.Only is not { Type: StorageType.String } column) return -1;
        _isClean = false;
        return column.Place(TextHeap.Valid(utf8));
    }

    /// <summary>Sets values of the open event by the bytes of their names.</summary>
    public unsafe ColumnAppender Appender() => new(_usual.Tails, _usual.LastPlace, _row, (byte*)Source);

    /// <summary>Sets a trace or span id on the open event. The slot must be this builder's.</summary>
    public void SetId(ColumnSlot slot, ReadOnlySpan<byte> id)
    {
        if (Column(slot, StorageType.Id) is { } column) column.Set(_row, id);
        else Set(slot, System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(id)));
    }

    /// <summary>True when the open event has a value in the slot.</summary>
    public bool Has(ColumnSlot slot) => slot.Has(_row) || _overflow.ContainsKey(slot.Name);

    /// <summary>
    /// Gives a value to every event from the next on that sets none of that name, until <see cref="ReleaseHeld"/> or <see cref="Build"/>.
    /// Costs the same for one event and for a million. Not while an event is open.
    /// </summary>
    /// <returns>False when the name may not be a column: then each event must set the value.</returns>
    public bool TryHold(ColumnSlot slot, bool value) => TryHold(slot, StorageType.Bool, value ? 1 : 0);

    /// <inheritdoc cref="TryHold(ColumnSlot, bool)"/>
    public bool TryHold(ColumnSlot slot, long value) => TryHold(slot, StorageType.Int64, value);

    /// <inheritdoc cref="TryHold(ColumnSlot, bool)"/>
    public bool TryHold(ColumnSlot slot, double value) => TryHold(slot, StorageType.Float64, BitConverter.DoubleToInt64Bits(value));

    /// <inheritdoc cref="TryHold(ColumnSlot, bool)"/>
    /// <returns>False also for a text that is too long: each event that has it must be marked.</returns>
    public bool TryHold(ColumnSlot slot, ReadOnlySpan<byte> utf8)
    {
        utf8 = TextHeap.Valid(utf8);
        if (utf8.Length > MaxValueBytes || Prepare(slot, StorageType.String) is not { } column) return false;
        Hold(slot, column, column.Place(utf8));
        return true;
    }

    /// <summary>Events from the next on have the held values no longer.</summary>
    public void ReleaseHeld()
    {
        foreach (var slot in _held) slot.Release(Count);
        _held.Clear();
    }

    private void SetUnusual(ColumnSlot slot, ReadOnlySpan<byte> utf8)
    {
        if (Column(slot, StorageType.String) is not { } column) OverflowText(slot.Name, Storable(utf8));
        else if (!TrySetUsual(column, utf8)) column.Set(_row, Storable(utf8));
    }

    private bool TrySetUsual(ColumnBuffer column, ReadOnlySpan<byte> utf8) =>
        column.TrySetUsual(_row, ref MemoryMarshal.GetReference(utf8), utf8.Length, TextEnds.Of(utf8));

    private bool TryHold(ColumnSlot slot, StorageType type, long bits)
    {
        if (Prepare(slot, type) is not { } column) return false;
        Hold(slot, column, bits);
        return true;
    }

    private void Hold(ColumnSlot slot, ColumnBuffer column, long bits)
    {
        if (_open) throw new InvalidOperationException("the event was not ended");
        if (slot.Held is null) _held.Add(slot);
        slot.Hold(column, bits, Count);
    }

    /// <summary>The column that takes a value of the open event; null when the name may not be a column, or not of that type.</summary>
    private ColumnBuffer? Column(ColumnSlot slot, StorageType type) =>
        slot.Only is { } only && only.Type == type ? only : FindColumn(slot, type);

    private ColumnBuffer? FindColumn(ColumnSlot slot, StorageType type)
    {
        if (Prepare(slot, type) is not { } column) return null;
        if (slot.Held is not null) slot.Except(_row);
        slot.Clear(_row, type);
        return column;
    }

    /// <summary>The column of a type, made a column of the batch when it is not yet.</summary>
    private ColumnBuffer? Prepare(ColumnSlot slot, StorageType type)
    {
        if (type != StorageType.Int64 && slot.Name == WellKnownColumns.Time) return null;
        _isClean = false;
        if (!slot.IsAdmitted)
        {
            if (!ReferenceEquals(slot.KnownAmong, _schema.Names))
            {
                if (!Admit(slot.Name)) return null;
                slot.KnownAmong = IsKnown(slot.Name) ? _schema.Names : null;
            }

            Admit(slot);
        }

        if (slot.JoinOnly() is { } only) _columns.Add(only);
        var column = slot[type] ?? slot.Add(type);
        if (slot.Join(column)) _columns.Add(column);
        return column;
    }

    private void Admit(ColumnSlot slot)
    {
        slot.IsAdmitted = true;
        _admitted.Add(slot);
        _isOrdered = _isClean = false;
    }

    // Methods of their own: a method that makes a closure allocates it on every call.
    private void OverflowFlag(string name, bool value) => Overflow(name, w => w.WriteBooleanValue(value));

    private void OverflowNumber(string name, long value) => Overflow(name, w => w.WriteNumberValue(value));

    private void OverflowNumber(string name, double value) => Overflow(name, w => WriteDouble(w, value));
}
