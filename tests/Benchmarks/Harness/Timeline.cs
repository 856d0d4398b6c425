namespace Benchmarks.Harness;

/// <summary>The longest time of each second of a run: tells what was slow together. Safe for several writers.</summary>
internal sealed class Timeline
{
    private readonly Lock _gate = new();
    private readonly List<double> _longestMs = [];

    public void Add(TimeSpan at, TimeSpan took)
    {
        lock (_gate)
        {
            while (_longestMs.Count <= (int)at.TotalSeconds) _longestMs.Add(0);
            _longestMs[(int)at.TotalSeconds] = Math.Max(_longestMs[(int)at.TotalSeconds], took.TotalMilliseconds);
        }
    }

    /// <summary>The most by which this was longer than another timeline in the same three seconds, in milliseconds.</summary>
    public double MostOverMs(Timeline other) =>
        Enumerable.Range(0, _longestMs.Count).Select(second => _longestMs[second] - Enumerable.Range(second - 1, 3).Max(other.LongestMs)).DefaultIfEmpty(0).Max();

    private double LongestMs(int second) => second >= 0 && second < _longestMs.Count ? _longestMs[second] : 0;
}
