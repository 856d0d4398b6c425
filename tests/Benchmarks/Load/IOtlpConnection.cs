namespace Benchmarks.Load;

/// <summary>A connection that carries one export request at a time.</summary>
internal interface IOtlpConnection : IDisposable
{
    /// <summary>Sends a request and waits for the answer: true when it was acknowledged, false when the server asks to try again.</summary>
    /// <exception cref="Harness.BenchmarkException">The server answered anything else.</exception>
    Task<bool> SendAsync(byte[] request);
}
