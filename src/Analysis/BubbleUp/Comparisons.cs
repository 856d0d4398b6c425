using System.Collections.Immutable;
using Storage;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>Says which columns and values tell a selection of events from a baseline.</summary>
public static class Comparisons
{
    /// <summary>Ranks all columns on a sample, or on everything when that is little, then counts the shown values of the best exactly.</summary>
    /// <param name="store">Where the events are.</param>
    /// <param name="question">What to compare.</param>
    /// <param name="now">The end of relative time ranges.</param>
    /// <param name="onRanked">Is given the ranking before it is counted again; not called when nothing needs to be.</param>
    /// <param name="onCounted">Is given each column when it has been counted again.</param>
    /// <param name="progress">Hears of the ranking while columns are still being scored, on the thread that scores.</param>
    /// <param name="cancellationToken">Stops the reading and the counting.</param>
    /// <exception cref="QueryException">The question is at fault.</exception>
    /// <exception cref="EventStoreException">The store could not answer.</exception>
    public static Task<Comparison> RunAsync(
        IEventStore store, CompareQuestion question, DateTimeOffset now, Func<Comparison, Task>? onRanked = null, Func<ComparedColumn, Task>? onCounted = null,
        IProgress<RankingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RunAsync(store, question, now, SampleBudget.Default, onRanked, onCounted, progress, cancellationToken);

    internal static async Task<Comparison> RunAsync(
        IEventStore store, CompareQuestion question, DateTimeOffset now, SampleBudget budget, Func<Comparison, Task>? onRanked, Func<ComparedColumn, Task>? onCounted,
        IProgress<RankingProgress>? progress, CancellationToken cancellationToken)
    {
        if (question.Limit is < 1 or > CompareQuestion.MaxLimit) throw new QueryException("limit", $"{question.Limit} is not between 1 and {CompareQuestion.MaxLimit}");
        var statistics = store.Statistics;
        var stored = new TimeWindow(statistics.MinTimeUnixNs, statistics.MaxTimeUnixNs == long.MaxValue ? long.MaxValue : statistics.MaxTimeUnixNs + 1);
        var sides = Sides.Of(question, stored, now);
        var plan = await PlanAsync(store, sides, question, budget, mayCut: true, cancellationToken);
        var comparison = await new BubbleUpRun(store, sides, plan, progress).RankAsync(cancellationToken);
        if (!plan.IsKept(comparison))
        {
            plan = await PlanAsync(store, sides, question, budget, mayCut: false, cancellationToken);
            comparison = await new BubbleUpRun(store, sides, plan, progress).RankAsync(cancellationToken);
        }

        if (comparison.Completeness.IsExact) return comparison;

        if (onRanked is not null) await onRanked(comparison);
        var counted = ImmutableArray.CreateBuilder<ComparedColumn>();
        var recount = new Recount(store, sides, comparison.Selection, comparison.Baseline);
        await foreach (var column in recount.RunAsync([.. comparison.Columns.Take(question.Limit)], cancellationToken))
        {
            counted.Add(column);
            if (onCounted is not null) await onCounted(column);
        }

        return comparison with
        {
            Columns = [.. counted, .. comparison.Columns.Skip(question.Limit)], Completeness = comparison.Completeness with { IsRecounted = true },
        };
    }

    private static async Task<SamplePlan> PlanAsync(IEventStore store, Sides sides, CompareQuestion question, SampleBudget budget, bool mayCut, CancellationToken cancellationToken)
    {
        try
        {
            return await SamplePlan.MakeAsync(store, sides, budget, mayCut, cancellationToken);
        }
        catch (QueryException e)
        {
            throw new QueryException([.. e.Errors.Select(error => error with { Path = PathOf(error.Path, question) }).DistinctBy(error => (error.Path, error.Message))]);
        }
    }

    /// <summary>Where in the question a path of the counting query is.</summary>
    private static string PathOf(string path, CompareQuestion question)
    {
        var selection = question.Selection switch
        {
            Selection.Where => "selection.where",
            Selection.Box => "selection.box",
            Selection.Group => "selection.group",
            Selection.Events => "selection.query.where",
            _ => "selection",
        };
        (string Prefix, string Place)[] places =
        [
            ("calculations[0].where.and[1]", selection), ("calculations[1].where.and[1].not.and[1]", selection), ("calculations[1].where.and[0].and[1]", "baseline.where"),
        ];
        foreach (var (prefix, place) in places)
        {
            if (!path.StartsWith(prefix, StringComparison.Ordinal)) continue;
            return question.Selection is Selection.Where or Selection.Events || place == "baseline.where" ? place + path[prefix.Length..] : place;
        }

        return path.Length == 0 ? "query" : "query." + path;
    }
}
