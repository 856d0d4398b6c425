namespace Benchmarks.Harness;

/// <summary>What one run of one contender cost.</summary>
/// <param name="CpuSeconds">CPU time of the process that did the work.</param>
/// <param name="WallSeconds">Time that passed.</param>
internal readonly record struct Cost(double CpuSeconds, double WallSeconds);

/// <summary>The runs of one contender.</summary>
internal sealed class Samples
{
    private readonly List<Cost> _runs = [];

    public int Count => _runs.Count;

    public double MinCpu => _runs.Min(run => run.CpuSeconds);

    public double MedianCpu => Median(_runs.Select(run => run.CpuSeconds));

    public double MedianWall => Median(_runs.Select(run => run.WallSeconds));

    /// <summary>(largest - smallest) / median of the CPU time.</summary>
    public double Spread => (_runs.Max(run => run.CpuSeconds) - MinCpu) / Math.Max(MedianCpu, 1e-9);

    public void Add(Cost cost) => _runs.Add(cost);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
