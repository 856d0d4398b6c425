namespace Storage.Queries;

/// <summary>
/// From a place on a heatmap to the events that are counted there. Columns of a span that conditions choose (<c>child.</c>, <c>any.</c> and so on)
/// are conditions in the listing as everywhere: it has the events that have some such span with a value of the cell.
/// </summary>
public static class HeatmapCell
{
    /// <summary>The first double beyond which whole numbers are rounded: there, as on the heatmap, values are compared as doubles.</summary>
    private const double Exact = 1L << 53;

    /// <summary>The field that stands for the rounded value.</summary>
    private const string Rounded = "heatmap value";

    /// <summary>Lists the events of a cell, those with the greatest values first.</summary>
    /// <param name="query">The query with the HEATMAP.</param>
    /// <param name="result">Its answer.</param>
    /// <param name="time">The time bucket, an index into <see cref="Heatmap.TimesUnixNs"/>.</param>
    /// <param name="row">The value bucket, an index into a row of <see cref="Heatmap.Counts"/>.</param>
    public static Query Events(Query query, QueryResult result, int time, int row)
    {
        var (column, edges) = (Of(result).Column, Of(result).Edges);
        var below = row + 2 == edges.Length ? FilterOp.LessOrEqual : FilterOp.Less;
        var isExact = Math.Max(Math.Abs(edges[row]), Math.Abs(edges[row + 1])) < Exact;
        var value = isExact ? column : Rounded;
        var listing = Listing(query, result, time, new Filter.Condition(value, FilterOp.GreaterOrEqual, edges[row]), new Filter.Condition(value, below, edges[row + 1]));
        return isExact ? listing : listing with { CalculatedFields = listing.CalculatedFields.Add(new CalculatedField(Rounded, $"FLOAT({QueryText.FormatReference(column)})")) };
    }

    /// <summary>Lists the events of a time bucket whose values are 0 or less.</summary>
    public static Query NonPositive(Query query, QueryResult result, int time)
    {
        // An infinity is nowhere on a heatmap.
        var column = Of(result).Column;
        return Listing(query, result, time, new Filter.Condition(column, FilterOp.LessOrEqual, 0.0), new Filter.Condition(column, FilterOp.GreaterOrEqual, double.MinValue));
    }

    /// <summary>Lists the events of a time bucket that have no value.</summary>
    public static Query Missing(Query query, QueryResult result, int time) =>
        Listing(query, result, time, new Filter.Not(new Filter.Condition(Of(result).Column, FilterOp.Exists))) with { Orders = default };

    private static Heatmap Of(QueryResult result) => result.Heatmap ?? throw new ArgumentException("the answer has no heatmap", nameof(result));

    private static Query Listing(Query query, QueryResult result, int time, params Filter[] conditions)
    {
        var (window, width, start) = (result.Meta.Window, result.Meta.GranularityNs, Of(result).TimesUnixNs[time]);
        var own = query.Calculations.First(c => c.Op == CalculationOp.Heatmap).Where;
        var end = window.EndUnixNs - start <= width ? window.EndUnixNs : start + width;
        return new Query
        {
            Time = new TimeRange.Between(Math.Max(start, window.StartUnixNs), end),
            Where = new Filter.And(new[] { query.Where, own }.OfType<Filter>().Concat(conditions).ToValueList()).Normalize(),
            CalculatedFields = query.CalculatedFields,
            Orders = [new Order(new ResultReference(Column: Of(result).Column))],
        };
    }
}
