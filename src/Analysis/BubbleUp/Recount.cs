using System.Collections.Immutable;
using System.Globalization;
using Storage;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>Counts the shown values of ranked columns over all events, where the ranking is by a sample.</summary>
internal sealed class Recount(IEventStore store, Sides sides, ComparedSide selection, ComparedSide baseline)
{
    /// <summary>Calculations of one query; a query takes no more than a hundred.</summary>
    private const int PerQuery = 96;

    /// <summary>Columns in their order with exact counts, each as soon as it is counted.</summary>
    public async IAsyncEnumerable<ComparedColumn> RunAsync(
        IEnumerable<ComparedColumn> columns, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<ComparedColumn>();
        var size = 0;
        foreach (var column in columns)
        {
            var needed = 2 * Filters(column).Count();
            if (size + needed > PerQuery)
            {
                foreach (var counted in await CountAsync(batch, cancellationToken)) yield return counted;
                (batch, size) = ([], 0);
            }

            batch.Add(column);
            size += needed;
        }

        foreach (var counted in await CountAsync(batch, cancellationToken)) yield return counted;
    }

    /// <summary>The conditions that a column shows counts of: its best statement, then its values.</summary>
    private static IEnumerable<Filter> Filters(ComparedColumn column)
    {
        if (column.Best is { } best) yield return best.Predicate.ToFilter();
        foreach (var value in column.Values)
            yield return value.Value.IsNull ? new Predicate.Missing(column.Name).ToFilter() : new Predicate.Is(column.Name, value.Value).ToFilter();
    }

    private async Task<List<ComparedColumn>> CountAsync(List<ComparedColumn> columns, CancellationToken cancellationToken)
    {
        var calculations = columns.SelectMany(Filters).SelectMany<Filter, Filter>(f => [new Filter.And([sides.IsSelected, f]), new Filter.And([sides.IsCompared, f])])
            .Select((where, i) => new Calculation(CalculationOp.Count, Name: "n" + i.ToString(CultureInfo.InvariantCulture), Where: where)).ToValueList();
        if (calculations.IsEmpty) return columns;
        var result = await store.RunAsync(new Query
        {
            Time = sides.Query.Time, Where = sides.Query.Where, CalculatedFields = sides.Query.CalculatedFields, Calculations = calculations, Series = false,
        }, cancellationToken);
        var next = 0;
        double Next() => result.Results.Columns[next++][0] is { IsNumber: true } value ? value.AsDouble() : 0;
        var counted = new List<ComparedColumn>();
        foreach (var column in columns)
        {
            var best = column.Best is { } b ? b with { Selection = Side(b.Selection, Next(), selection), Baseline = Side(b.Baseline, Next(), baseline) } : null;
            var values = column.Values
                .Select(v => v with { Selection = Side(v.Selection, Next(), selection), Baseline = Side(v.Baseline, Next(), baseline) }).ToImmutableArray();
            counted.Add(column with { Best = best, Values = values });
        }

        return counted;
    }

    /// <summary>The interval stays that of the sampled traces, around the exact share: what varies is which traces came, not how they were counted.</summary>
    private static SideCount Side(SideCount old, double events, ComparedSide side)
    {
        var share = side.Events > 0 ? Math.Clamp(events / side.Events, 0, 1) : 0;
        var (low, high) = Netbits.Interval(share, side.SampledTraces / Math.Max(side.SampleShare, 1e-9));
        return old with { Events = events, Share = share, Low = low, High = high };
    }
}
