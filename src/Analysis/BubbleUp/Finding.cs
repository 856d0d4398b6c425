namespace Analysis.BubbleUp;

/// <summary>A statement about a column with its counts and its score.</summary>
/// <param name="Predicate">The statement.</param>
/// <param name="Totals">What matches it.</param>
/// <param name="Bits">Information that it gives about the side.</param>
/// <param name="Net">The same less the cost of naming it among all that could be stated.</param>
/// <param name="Codes">The codes that match, or that do not when <paramref name="Negated"/>.</param>
/// <param name="Negated">True when the statement is that none of the codes is there.</param>
internal sealed record Finding(Predicate Predicate, Totals Totals, double Bits, double Net, bool[] Codes, bool Negated)
{
    /// <summary>Traces that a statement needs on the side where it holds more often.</summary>
    public const int MinSupport = 3;

    /// <summary>True when the selection has it more often.</summary>
    public required bool IsOver { get; init; }

    public bool IsSignificant => Net > Netbits.Gate;

    /// <summary>The number of distinct values that it names; 1 for all but sets.</summary>
    public int Values => Predicate is Predicate.OneOf set ? set.Values.Count : 1;
}
