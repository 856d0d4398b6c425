namespace Explorer.Server.Otlp;

/// <summary>What became of a request, before a transport puts it into its own words.</summary>
internal enum Verdict
{
    /// <summary>Stored, except for the records that the answer counts as rejected.</summary>
    Accepted,

    /// <summary>The bytes are not what they claim to be. Sending them again cannot help.</summary>
    Malformed,
    TooLarge,
    UnsupportedEncoding,
    UnsupportedType,
    MethodNotAllowed,
    UnknownMethod,
    WrongKey,

    /// <summary>Nothing is wrong with the request; it should come again later.</summary>
    Busy,

    /// <summary>The sender did not deliver its body in time.</summary>
    TimedOut,
    DeadlineExceeded,

    /// <summary>Our fault.</summary>
    Internal,
}

/// <param name="Verdict">What became of the request.</param>
/// <param name="Reason">Why it was refused, or why records were rejected; for the sender's log, never with a value from the payload.</param>
/// <param name="Field">Where in the request the fault is, such as <c>resourceSpans[0].scopeSpans[0]</c>; null when unknown.</param>
/// <param name="RetryAfter">When <see cref="Verdict.Busy"/>: how long to wait.</param>
/// <param name="Accepted">Events stored.</param>
/// <param name="Rejected">Records of the request that were not stored.</param>
internal readonly record struct IngestAnswer(
    Verdict Verdict, string? Reason = null, string? Field = null, TimeSpan RetryAfter = default, int Accepted = 0, int Rejected = 0)
{
    /// <summary>Whole seconds to wait, at least one.</summary>
    public long RetryAfterSeconds => Math.Max(1, (long)Math.Ceiling(RetryAfter.TotalSeconds));

    /// <summary>The HTTP status of the verdict.</summary>
    public int HttpStatus => Verdict switch
    {
        Verdict.Accepted => StatusCodes.Status200OK,
        Verdict.Malformed => StatusCodes.Status400BadRequest,
        Verdict.WrongKey => StatusCodes.Status401Unauthorized,
        Verdict.UnknownMethod => StatusCodes.Status404NotFound,
        Verdict.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        Verdict.TimedOut => StatusCodes.Status408RequestTimeout,
        Verdict.TooLarge => StatusCodes.Status413PayloadTooLarge,
        Verdict.UnsupportedEncoding or Verdict.UnsupportedType => StatusCodes.Status415UnsupportedMediaType,
        Verdict.Busy => StatusCodes.Status503ServiceUnavailable,
        Verdict.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>The gRPC status of the verdict.</summary>
    public GrpcStatus GrpcStatus => Verdict switch
    {
        Verdict.Accepted => GrpcStatus.Ok,
        Verdict.Malformed => GrpcStatus.InvalidArgument,
        Verdict.WrongKey => GrpcStatus.Unauthenticated,
        Verdict.TooLarge => GrpcStatus.ResourceExhausted,
        Verdict.UnknownMethod or Verdict.MethodNotAllowed or Verdict.UnsupportedEncoding or Verdict.UnsupportedType => GrpcStatus.Unimplemented,
        Verdict.Busy => GrpcStatus.Unavailable,
        Verdict.TimedOut or Verdict.DeadlineExceeded => GrpcStatus.DeadlineExceeded,
        _ => GrpcStatus.Internal,
    };
}

/// <summary>Status codes of gRPC that we answer with.</summary>
internal enum GrpcStatus
{
    Ok = 0,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <summary>Ends the work on a request from deep inside reading it; the edge of the transport turns it into an answer.</summary>
internal sealed class RefusedException(Verdict verdict, string reason, string? field = null) : Exception(reason)
{
    public IngestAnswer Answer { get; } = new(verdict, reason, field, verdict == Verdict.Busy ? TimeSpan.FromSeconds(1) : default);
}
