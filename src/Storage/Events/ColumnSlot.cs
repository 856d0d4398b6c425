namespace Storage.Events;

/// <summary>
/// Where one <see cref="EventBatchBuilder"/> puts the values of one name. Found once and used for many events it saves looking up the
/// name. It belongs to the builder that made it, and stays valid over <see cref="EventBatchBuilder.Reset"/>.
/// </summary>
public sealed unsafe class ColumnSlot
{
    private readonly ColumnBuffer?[] _byType = new ColumnBuffer?[(int)StorageType.Id + 1];
    private readonly ColumnMemory _memory;

    /// <summary>The types that are columns of this batch, a bit each.</summary>
    private int _joined;

    internal ColumnSlot(string name, ColumnMemory memory) => (Name, _memory) = (name, memory);

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>
    /// The only column that has values of the name in this batch, or the one that had them in the batch before, if it may take them without
    /// being asked for; null where there are several, none, or one is held.
    /// </summary>
    internal ColumnBuffer? Only
    {
        get;
        set
        {
            if (field is not null) field.Tail->OnlyType = 0;
            field = value;
            if (value is not null) value.Tail->OnlyType = value.Type;
            Tail = value is null ? ColumnTail.None : value.Tail;
        }
    }

    /// <summary>The end of that column; of none where there is none.</summary>
    internal ColumnTail* Tail { get; private set; } = ColumnTail.None;

    /// <summary>True where the name has become a column of this batch, or may without being asked for.</summary>
    internal bool IsAdmitted { get; set; }

    /// <summary>See <see cref="Schema.Names"/>: the names among which this one needs no admission.</summary>
    internal object? KnownAmong { get; set; }

    /// <summary>Where the held value goes; null when none is held.</summary>
    internal ColumnBuffer? Held { get; private set; }

    private long HeldBits { get; set; }

    /// <summary>First row that has the held value and does not have it in the column yet.</summary>
    private int HeldFrom { get; set; }

    /// <summary>The column of a type, when it was used before.</summary>
    internal ColumnBuffer? this[StorageType type] => _byType[(int)type];

    internal ColumnBuffer Add(StorageType type) => _byType[(int)type] = new ColumnBuffer(Name, type, _memory);

    /// <summary>Makes a column part of the batch.</summary>
    /// <returns>False when it was before.</returns>
    internal bool Join(ColumnBuffer column)
    {
        var isNew = (_joined & 1 << (int)column.Type) == 0;
        _joined |= 1 << (int)column.Type;
        Only = Held is null && _joined == 1 << (int)column.Type ? column : null;
        return isNew;
    }

    /// <summary>Makes <see cref="Only"/> part of the batch where it has come to have values without being asked for.</summary>
    /// <returns>The column when it was not before; else null.</returns>
    internal ColumnBuffer? JoinOnly() => Only is { Count: > 0 } only && _joined == 0 && Join(only) ? only : null;

    /// <summary>True when a row, the last there is, has a value.</summary>
    internal bool Has(int row)
    {
        if (!IsAdmitted) return false;
        if (Held is not null && HeldFrom <= row) return true;
        foreach (var column in _byType)
            if (column?.LastRow == row) return true;
        return false;
    }

    /// <summary>Takes back what a row has, except under one type.</summary>
    internal void Clear(int row, StorageType except)
    {
        foreach (var column in _byType)
            if (column is not null && column.Type != except) column.Unset(row);
    }

    internal void Hold(ColumnBuffer column, long bits, int fromRow)
    {
        Flush(fromRow);
        (Held, HeldBits, HeldFrom) = (column, bits, fromRow);
        Only = null;
    }

    /// <summary>Writes the held value to the rows before one, which, and only which, has a value of its own.</summary>
    internal void Except(int row)
    {
        Flush(row);
        HeldFrom = Math.Max(HeldFrom, row + 1);
    }

    /// <summary>Writes the held value to the rows before one, and holds it no longer.</summary>
    internal void Release(int endRow)
    {
        Flush(endRow);
        Held = null;
    }

    /// <summary>Forgets all values.</summary>
    /// <param name="isKnown">True where the name may be a column of the next batch: its only column goes on taking values.</param>
    internal void Reset(bool isKnown)
    {
        IsAdmitted = isKnown;
        _joined = 0;
        var only = isKnown ? Only : null;
        if (only is not null)
        {
            // No other has values, and none is held.
            if (only.IsUsed) only.Reset();
            only.Tail->OnlyType = only.Type;
            return;
        }

        Only = null;
        Held = null;
        foreach (var column in _byType)
            if (column is { IsUsed: true }) column.Reset();
    }

    private void Flush(int endRow)
    {
        if (Held is null) return;
        Held.Fill(HeldFrom, endRow, HeldBits);
        HeldFrom = Math.Max(HeldFrom, endRow);
    }
}
