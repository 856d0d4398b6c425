using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Reads the heatmap of a query: first what range the values have, then how many lie in each cell. Sealed events are read without the engine where that is possible, and put together with
/// what it says of the others.
/// </summary>
/// <param name="query">The query.</param>
/// <param name="heatmap">Its HEATMAP.</param>
/// <param name="session">Where the events are.</param>
/// <param name="source">The relation of all of them.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class HeatmapRun(BoundCalculationQuery query, BoundCalculation heatmap, SqlSession session, Lazy<SqlRelation> source, CancellationToken cancellationToken)
{
    /// <summary>Of more events than this, only some say whether the axis is logarithmic: exact quantiles cost more than all cells.</summary>
    private const long MaxRanked = 250_000;

    /// <summary>One event in so many says it then, and fewer of very many.</summary>
    private const int SampleStep = 31;

    private const long ManyEvents = 30_000_000;

    /// <summary>The heatmap.</summary>
    /// <param name="any">Whether any event matches.</param>
    public Heatmap Read(bool any)
    {
        if (!any) return Grid(HeatmapAxis.Empty).ToHeatmap(heatmap.Column!.Name);
        return (Count() ?? Scan()).ToHeatmap(heatmap.Column!.Name);
    }

    /// <summary>Of events, those whose number this divides are ranked.</summary>
    public static long StepOf(long? events) => events > MaxRanked ? SampleStep * (1 + events.Value / ManyEvents) : 1;

    private HeatmapGrid Scan()
    {
        var compiler = Compiler(source.Value);
        var grid = Grid(AxisOver(Execute(compiler.Range())));
        AddCells(Execute(compiler.Cells(grid.Axis)), grid);
        return grid;
    }

    private HeatmapGrid? Count()
    {
        if (query.Weight is not null || session.Tally(query.Columns, query.Window, query.Where) is not { } tally) return null;
        BoundFilter[] conditions = [.. new[] { query.Where, heatmap.Where }.OfType<BoundFilter>()];
        var where = conditions switch { [] => null, [var only] => only, _ => new BoundFilter.All([.. conditions]) };
        using var counted = tally.Heat(query.Window, where, heatmap.Column!, query.GranularityNs);
        var step = query.HeatmapScale == HeatmapScale.Auto ? StepOf(counted?.Events) : 0;
        if (counted?.Range(step, cancellationToken) is not { } range) return null;
        var rest = counted.Rest is { } others ? Compiler(others) : null;
        if (rest is not null) range = range.With(RangeOf(rest, step));
        var grid = Grid(AxisOver(range));
        if (!counted.TryCount(grid, cancellationToken)) return null;
        if (rest is not null) AddCells(Execute(rest.Cells(grid.Axis)), grid);
        return grid;
    }

    private HeatmapCompiler Compiler(SqlRelation events) => new(query, heatmap, QueryRunner.Dialect, events with { Run = session.Run });

    private HeatmapGrid Grid(HeatmapAxis axis) => new(query.Window, query.GranularityNs, axis, HeatmapCompiler.IsAboveZero(query, axis));

    private ResultTable Execute(SqlStatement statement)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return session.Execute(statement, cancellationToken);
    }

    private HeatmapAxis AxisOver(ResultTable range) => range.Columns[0].IsNull(0) ? HeatmapAxis.Empty : HeatmapAxis.Of(query.HeatmapScale, Numbers(range));

    private HeatmapAxis AxisOver(HeatRange range)
    {
        if (double.IsNaN(range.Least)) return HeatmapAxis.Empty;
        if (query.HeatmapScale != HeatmapScale.Auto) return HeatmapAxis.Of(query.HeatmapScale, [range.Least, range.Greatest, range.LeastAboveZero]);
        range.Ranked.Sort();
        // The smallest value at which the share, in hundredths, is reached.
        double At(long share) => range.Ranked.Count == 0 ? double.NaN : range.Ranked[(int)((range.Ranked.Count * share + 99) / 100) - 1];
        return HeatmapAxis.Of(HeatmapScale.Auto, [range.Least, range.Greatest, At(50), At(99)]);
    }

    private HeatRange RangeOf(HeatmapCompiler events, long step)
    {
        var numbers = Numbers(Execute(events.Range()));
        var range = new HeatRange(numbers[0], numbers[1], query.HeatmapScale == HeatmapScale.Log ? numbers[2] : double.NaN, []);
        if (step == 0 || double.IsNaN(range.Least)) return range;
        var ranked = Execute(events.Ranked(step));
        for (var row = 0; row < ranked.RowCount; row++) range.Ranked.Add(ranked.Columns[0][row].AsDouble());
        return range;
    }

    private static double[] Numbers(ResultTable range) => [.. range.Columns.Select(c => c.IsNull(0) ? double.NaN : c[0].AsDouble())];

    private static void AddCells(ResultTable cells, HeatmapGrid grid)
    {
        var (buckets, rows) = (ResultReader.Int64s(cells, "k0"), ResultReader.Int64s(cells, "k1"));
        var (weights, low, without) = (ResultReader.Column(cells, "weight"), ResultReader.Column(cells, "nonpositive"), ResultReader.Column(cells, "missing"));
        for (var cell = 0; cell < cells.RowCount; cell++)
        {
            grid.Add(buckets(cell), (int)rows(cell), weights[cell].AsDouble());
            // They stand beside the first row of a bucket.
            if (rows(cell) == 0) grid.AddBeside(buckets(cell), without.IsNull(cell) ? 0 : without[cell].AsDouble(), low.IsNull(cell) ? 0 : low[cell].AsDouble());
        }
    }
}
