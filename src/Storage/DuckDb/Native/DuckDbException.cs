namespace Storage.DuckDb.Native;

/// <summary>What kind of failure DuckDB reports, with the numbers of its C API.</summary>
internal enum DuckDbErrorType
{
    Invalid = 0,
    OutOfRange = 1,
    Conversion = 2,
    UnknownType = 3,
    Decimal = 4,
    MismatchType = 5,
    DivideByZero = 6,
    ObjectSize = 7,
    InvalidType = 8,
    Serialization = 9,
    Transaction = 10,
    NotImplemented = 11,
    Expression = 12,
    Catalog = 13,
    Parser = 14,
    Planner = 15,
    Scheduler = 16,
    Executor = 17,
    Constraint = 18,
    Index = 19,
    Stat = 20,
    Connection = 21,
    Syntax = 22,
    Settings = 23,
    Binder = 24,
    Network = 25,
    Optimizer = 26,
    NullPointer = 27,
    IO = 28,
    Interrupt = 29,
    Fatal = 30,
    Internal = 31,
    InvalidInput = 32,
    OutOfMemory = 33,
    Permission = 34,
    ParameterNotResolved = 35,
    ParameterNotAllowed = 36,
    Dependency = 37,
    Http = 38,
    MissingExtension = 39,
    Autoload = 40,
    Sequence = 41,
    InvalidConfiguration = 42,
}

/// <summary>A failure that DuckDB reported, with its own message. The message may hold values of users.</summary>
internal sealed class DuckDbException(DuckDbErrorType errorType, string message) : Exception(message)
{
    private const string Separator = " Error: ";

    public DuckDbErrorType ErrorType { get; } = errorType;

    /// <summary>
    /// For the calls that report a message alone: its first words name the kind, as in "Binder Error: ...". What functions of ours report comes as
    /// "Invalid Input Error: " and their own words, which may name the kind again.
    /// </summary>
    public static DuckDbException FromMessage(string? message)
    {
        if (string.IsNullOrEmpty(message)) return new DuckDbException(DuckDbErrorType.Invalid, "DuckDB failed and gave no reason");
        var type = KindOf(message);
        if (type == DuckDbErrorType.InvalidInput && KindOf(message.AsSpan(message.IndexOf(Separator, StringComparison.Ordinal) + Separator.Length)) is not DuckDbErrorType.Invalid and var own) type = own;
        return new DuckDbException(type, message);
    }

    /// <summary>True for what a disk that is full or failing ends in, here or in the engine.</summary>
    public static bool IsOfDisk(Exception e) => e is IOException or UnauthorizedAccessException or DuckDbException { ErrorType: DuckDbErrorType.IO };

    private static DuckDbErrorType KindOf(ReadOnlySpan<char> message) =>
        message.IndexOf(Separator, StringComparison.Ordinal) is >= 0 and var end ? TypeOf(message[..end]) : DuckDbErrorType.Invalid;

    private static DuckDbErrorType TypeOf(ReadOnlySpan<char> words) => words switch
    {
        "Out of Range" => DuckDbErrorType.OutOfRange,
        "Conversion" => DuckDbErrorType.Conversion,
        "Mismatch Type" => DuckDbErrorType.MismatchType,
        "Divide by Zero" => DuckDbErrorType.DivideByZero,
        "Object Size" => DuckDbErrorType.ObjectSize,
        "Invalid type" => DuckDbErrorType.InvalidType,
        "Serialization" => DuckDbErrorType.Serialization,
        "TransactionContext" => DuckDbErrorType.Transaction,
        "Not implemented" => DuckDbErrorType.NotImplemented,
        "Expression" => DuckDbErrorType.Expression,
        "Catalog" => DuckDbErrorType.Catalog,
        "Parser" => DuckDbErrorType.Parser,
        "Planner" => DuckDbErrorType.Planner,
        "Executor" => DuckDbErrorType.Executor,
        "Constraint" => DuckDbErrorType.Constraint,
        "Connection" => DuckDbErrorType.Connection,
        "Syntax" => DuckDbErrorType.Syntax,
        "Settings" => DuckDbErrorType.Settings,
        "Binder" => DuckDbErrorType.Binder,
        "Optimizer" => DuckDbErrorType.Optimizer,
        "IO" => DuckDbErrorType.IO,
        "INTERRUPT" => DuckDbErrorType.Interrupt,
        "FATAL" => DuckDbErrorType.Fatal,
        "INTERNAL" => DuckDbErrorType.Internal,
        "Invalid Input" => DuckDbErrorType.InvalidInput,
        "Out of Memory" => DuckDbErrorType.OutOfMemory,
        "Permission" => DuckDbErrorType.Permission,
        "Parameter Not Resolved" => DuckDbErrorType.ParameterNotResolved,
        "Parameter Not Allowed" => DuckDbErrorType.ParameterNotAllowed,
        "Dependency" => DuckDbErrorType.Dependency,
        "Missing Extension" => DuckDbErrorType.MissingExtension,
        "Invalid Configuration" => DuckDbErrorType.InvalidConfiguration,
        _ => DuckDbErrorType.Invalid,
    };
}
