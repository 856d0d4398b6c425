namespace Explorer.Client;

/// <summary>A telemetry request that was refused.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Request">What was asked: <c>POST /v1/traces</c>.</param>
/// <param name="Status">How it was answered: <c>415</c>, <c>INVALID_ARGUMENT</c>.</param>
/// <param name="Reason">What was wrong and what to change, in one sentence.</param>
public sealed record RefusedRequest(DateTimeOffset Time, string Request, string Status, string Reason);

/// <summary>What a server that keeps the refused requests offers to the first-run page. Optional: without it the page only listens.</summary>
/// <param name="RecentlyRefused">The latest refused requests, newest first; few, and cheap to ask for once a second.</param>
public sealed record Arrivals(Func<IReadOnlyList<RefusedRequest>> RecentlyRefused);
