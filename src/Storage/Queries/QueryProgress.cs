namespace Storage.Queries;

/// <summary>How far a running query is.</summary>
/// <param name="Share">Share of the work that is done, 0 to 1; it never goes back. Null while it is unknown.</param>
/// <param name="Segments">Segments that the query reads.</param>
public readonly record struct QueryProgress(double? Share, int Segments)
{
    /// <summary>Time between two reports.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Statements that a query is expected to take; a query may take fewer or more.</summary>
    internal static int ExpectedStatements(Query query)
    {
        if (query.IsListing) return 3;
        var one = query.Calculations.Any(c => c.Op == CalculationOp.Heatmap) ? 2 : 1;
        return query.CompareOffsetSeconds is null ? one : 2 * one;
    }
}
