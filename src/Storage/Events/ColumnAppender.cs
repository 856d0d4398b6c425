using System.Runtime.CompilerServices;

namespace Storage.Events;

/// <summary>
/// Sets values of a builder's open event by the bytes of their names, where that takes no more than to write them at the ends of columns.
/// Valid until the event is ended or another name is made usual.
/// </summary>
public readonly unsafe struct ColumnAppender
{
    /// <summary>Bytes that can be read from where a name begins.</summary>
    public const int NameBytes = ColumnNames.MaxBytes;

    /// <summary>Bytes that can be read from where a text begins.</summary>
    public const int TextBytes = TextEnds.Bytes;

    private readonly nint* _tails;
    private readonly nuint _lastPlace;
    private readonly int _row;
    private readonly byte* _source;

    internal ColumnAppender(nint* tails, nuint lastPlace, int row, byte* source)
    {
        _tails = tails;
        _lastPlace = lastPlace;
        _row = row;
        _source = source;
    }

    /// <summary>Sets a text that lies in the builder's source; those of a column are taken over together.</summary>
    /// <param name="name">The name; <see cref="NameBytes"/> can be read.</param>
    /// <param name="nameLength">Its length.</param>
    /// <param name="text">The text; <see cref="TextBytes"/> can be read.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False where the value must be set by its slot: nothing is set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySetText(byte* name, nuint nameLength, byte* text, nuint length) =>
        TrySet(name, nameLength, StorageType.String, long.MinValue | (long)(length << 32) | (text - _source));

    /// <summary>Sets a Bool as 0 or 1, an Int64, or a Float64 as its bits.</summary>
    /// <inheritdoc cref="TrySetText"/>
    /// <param name="type">The type.</param>
    /// <param name="bits">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySet(byte* name, nuint nameLength, StorageType type, long bits)
    {
        var tail = ColumnNames.Find(_tails, _lastPlace, name, nameLength, type);
        return tail != null && tail->TryAppend(_row, bits);
    }
}
