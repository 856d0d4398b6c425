namespace Benchmarks.Explore;

/// <summary>A question about the shop, as each contender is asked it.</summary>
/// <param name="Name">How tables call it.</param>
/// <param name="Query">The members of the query object but its window.</param>
/// <param name="Keys">The parts of a row's key in our answer: breakdowns, or <c>time</c> for the seconds of a bucket, which takes the rows from the series.</param>
/// <param name="Values">The numbers of a row in our answer.</param>
/// <param name="DuckDb">SQL for a DuckDB table; <c>{time}</c> stands for the condition on the window.</param>
/// <param name="Exporter">SQL for the Collector's ClickHouse table.</param>
/// <param name="Typed">SQL for the typed ClickHouse table.</param>
internal sealed record Question(string Name, string Query, string[] Keys, string[] Values, string DuckDb, string Exporter, string Typed)
{
    /// <summary>Rows are compared by rank: the last of them may tie with rows that are cut.</summary>
    public bool ByRank { get; init; }

    /// <summary>The other engines round percentiles to another rank: relative difference that is taken for equal.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Numbers of a row that are compared with the other engines; a percentile of few values is another one at another rank.</summary>
    public int Compared { get; init; } = int.MaxValue;

    /// <summary>A chart with one more filter, as people refine them; it has a bar of its own.</summary>
    public bool IsRefined { get; init; }

    /// <summary>Only the sum of the first number is compared: everybody draws the cells of a heatmap where it likes.</summary>
    public bool SumOnly { get; init; }
}
