using System.Collections.Immutable;
using Storage.Events;

namespace Storage.Queries;

/// <summary>One column of a result: values of one type, some of them missing.</summary>
public sealed class ResultColumn
{
    private readonly Array _values;
    private readonly bool[]? _isNull;

    /// <param name="name">Name of the column.</param>
    /// <param name="type">Its type.</param>
    /// <param name="values">bool[], long[], double[] or string[] to match the type.</param>
    /// <param name="isNull">Which are missing; null when none is.</param>
    public ResultColumn(string name, ColumnType type, Array values, bool[]? isNull)
    {
        Name = name;
        Type = type;
        _values = values;
        _isNull = isNull;
    }

    public string Name { get; }

    public ColumnType Type { get; }

    public int Count => _values.Length;

    public bool IsNull(int row) => _isNull is not null && _isNull[row];

    public Value this[int row] => IsNull(row) ? Value.Null : _values switch
    {
        bool[] values => values[row],
        long[] values => values[row],
        double[] values => values[row],
        string[] values => values[row],
        _ => throw new InvalidOperationException(),
    };

    /// <summary>In place of a row's number: a missing value.</summary>
    internal const int NoRow = -1;

    /// <summary>A column of that name with the given rows of this one, in their order; <see cref="NoRow"/> stands for a missing value.</summary>
    internal ResultColumn Select(string name, ReadOnlySpan<int> rows)
    {
        var values = Array.CreateInstance(_values.GetType().GetElementType()!, rows.Length);
        var isNull = _isNull is null && !rows.Contains(NoRow) ? null : new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] != NoRow) Array.Copy(_values, rows[i], values, i, 1);
            else if (values is string[] texts) texts[i] = "";
            if (isNull is not null) isNull[i] = rows[i] == NoRow || IsNull(rows[i]);
        }

        return new ResultColumn(name, Type, values, isNull);
    }

    /// <summary>The same column under another name.</summary>
    internal ResultColumn Named(string name) => new(name, Type, _values, _isNull);

    /// <summary>The numbers as doubles, NaN where missing. For charts.</summary>
    public double[] ToDoubles()
    {
        var numbers = new double[Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            var value = this[i];
            numbers[i] = value.IsNumber ? value.AsDouble() : double.NaN;
        }

        return numbers;
    }
}

/// <summary>Columns of equal length.</summary>
public sealed class ResultTable
{
    public ResultTable(ImmutableArray<ResultColumn> columns) => Columns = columns;

    public static ResultTable Empty { get; } = new([]);

    public ImmutableArray<ResultColumn> Columns { get; }

    public int RowCount => Columns.IsDefaultOrEmpty ? 0 : Columns[0].Count;

    /// <summary>The column of that name, or null.</summary>
    public ResultColumn? Find(string name) => Columns.FirstOrDefault(c => c.Name == name);
}

/// <summary>Calculations per time bucket and group. Only buckets that have events; ordered by time, then group.</summary>
public sealed class SeriesTable
{
    public SeriesTable(long[] times, int[] groups, ImmutableArray<ResultColumn> calculations)
    {
        Times = times;
        Groups = groups;
        Calculations = calculations;
    }

    public static SeriesTable Empty { get; } = new([], [], []);

    /// <summary>Bucket starts, Unix nanoseconds.</summary>
    public long[] Times { get; }

    /// <summary>Row of the results table that the point belongs to.</summary>
    public int[] Groups { get; }

    public ImmutableArray<ResultColumn> Calculations { get; }

    public int RowCount => Times.Length;
}

/// <summary>Counts of events by time bucket and value bucket, over all groups.</summary>
/// <param name="Column">The column on the value axis.</param>
/// <param name="TimesUnixNs">Bucket starts, every bucket of the window, ascending.</param>
/// <param name="Edges">Ascending borders of the value buckets, one more than there are buckets; the last is inclusive.</param>
/// <param name="Counts">Weighted counts, <c>Counts[time][bucket]</c>.</param>
/// <param name="NonPositive">Per time: weight of values &lt;= 0.</param>
/// <param name="Missing">Per time: weight of events without the column.</param>
/// <param name="IsLog">True when the edges are spaced by equal ratios.</param>
public sealed record Heatmap(
    string Column, long[] TimesUnixNs, double[] Edges, double[][] Counts, double[] NonPositive, double[] Missing, bool IsLog);

/// <summary>A page of events, in the query's order. Every column has one row per event; missing values are null.</summary>
/// <param name="Table">The columns; <c>time</c> is Int64, Unix nanoseconds.</param>
/// <param name="Cursor">Where the next page starts; null at the end.</param>
public sealed record EventPage(ResultTable Table, string? Cursor);

