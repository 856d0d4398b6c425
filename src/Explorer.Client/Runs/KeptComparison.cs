using Analysis.BubbleUp;
using Analysis.Changes;

namespace Explorer.Client.Runs;

/// <summary>A comparison as it was shown with an answer.</summary>
/// <param name="Result">What was found.</param>
/// <param name="Changes">What had changed between two windows; null where that was not asked, or not known yet.</param>
/// <param name="Counted">Columns whose shown counts were of all events.</param>
/// <param name="Took">How long it had taken.</param>
public sealed record KeptComparison(Comparison Result, IReadOnlyList<Change>? Changes, int Counted, TimeSpan Took);
