using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>Random questions about random events: the compiled statements and the naive evaluator must say the same.</summary>
public sealed class DifferentialTests
{
    private const int QueriesPerSeed = 20;

    /// <summary>More seeds for a long run: the environment variable <c>EXPLORER_DIFFERENTIAL_SEEDS</c>; 1,000 are 20,000 pairs of events and question.</summary>
    private static readonly int Seeds =
        int.TryParse(Environment.GetEnvironmentVariable("EXPLORER_DIFFERENTIAL_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : 50;

    [Fact]
    public void Compiled_queries_agree_with_the_naive_evaluator()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new RandomQueries(seed);
            var types = random.Columns();
            using var store = new MemoryEvents(seed % 3 == 0 ? 2 : 50_000, types.Select(t => (t.Key, t.Value))) { KnowsColumns = seed % 2 == 1, KeepsValues = seed % 4 < 3 };
            var events = random.Events();
            store.With(events);
            var fields = random.Fields();
            var naive = new NaiveEvaluator(random.Types.Append(new("time", ColumnType.Int64)).ToDictionary(), events, fields);
            for (var i = 0; i < QueriesPerSeed; i++)
            {
                var query = i % 5 == 0 ? random.Listing() : random.Calculating();
                var note = $"seed {seed}, query {i}: {QueryJson.ToJson(query)}";
                naive.Where = query.Where;
                try
                {
                    if (query.IsListing) CompareListing(store, naive, query, note);
                    else CompareCalculations(store.Run(query), naive, query, note);
                }
                catch (Exception e) when (e is not ShouldAssertException)
                {
                    throw new InvalidOperationException(note, e);
                }
            }
        }
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 5)]
    [InlineData(false, 0)]
    [InlineData(false, 5)]
    public void A_percentile_by_its_own_column_stays_missing_where_the_column_is(bool keepsValues, long sampleRate)
    {
        using var store = new MemoryEvents(50_000, [("x", ColumnType.Int64), ("d", ColumnType.Float64), ("SampleRate", ColumnType.Int64)]) { KnowsColumns = true, KeepsValues = keepsValues };
        store.With((47_000_000_000, sampleRate > 0 ? [("SampleRate", Value.Of(sampleRate))] : []), (40_000_000_000, [("x", Value.Of(-3L))]));
        const string query = """{"start_time":"1970-01-01T00:00:00Z","end_time":"1970-01-01T00:01:40Z","calculations":[{"op":"P50","column":"NAME"}],"breakdowns":["NAME"],"calculated_fields":[{"name":"none","expression":"$x % MUL(0, $x)"},{"name":"nothing","expression":"FLOAT($x) / MUL(0, $x)"}]}""";
        foreach (var name in new[] { "none", "nothing", "d" })
        {
            var result = store.Run(QueryJson.Read(query.Replace("NAME", name, StringComparison.Ordinal)));

            result.Total!.Columns[0][0].IsNull.ShouldBeTrue(name);
            result.Results.Columns[1][0].IsNull.ShouldBeTrue(name);
        }
    }

    private static void CompareCalculations(QueryResult result, NaiveEvaluator naive, Query query, string note)
    {
        var own = naive.Matching(query);
        var window = query.Time.Resolve(default);
        (naive.Width, naive.Window, naive.Stretch) = (result.Meta.GranularityNs, window, window);
        result.Meta.EventsMatched.ShouldBe(own.Count, note);
        Same(result.Meta.MeanSampleRate, own.Count == 0 ? 1 : own.Sum(naive.Weight) / own.Count, note);
        List<TestEvent> matching = [.. own, .. naive.Early(query)];
        Row(result.Total!, 0, naive.Calculate(query, matching), note + " total");

        var groups = naive.Groups(query, matching);
        var limit = query.Limit ?? Query.DefaultLimit;
        var shown = groups.Take(limit).ToList();
        if (query.Breakdowns.Count > 0 || query.Calculations.Any(c => c.Op != CalculationOp.Heatmap)) result.Results.RowCount.ShouldBe(shown.Count, note);
        for (var i = 0; i < result.Results.RowCount; i++) Row(result.Results, i, [.. shown[i].Group, .. shown[i].Results], $"{note} row {i}");

        var cut = groups.Skip(limit).ToList();
        (result.Other is null).ShouldBe(cut.Count == 0, note);
        if (cut.Count > 0) Row(result.Other!, 0, naive.Calculate(query, [.. matching.Where(e => cut.Exists(g => naive.IsIn(g, query, e)))]), note + " other");

        CompareSampling(result, naive, query, own, shown, note + " sampling");
        CompareSeries(result, naive, query, matching, shown, note);
        (result.Compare is null).ShouldBe(query.CompareOffsetSeconds is null, note);
        if (result.Compare is { } compare) CompareEarlier(compare, naive, query, shown, cut, result.Meta.GranularityNs, note + " compare");
        if (query.Calculations.FirstOrDefault(c => c.Op == CalculationOp.Heatmap) is not { } heatmap) return;
        CompareHeatmap(result, naive, heatmap, own, note);
        CompareCells(result, naive, query, note);
    }

    private static void CompareSampling(QueryResult result, NaiveEvaluator naive, Query query, List<TestEvent> own, List<NaiveRow> shown, string note)
    {
        var weighted = query.Calculations.Where(c => c.Op is CalculationOp.Count or CalculationOp.Sum or CalculationOp.Avg || c.Op.Quantile() is not null).ToList();
        (result.Sampling is not null).ShouldBe(weighted.Count > 0 && own.Exists(e => naive.Weight(e) != 1), note);
        if (result.Sampling is not { } sampling) return;
        sampling.Results.Length.ShouldBe(result.Results.RowCount, note);
        Check(sampling.Total, own);
        for (var i = 0; i < sampling.Results.Length; i++) Check(sampling.Results[i], [.. own.Where(e => naive.IsIn(shown[i], query, e))]);

        void Check(IReadOnlyList<Interval> intervals, List<TestEvent> events)
        {
            foreach (var calculation in weighted)
            {
                var name = calculation.ResultName;
                var values = events.Where(e => calculation.Where is null || naive.Matches(calculation.Where, e)).Where(e => calculation.Column is null || !naive.ValueOf(e, calculation.Column).IsNull)
                    .Select(e => (X: calculation.Op == CalculationOp.Count ? 1 : naive.ValueOf(e, calculation.Column!).AsDouble(), W: naive.Weight(e))).Where(v => double.IsFinite(v.X)).ToList();
                var interval = intervals.FirstOrDefault(x => x.Name == name);
                (interval is null).ShouldBe(values.Count == 0 && calculation.Op != CalculationOp.Count, note);
                if (interval is null) continue;
                interval.Rows.ShouldBe(values.Count, note);
                if (calculation.Op.Quantile() is { } quantile)
                {
                    var exact = events.Where(e => calculation.Where is null || naive.Matches(calculation.Where, e)).Select(e => (Value: naive.ValueOf(e, calculation.Column!), W: naive.Weight(e)))
                        .Where(v => !v.Value.IsNull && double.IsFinite(v.Value.AsDouble())).Select(v => new Ranked(v.Value.AsDouble(), v.Value.Kind == ValueKind.Int64 ? v.Value.AsInt64() : 0, v.W));
                    CheckPercentile(interval, [.. exact.Order()], quantile, note);
                    continue;
                }

                var (sum, weight) = (values.Sum(v => v.X * v.W), values.Sum(v => v.W));
                var mean = sum / weight;
                var variance = calculation.Op == CalculationOp.Avg ? values.Sum(v => v.W * (v.W - 1) * (v.X - mean) * (v.X - mean)) / (weight * weight) : values.Sum(v => v.W * (v.W - 1) * v.X * v.X);
                var reach = 1.96 * Math.Sqrt(variance);
                // The rounding of squares of large numbers hides small distances.
                if (!double.IsFinite(reach) || values.Exists(v => Math.Abs(v.X) > 1e12)) continue;
                var center = calculation.Op == CalculationOp.Avg ? mean : sum;
                Near(interval.Low, calculation.Op == CalculationOp.Count ? Math.Max(values.Count, center - reach) : center - reach, center);
                Near(interval.High, center + reach, center);
            }
        }

        void Near(double actual, double expected, double scale) => (Math.Abs(actual - expected) <= 1e-6 * Math.Max(1, Math.Max(Math.Abs(expected), Math.Abs(scale)))).ShouldBeTrue($"{note}: {actual} is not {expected}");
    }

    /// <summary>A value with its weight. Integers that are one double are still two values.</summary>
    private readonly record struct Ranked(double X, long Exact, double W) : IComparable<Ranked>
    {
        public int CompareTo(Ranked other) => (X, Exact).CompareTo((other.X, other.Exact));
    }

    private static void CheckPercentile(Interval interval, Ranked[] sorted, double quantile, string note)
    {
        var all = sorted.Sum(v => v.W);
        Ranked ValueAt(double share)
        {
            var below = 0.0;
            return sorted.First(v => (below += v.W) >= share * all || v == sorted[^1]);
        }

        double At(double share) => share is <= 0 or >= 1 ? double.NaN : ValueAt(share).X;

        // Where the running weight is the share to the last bit, rounding decides.
        foreach (var nudge in new[] { -1e-9, 0, 1e-9 })
        {
            var middle = ValueAt(quantile + nudge);
            var variance = sorted.Sum(v => v.W * (v.W - 1) * (v.CompareTo(middle) <= 0 ? (1 - quantile) * (1 - quantile) : quantile * quantile)) / (all * all);
            var reach = 1.96 * Math.Sqrt(variance);
            var (low, high) = reach == 0 ? (middle.X, middle.X) : (At(quantile - reach), At(quantile + reach));
            if (interval.Low.Equals(low) && interval.High.Equals(high)) return;
            if (new[] { At(quantile - reach - 1e-9), At(quantile - reach + 1e-9) }.Contains(interval.Low) && new[] { At(quantile + reach - 1e-9), At(quantile + reach + 1e-9) }.Contains(interval.High)) return;
        }

        interval.ToString().ShouldBe("what the values say: " + string.Join(", ", sorted), note);
    }

    /// <summary>What a cell counts is what the listing behind it finds.</summary>
    private static void CompareCells(QueryResult result, NaiveEvaluator naive, Query query, string note)
    {
        // A condition chooses a span for itself, and means another one beside others.
        if (RelationalColumns.Prefixes.Any(p => p.Relative is not (Relative.Root or Relative.Parent) && QueryJson.ToJson(query).Contains(p.Prefix, StringComparison.Ordinal))) return;
        var heatmap = result.Heatmap!;
        double Weight(Query listing) => naive.Matching(listing).Sum(naive.Weight);
        for (var time = 0; time < heatmap.TimesUnixNs.Length; time++)
        {
            Weight(HeatmapCell.Missing(query, result, time)).ShouldBe(heatmap.Missing[time], note);
            Weight(HeatmapCell.NonPositive(query, result, time)).ShouldBe(heatmap.NonPositive[time], note);
            for (var row = 0; row < heatmap.Edges.Length - 1; row++)
                if (heatmap.Counts[time][row] > 0 && Math.Max(Math.Abs(heatmap.Edges[row]), Math.Abs(heatmap.Edges[row + 1])) < 1L << 53) Weight(HeatmapCell.Events(query, result, time, row)).ShouldBe(heatmap.Counts[time][row], note);
        }
    }

    private static void CompareEarlier(EarlierResult compare, NaiveEvaluator naive, Query query, List<NaiveRow> shown, List<NaiveRow> cut, long width, string note)
    {
        var window = query.Time.Resolve(default);
        var offset = (Int128)query.CompareOffsetSeconds!.Value * 1_000_000_000;
        var earlier = new TimeWindow((long)Int128.Max(0, window.StartUnixNs - offset), (long)Int128.Max(0, window.EndUnixNs - offset));
        compare.Window.ShouldBe(earlier, note);
        var before = query with { Time = new TimeRange.Between(earlier.StartUnixNs, earlier.EndUnixNs) };
        (naive.Window, naive.Stretch) = (earlier, earlier);
        var own = naive.Matching(before);
        List<TestEvent> matching = [.. own, .. naive.Early(before)];
        compare.EventsMatched.ShouldBe(own.Count, note);
        Row(compare.Total, 0, naive.Calculate(query, matching), note + " total");
        compare.Results.RowCount.ShouldBe(compare.Results.Columns.IsEmpty ? 0 : shown.Count, note);
        for (var i = 0; i < compare.Results.RowCount; i++)
        {
            var group = matching.Where(e => naive.IsIn(shown[i], query, e)).ToList();
            var values = group.Count == 0 && query.Breakdowns.Count > 0 ? new Value[compare.Total.Columns.Length] : naive.Calculate(query, group);
            Row(compare.Results, i, [.. shown[i].Group, .. values], $"{note} row {i}");
        }

        (compare.Other is null).ShouldBe(cut.Count == 0, note);
        if (cut.Count > 0) Row(compare.Other!, 0, naive.Calculate(query, [.. matching.Where(e => cut.Exists(g => naive.IsIn(g, query, e)))]), note + " other");
        var result = new QueryResult { Series = compare.Series, Heatmap = compare.Heatmap, Meta = new QueryMeta(earlier, width, own.Count, 0, default, 1, [], false, 0, 0) };
        CompareSeries(result, naive, query, matching, shown, note);
        if (query.Calculations.FirstOrDefault(c => c.Op == CalculationOp.Heatmap) is { } heatmap) CompareHeatmap(result, naive, heatmap, own, note);
    }

    private static void CompareSeries(QueryResult result, NaiveEvaluator naive, Query query, List<TestEvent> matching, List<NaiveRow> shown, string note)
    {
        if (query.Calculations.All(c => c.Op == CalculationOp.Heatmap)) return;
        var width = result.Meta.GranularityNs;
        var window = naive.Window;
        // A span without end fills all of time, of which one bucket is like the other.
        if (result.Series.RowCount > 1_000) return;
        var spans = query.Calculations.Where(c => c.Op == CalculationOp.Concurrency).ToList();
        var buckets = Enumerable.Range(0, (int)Math.Min(202, window.LengthNs / width + 2)).Select(i => (window.StartUnixNs / width + i) * width).ToHashSet();
        buckets.UnionWith(matching.Select(e => e.Time / width * width));
        var points = new List<(long Time, int Group, Value[] Values)>();
        foreach (var bucket in buckets)
        {
            naive.Stretch = new TimeWindow(Math.Max(bucket, window.StartUnixNs), (long)Int128.Min((Int128)bucket + width, window.EndUnixNs));
            for (var i = 0; i < shown.Count; i++)
            {
                var group = matching.Where(e => naive.IsIn(shown[i], query, e)).ToList();
                var here = group.Any(e => (e.Time >= window.StartUnixNs && e.Time / width * width == bucket)
                    || spans.Exists(c => (c.Where is null || naive.Matches(c.Where, e)) && naive.InFlight(e, naive.Stretch.StartUnixNs, naive.Stretch.EndUnixNs) > 0));
                if (here) points.Add((bucket, i, naive.Calculate(query, group, [.. group.Where(e => e.Time >= window.StartUnixNs && e.Time / width * width == bucket - width)])));
            }
        }

        points.Sort((a, b) => (a.Time, a.Group).CompareTo((b.Time, b.Group)));
        result.Series.Times.ShouldBe(points.Select(p => p.Time).ToArray(), note);
        result.Series.Groups.ShouldBe(points.Select(p => p.Group).ToArray(), note);
        for (var i = 0; i < points.Count; i++) Row(new ResultTable(result.Series.Calculations), i, points[i].Values, $"{note} point {i}");
    }

    private static void CompareHeatmap(QueryResult result, NaiveEvaluator naive, Calculation calculation, List<TestEvent> matching, string note)
    {
        var heatmap = result.Heatmap.ShouldNotBeNull(note);
        var taking = matching.Where(e => calculation.Where is null || naive.Matches(calculation.Where, e)).ToList();
        var edges = heatmap.Edges;
        Enumerable.Range(1, edges.Length - 1).All(i => edges[i] > edges[i - 1]).ShouldBeTrue(note);
        var width = result.Meta.GranularityNs;
        var buckets = taking.GroupBy(e => e.Time / width * width).ToDictionary(g => g.Key, g => g.Select(e => (Value: naive.OfCalculation(e, calculation), Weight: naive.Weight(e))).ToList());
        for (var t = 0; t < heatmap.TimesUnixNs.Length; t++)
        {
            var here = buckets.GetValueOrDefault(heatmap.TimesUnixNs[t], []);
            var finite = here.Where(x => !x.Value.IsNull && double.IsFinite(x.Value.AsDouble())).Select(x => (Number: x.Value.AsDouble(), x.Weight)).ToList();
            var expected = new double[edges.Length - 1];
            foreach (var (number, weight) in finite)
                expected[Enumerable.Range(0, expected.Length).Single(row => number >= edges[row] && (number < edges[row + 1] || (row == expected.Length - 1 && number == edges[row + 1])))] += weight;
            if (!heatmap.Counts[t].SequenceEqual(expected)) heatmap.Counts[t].ShouldBe(expected, note);
            heatmap.Missing[t].ShouldBe(here.Where(x => x.Value.IsNull).Sum(x => x.Weight), note);
            heatmap.NonPositive[t].ShouldBe(finite.Where(x => x.Number <= 0).Sum(x => x.Weight), note);
        }

        buckets.Keys.Except(heatmap.TimesUnixNs).ShouldBeEmpty(note);
    }

    private static void CompareListing(MemoryEvents store, NaiveEvaluator naive, Query query, string note)
    {
        var expected = naive.Listing(query, naive.Matching(query));
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = store.Run(query with { Cursor = cursor }).Events!;
            var ids = page.Table.Find("id").ShouldNotBeNull(note);
            for (var row = 0; row < page.Table.RowCount; row++)
            {
                var e = expected[seen.Count];
                seen.Add(ids[row].AsInt64());
                foreach (var column in page.Table.Columns) Same(column[row], naive.ValueOf(e, column.Name), $"{note} event {seen.Count} {column.Name}");
            }

            cursor = page.Cursor;
        }
        while (cursor is not null);
        seen.Count.ShouldBe(expected.Count, note);
    }

    private static void Row(ResultTable table, int row, Value[] expected, string note)
    {
        table.Columns.Length.ShouldBe(expected.Length, note);
        for (var i = 0; i < expected.Length; i++) Same(table.Columns[i][row], expected[i], $"{note} {table.Columns[i].Name}");
    }

    private static void Same(Value actual, Value expected, string note)
    {
        if (!actual.IsNumber || !expected.IsNumber || (actual.Kind == ValueKind.Int64 && expected.Kind == ValueKind.Int64))
        {
            if (actual != expected) actual.ToString().ShouldBe(expected + " (" + expected.Kind + ")", note);
            return;
        }

        var (a, b) = (actual.AsDouble(), expected.AsDouble());
        var same = a == b || (double.IsNaN(a) && double.IsNaN(b)) || Math.Abs(a - b) <= 1e-9 * Math.Max(Math.Abs(a), Math.Abs(b));
        same.ShouldBeTrue($"{note}: {a} is not {b}");
    }
}
