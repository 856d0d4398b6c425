namespace Storage.Events;

/// <summary>The type of a column as queries and users see it.</summary>
public enum ColumnType : byte
{
    /// <summary>True or false.</summary>
    Bool = 1,

    /// <summary>A signed 64-bit integer.</summary>
    Int64 = 2,

    /// <summary>An IEEE 754 double; NaN and infinities are stored as they are.</summary>
    Float64 = 3,

    /// <summary>Text in UTF-8. Ids are seen as text in lower-case hex.</summary>
    String = 4,
}

/// <summary>How a value is laid out in a batch, the hot tier and a segment. One column may have several at once until it is sealed.</summary>
public enum StorageType : byte
{
    Bool = 1,
    Int64 = 2,
    Float64 = 3,
    String = 4,

    /// <summary>A trace or span id of 8 or 16 bytes, stored as bytes; queries see lower-case hex text.</summary>
    Id = 5,
}

/// <summary>Rules that relate stored types to the types that queries see.</summary>
public static class ColumnTypes
{
    /// <summary>The type under which a stored value is seen.</summary>
    public static ColumnType Logical(StorageType type) => type == StorageType.Id ? ColumnType.String : (ColumnType)type;

    /// <summary>
    /// The narrowest type that holds values of both: equal types stay, Int64 and Float64 become Float64, everything else becomes String.
    /// </summary>
    public static ColumnType Widen(ColumnType a, ColumnType b)
    {
        if (a == b) return a;
        var numeric = a is ColumnType.Int64 or ColumnType.Float64 && b is ColumnType.Int64 or ColumnType.Float64;
        return numeric ? ColumnType.Float64 : ColumnType.String;
    }

    /// <summary>True where arithmetic and percentiles make sense.</summary>
    public static bool IsNumeric(this ColumnType type) => type is ColumnType.Int64 or ColumnType.Float64;
}
