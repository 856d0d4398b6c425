namespace Explorer.Server.Otlp.Flattening;

/// <summary>Which bytes are an id: of the right length and not all zero.</summary>
internal static class Ids
{
    public const int TraceIdBytes = 16;
    public const int SpanIdBytes = 8;

    public static bool IsId(ReadOnlySpan<byte> id, int length) => id.Length == length && id.ContainsAnyExcept((byte)0);
}
