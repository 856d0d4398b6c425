using Explorer.Client.Components.Charts;
using Explorer.Client.Display;
using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Runs;

/// <summary>A run in few numbers and in one sentence, for lists and link previews.</summary>
public static class RunPreview
{
    /// <summary>Points of a preview at most.</summary>
    public const int Points = 48;

    /// <summary>The largest number of a preview, so that it can be written with few digits and what is computed from several stays finite.</summary>
    private const double Most = float.MaxValue;

    /// <summary>The first calculation over time: the sum of the groups where it adds up, the highest of them otherwise. Empty where there is none.</summary>
    public static double?[] Of(QueryResult result, Query query)
    {
        var grid = TimeGrid.Of(result.Meta);
        if (result.Heatmap is { } heatmap && query.Calculations is [{ Op: CalculationOp.Heatmap }, ..])
            return Svg.Thin([.. heatmap.Counts.Select(c => (double?)c.Sum())], Points);
        if (result.Series.Calculations.FirstOrDefault(c => c.Type.IsChartable()) is not { } values) return [];
        var adds = query.Calculations.FirstOrDefault(c => c.ResultName == values.Name)?.Op is CalculationOp.Count or CalculationOp.Sum;
        var preview = new double?[grid.Count];
        for (var row = 0; row < result.Series.RowCount; row++)
        {
            var bucket = grid.IndexOf(result.Series.Times[row]);
            if (bucket < 0 || !values[row].IsNumber || !double.IsFinite(values[row].AsDouble())) continue;
            var (before, value) = (preview[bucket], values[row].AsDouble());
            preview[bucket] = Math.Clamp(before is null ? value : adds ? before.Value + value : Math.Max(before.Value, value), -Most, Most);
        }

        return Svg.Thin(preview, Points);
    }

    /// <summary>The question as a person would say it: <c>P99(duration_ms) by service.name where error = true</c>.</summary>
    public static string Text(ExplorerState state)
    {
        var what = state.View switch { ExplorerView.Events => "events", ExplorerView.Traces => "traces", _ => List(Clause.Visualize) is { Length: > 0 } calculations ? calculations : "COUNT" };
        foreach (var clause in (ReadOnlySpan<Clause>)[Clause.GroupBy, Clause.Where, Clause.Having, Clause.Compare])
            if (!(clause == Clause.GroupBy && state.View is ExplorerView.Events or ExplorerView.Traces) && List(clause) is { Length: > 0 } part) what += $" {clause.Title().ToLowerInvariant()} {part}";
        return what;

        string List(Clause clause) => string.Join(", ", QueryEdit.Texts(state.Query, clause).Select(t => Format.Text(t, 400)));
    }
}
