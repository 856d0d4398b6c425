using System.Runtime.InteropServices;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Which bytes are an id: of the right length and not all zero.</summary>
internal static class Ids
{
    public const int TraceIdBytes = 16;
    public const int SpanIdBytes = 8;

    /// <param name="id">The bytes.</param>
    /// <param name="length">One of the two lengths above.</param>
    public static bool IsId(ReadOnlySpan<byte> id, int length) =>
        id.Length == length && (MemoryMarshal.Read<ulong>(id) | MemoryMarshal.Read<ulong>(id[^sizeof(ulong)..])) != 0;
}
