namespace Benchmarks.Harness;

/// <summary>A benchmark that cannot be run or whose answers are wrong. The message is for the person who started it.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
