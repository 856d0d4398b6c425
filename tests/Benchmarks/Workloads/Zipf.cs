namespace Benchmarks.Workloads;

/// <summary>Draws ranks 0 to n-1 with weight 1/(rank+1)^exponent, in constant time (Walker's alias table).</summary>
internal sealed class Zipf
{
    private readonly float[] _keep;
    private readonly int[] _alias;

    public Zipf(int count, double exponent = 1.0)
    {
        var weights = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += weights[i] = Math.Pow(i + 1, -exponent);
        _keep = new float[count];
        _alias = new int[count];
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var i = 0; i < count; i++)
        {
            weights[i] *= count / sum;
            (weights[i] < 1 ? small : large).Push(i);
        }

        while (small.Count > 0 && large.Count > 0)
        {
            var (low, high) = (small.Pop(), large.Pop());
            _keep[low] = (float)weights[low];
            _alias[low] = high;
            weights[high] -= 1 - weights[low];
            (weights[high] < 1 ? small : large).Push(high);
        }

        foreach (var i in small.Concat(large)) _keep[i] = 1;
    }

    public int Count => _keep.Length;

    public int Draw(ref Dice dice)
    {
        var i = dice.Below(_keep.Length);
        return dice.Unit() < _keep[i] ? i : _alias[i];
    }
}
