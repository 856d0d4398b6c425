using System.Collections.Immutable;
using System.Globalization;
using Storage;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>
/// Counts the shown values of ranked columns over all events, where the ranking is by a sample: the selection by looking at its events, and the baseline by
/// what statistics of the store say of all, where both together are all.
/// </summary>
internal sealed class Recount(IEventStore store, Sides sides, ComparedSide selection, ComparedSide baseline)
{
    /// <summary>Calculations of one query; a query takes no more than a hundred.</summary>
    private const int PerQuery = 96;

    /// <summary>Columns in their order with exact counts, each as soon as it is counted.</summary>
    public async IAsyncEnumerable<ComparedColumn> RunAsync(
        IReadOnlyList<ComparedColumn> columns, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fields = sides.Query.CalculatedFields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var totals = sides.AreAll ? await store.CountValuesAsync(sides.Window, [.. columns.Select(c => c.Name).Where(n => !fields.Contains(n))], cancellationToken) : null;
        var batch = new List<ComparedColumn>();
        var size = 0;
        foreach (var column in columns)
        {
            var needed = Shown(column).Count();
            if (size + needed > PerQuery)
            {
                foreach (var counted in await CountAsync(batch, totals, cancellationToken)) yield return counted;
                (batch, size) = ([], 0);
            }

            batch.Add(column);
            size += needed;
        }

        foreach (var counted in await CountAsync(batch, totals, cancellationToken)) yield return counted;
    }

    /// <summary>What a column shows counts of: its best statement, then its values.</summary>
    private static IEnumerable<Predicate> Shown(ComparedColumn column)
    {
        if (column.Best is { } best) yield return best.Predicate;
        foreach (var value in column.Values) yield return value.Value.IsNull ? new Predicate.Missing(column.Name) : new Predicate.Is(column.Name, value.Value);
    }

    private async Task<List<ComparedColumn>> CountAsync(List<ComparedColumn> columns, ValueTotals? totals, CancellationToken cancellationToken)
    {
        var shown = columns.SelectMany(Shown).ToArray();
        var all = Array.ConvertAll(shown, p => totals is null ? null : p.CountIn(totals));
        var selected = await CountAsync(shown, sides.SelectedWindow, sides.IsSelectedThere, cancellationToken);
        var left = await CountAsync([.. shown.Where((_, i) => all[i] is null)], sides.Window, sides.IsCompared, cancellationToken);
        var (next, unknown) = (0, 0);
        (double, double) Next()
        {
            var i = next++;
            return (selected[i], all[i] is { } known ? Math.Max(0, known - selected[i]) : left[unknown++]);
        }

        var counted = new List<ComparedColumn>();
        foreach (var column in columns)
        {
            var best = column.Best;
            if (best is not null)
            {
                var (a, b) = Next();
                best = best with { Selection = Side(best.Selection, a, selection), Baseline = Side(best.Baseline, b, baseline) };
            }

            var values = column.Values.Select(v => (Value: v, Counts: Next()))
                .Select(v => v.Value with { Selection = Side(v.Value.Selection, v.Counts.Item1, selection), Baseline = Side(v.Value.Baseline, v.Counts.Item2, baseline) }).ToImmutableArray();
            counted.Add(column with { Best = best, Values = values });
        }

        return counted;
    }

    /// <summary>Events of a side that each statement holds for.</summary>
    private async Task<double[]> CountAsync(Predicate[] statements, TimeWindow window, Filter side, CancellationToken cancellationToken)
    {
        if (statements.Length == 0) return [];
        var result = await store.RunAsync(new Query
        {
            Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs),
            Where = sides.Query.Where is { } where ? new Filter.And([where, side]) : side,
            CalculatedFields = sides.Query.CalculatedFields,
            Calculations = statements.Select((p, i) => new Calculation(CalculationOp.Count, Name: "n" + i.ToString(CultureInfo.InvariantCulture), Where: p.ToFilter())).ToValueList(),
            Series = false,
        }, cancellationToken);
        return [.. result.Results.Columns.Select(c => c[0] is { IsNumber: true } value ? value.AsDouble() : 0)];
    }

    /// <summary>The interval stays that of the sampled traces, around the exact share: what varies is which traces came, not how they were counted.</summary>
    private static SideCount Side(SideCount old, double events, ComparedSide side)
    {
        var share = side.Events > 0 ? Math.Clamp(events / side.Events, 0, 1) : 0;
        var (low, high) = Netbits.Interval(share, side.SampledTraces / Math.Max(side.SampleShare, 1e-9));
        return old with { Events = events, Share = share, Low = low, High = high };
    }
}
