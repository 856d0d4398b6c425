namespace Benchmarks.Harness;

/// <summary>One of several that do the same work.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="RunAsync">Does the work once, from nothing.</param>
internal sealed record Contender(string Name, Func<int, Task<Cost>> RunAsync);

/// <summary>
/// Runs contenders in turn, ABAB, so that a machine that is busy for a while is busy for all of them. Every other round goes backwards:
/// who follows whom does not stay the same.
/// </summary>
internal static class Rounds
{
    public static async Task<IReadOnlyDictionary<string, Samples>> RunAsync(int rounds, IReadOnlyList<Contender> contenders)
    {
        var samples = contenders.ToDictionary(c => c.Name, _ => new Samples(), StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in round % 2 == 0 ? contenders : contenders.Reverse())
            {
                var cost = await contender.RunAsync(round);
                samples[contender.Name].Add(cost);
                Console.Error.WriteLine($"  round {round + 1}/{rounds}  {contender.Name}: {cost.CpuSeconds:0.00} CPU s, {cost.WallSeconds:0.00} s");
            }
        }

        return samples;
    }
}