/// <summary>How an answer came about.</summary>
/// <param name="Window">The absolute window that was asked.</param>
/// <param name="GranularityNs">Width of a time bucket.</param>
/// <param name="EventsMatched">Events that matched time and where (not weighted).</param>
/// <param name="RowsExamined">Events in the parts of the store that were read.</param>
/// <param name="Elapsed">Time in the store.</param>
/// <param name="MeanSampleRate">Sum of weights over events; 1 when nothing was sampled.</param>
/// <param name="Approximate">Names of result columns that are estimates.</param>
/// <param name="IsPartial">True when the query was stopped before it had read everything.</param>
/// <param name="SegmentsTotal">Sealed segments in the store.</param>
/// <param name="SegmentsRead">Segments that could hold matching events.</param>
public sealed record QueryMeta(
    TimeWindow Window, long GranularityNs, long EventsMatched, long RowsExamined, TimeSpan Elapsed, double MeanSampleRate,
    ValueList<string> Approximate, bool IsPartial, int SegmentsTotal, int SegmentsRead)
{
    /// <summary>Types of the events' columns that the query names (all that it gives, for a listing), then of the result's other columns.</summary>
    public ValueList<TypedColumn> Columns { get; init; }
}

/// <summary>A column's name and type.</summary>
public readonly record struct TypedColumn(string Name, ColumnType Type);

/// <summary>How far the result of a calculation over sampled events may be from what it would be over all.</summary>
/// <param name="Name">The calculation's name in the result.</param>
/// <param name="Rows">Sampled events that took part.</param>
/// <param name="Low">The lower end of the interval that holds the true value in 95 of 100 samples; NaN where a percentile's lies below everything that was seen.</param>
/// <param name="High">Its upper end; NaN where a percentile's lies above everything that was seen.</param>
public sealed record Interval(string Name, long Rows, double Low, double High);

/// <summary>The intervals of COUNT, SUM, AVG and percentiles. Of nothing, only a COUNT has one.</summary>
/// <param name="Total">Of the total.</param>
/// <param name="Results">Of each row of the results.</param>
public sealed record Sampling(ImmutableArray<Interval> Total, ImmutableArray<ImmutableArray<Interval>> Results);

/// <summary>What the same question has for an answer about an earlier time.</summary>
/// <param name="Window">The earlier window.</param>
/// <param name="Results">The rows of the present results, in their order, with the values of the earlier window; missing where a group had no events.</param>
/// <param name="Series">The same groups over time, at the times as they were.</param>
/// <param name="Total">One row: the calculations over all events that matched in the earlier window.</param>
/// <param name="Other">One row: the calculations over the groups that are in the present's other; null when there is none.</param>
/// <param name="Heatmap">Set when a calculation is a HEATMAP; its edges are its own.</param>
/// <param name="EventsMatched">Events that matched (not weighted).</param>
public sealed record EarlierResult(TimeWindow Window, ResultTable Results, SeriesTable Series, ResultTable Total, ResultTable? Other, Heatmap? Heatmap, long EventsMatched);

/// <summary>The answer to a query.</summary>
public sealed class QueryResult
{
    /// <summary>One row per group: the breakdowns, then the calculations, in the query's order. Empty for a listing.</summary>
    public ResultTable Results { get; init; } = ResultTable.Empty;

    /// <summary>The same groups over time.</summary>
    public SeriesTable Series { get; init; } = SeriesTable.Empty;

    /// <summary>One row: the calculations over all matching events; null for a listing.</summary>
    public ResultTable? Total { get; init; }

    /// <summary>One row: the calculations over the groups that passed HAVING and were cut by LIMIT; null when none was.</summary>
    public ResultTable? Other { get; init; }

    /// <summary>Set when a calculation is a HEATMAP.</summary>
    public Heatmap? Heatmap { get; init; }

    /// <summary>Set when the query lists events.</summary>
    public EventPage? Events { get; init; }

    /// <summary>Set when the query asks for a comparison with an earlier time.</summary>
    public EarlierResult? Compare { get; init; }

    /// <summary>Set when an event took part that stands for others too.</summary>
    public Sampling? Sampling { get; init; }

    public required QueryMeta Meta { get; init; }

    /// <summary>The answer as one table: the events, or the results and behind them, as <c>compare.</c> and the name, the calculations of the earlier time.</summary>
    public ResultTable ToTable()
    {
        if (Events is { } page) return page.Table;
        if (Compare is null) return Results;
        var breakdowns = Results.Columns.Length - Compare.Total.Columns.Length;
        var taken = Results.Columns.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        var more = Compare.Results.Columns.Skip(breakdowns).Select(c =>
        {
            var name = "compare." + c.Name;
            while (!taken.Add(name)) name += "_";
            return c.Named(name);
        });
        return new ResultTable([.. Results.Columns, .. more]);
    }

    /// <summary>The same answer with another account of how it came about.</summary>
    public QueryResult With(QueryMeta meta) => new()
    {
        Results = Results, Series = Series, Total = Total, Other = Other, Heatmap = Heatmap, Events = Events, Compare = Compare, Sampling = Sampling, Meta = meta,
    };
}
