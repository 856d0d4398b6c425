namespace Benchmarks.Workloads;

/// <summary>Frames of ExportTraceServiceRequest.</summary>
internal static class OtlpRequest
{
    private static ReadOnlySpan<byte> Scope => "\u000A\u001C\u000A\u0014shop.instrumentation\u0012\u00042.11"u8;

    /// <summary>A request with one resource, one scope and these encoded spans (each with its tag and length).</summary>
    public static byte[] Of(ReadOnlySpan<byte> resource, ReadOnlySpan<byte> spans)
    {
        var scopeSpans = Scope.Length + spans.Length;
        var resourcePart = 1 + OtlpBuffer.VarintSize(resource.Length) + resource.Length;
        var resourceSpans = resourcePart + 1 + OtlpBuffer.VarintSize(scopeSpans) + scopeSpans;
        var request = GC.AllocateUninitializedArray<byte>(1 + OtlpBuffer.VarintSize(resourceSpans) + resourceSpans);
        var at = 0;
        Put(request, ref at, 0x0A, resourceSpans);
        Put(request, ref at, 0x0A, resource.Length);
        Copy(request, ref at, resource);
        Put(request, ref at, 0x12, scopeSpans);
        Copy(request, ref at, Scope);
        Copy(request, ref at, spans);
        return request;
    }

    private static void Put(Span<byte> request, ref int at, byte tag, int length)
    {
        request[at++] = tag;
        var rest = (uint)length;
        for (; rest >= 0x80; rest >>= 7) request[at++] = (byte)(rest | 0x80);
        request[at++] = (byte)rest;
    }

    private static void Copy(Span<byte> request, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(request[at..]);
        at += bytes.Length;
    }
}
