namespace Storage.DuckDb.Native;

/// <summary>The types of DuckDB columns, with the numbers of its C API.</summary>
internal enum DuckDbType
{
    Invalid = 0,
    Boolean = 1,
    Int8 = 2,
    Int16 = 3,
    Int32 = 4,
    Int64 = 5,
    UInt8 = 6,
    UInt16 = 7,
    UInt32 = 8,
    UInt64 = 9,
    Float = 10,
    Double = 11,

    /// <summary>Microseconds since 1970, as Int64.</summary>
    Timestamp = 12,

    /// <summary>Days since 1970, as Int32.</summary>
    Date = 13,

    /// <summary>Microseconds since midnight, as Int64.</summary>
    Time = 14,
    Interval = 15,
    Hugeint = 16,
    Varchar = 17,
    Blob = 18,

    /// <summary>An integer of 2, 4, 8 or 16 bytes, depending on its precision.</summary>
    Decimal = 19,
    TimestampSeconds = 20,
    TimestampMilliseconds = 21,
    TimestampNanoseconds = 22,

    /// <summary>An index of 1, 2 or 4 bytes into the type's dictionary.</summary>
    Enum = 23,
    List = 24,
    Struct = 25,
    Map = 26,
    Uuid = 27,
    Union = 28,
    Bit = 29,
    TimeTz = 30,
    TimestampTz = 31,
    UHugeint = 32,
    Array = 33,
    Any = 34,
    Bignum = 35,
    SqlNull = 36,
    StringLiteral = 37,
    IntegerLiteral = 38,
    TimeNanoseconds = 39,
    Geometry = 40,
    Variant = 41,
}

internal static class DuckDbTypes
{
    /// <summary>Bytes of one value in a vector; 0 where the type itself does not say, or where a vector holds no values of its own.</summary>
    public static int Width(this DuckDbType type) => type switch
    {
        DuckDbType.Boolean or DuckDbType.Int8 or DuckDbType.UInt8 => 1,
        DuckDbType.Int16 or DuckDbType.UInt16 => 2,
        DuckDbType.Int32 or DuckDbType.UInt32 or DuckDbType.Float or DuckDbType.Date => 4,
        DuckDbType.Int64 or DuckDbType.UInt64 or DuckDbType.Double
            or DuckDbType.Timestamp or DuckDbType.TimestampSeconds or DuckDbType.TimestampMilliseconds or DuckDbType.TimestampNanoseconds
            or DuckDbType.TimestampTz or DuckDbType.Time or DuckDbType.TimeTz or DuckDbType.TimeNanoseconds => 8,
        DuckDbType.Hugeint or DuckDbType.UHugeint or DuckDbType.Uuid or DuckDbType.Interval => 16,
        _ when type.IsBytes() => 16,
        DuckDbType.List or DuckDbType.Map => 16,
        _ => 0,
    };

    /// <summary>True for types whose vectors hold <see cref="DuckDbString"/>.</summary>
    public static bool IsBytes(this DuckDbType type) =>
        type is DuckDbType.Varchar or DuckDbType.Blob or DuckDbType.Bit or DuckDbType.Bignum or DuckDbType.Geometry;
}
