using Storage.Queries;

namespace Storage.Compile;

/// <summary>The cells of a heatmap while they are counted. Not thread-safe.</summary>
internal sealed class HeatmapGrid
{
    private readonly long _widthNs;
    private readonly long[] _times;
    private readonly double[][] _counts;
    private readonly double[] _nonPositive, _missing;

    /// <param name="window">The query's window.</param>
    /// <param name="widthNs">Width of a time bucket.</param>
    /// <param name="axis">The value axis.</param>
    /// <param name="isAboveZero">True when values of 0 or less stand beside the rows.</param>
    public HeatmapGrid(TimeWindow window, long widthNs, HeatmapAxis axis, bool isAboveZero)
    {
        (_widthNs, Axis, IsAboveZero) = (widthNs, axis, isAboveZero);
        _times = Buckets(window, widthNs);
        _counts = Array.ConvertAll(_times, _ => new double[Rows]);
        (_nonPositive, _missing) = (new double[_times.Length], new double[_times.Length]);
    }

    public HeatmapAxis Axis { get; }

    /// <summary>Rows of the axis.</summary>
    public int Rows => Axis.Edges.Length - 1;

    /// <summary>True when values of 0 or less are in no row.</summary>
    public bool IsAboveZero { get; }

    /// <summary>True when values of 0 or less are counted by themselves.</summary>
    public bool HasNonPositive => IsAboveZero || Axis.Edges[0] <= 0;

    /// <summary>Adds to a cell.</summary>
    /// <param name="start">Start of its bucket.</param>
    /// <param name="row">Its row.</param>
    /// <param name="weight">What is added.</param>
    public void Add(long start, int row, double weight) => _counts[PlaceOf(start)][row] += weight;

    /// <summary>Adds events without the column, and such whose value is at most 0, to a bucket.</summary>
    public void AddBeside(long start, double missing, double nonPositive)
    {
        _missing[PlaceOf(start)] += missing;
        _nonPositive[PlaceOf(start)] += nonPositive;
    }

    public Heatmap ToHeatmap(string column) => new(column, _times, Axis.Edges, _counts, _nonPositive, _missing, Axis.IsLog);

    private int PlaceOf(long start) => (int)((start - _times[0]) / _widthNs);

    /// <summary>Starts of all time buckets that the window touches; their number is bounded by the choice of the granularity.</summary>
    private static long[] Buckets(TimeWindow window, long width)
    {
        if (window.LengthNs <= 0) return [];
        var first = window.StartUnixNs / width;
        // An open end includes the very last nanosecond.
        var last = (window.EndUnixNs == long.MaxValue ? long.MaxValue : window.EndUnixNs - 1) / width;
        var starts = new long[last - first + 1];
        for (var i = 0; i < starts.Length; i++) starts[i] = (first + i) * width;
        return starts;
    }
}
