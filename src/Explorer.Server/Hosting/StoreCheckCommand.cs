using System.Globalization;
using Storage;

namespace Explorer.Server.Hosting;

/// <summary>Checks the data directory of a server that does not run, and prints what is wrong.</summary>
internal static class StoreCheckCommand
{
    private const int Clean = 0;
    private const int Problems = 1;
    private const int CannotCheck = 2;

    /// <returns>The exit status: 0 when all is as it was written, 1 when something was wrong, 2 when nothing could be checked.</returns>
    public static async Task<int> RunAsync(ExplorerOptions options, bool repair)
    {
        try
        {
            var report = await EventStore.CheckAsync(options.ToEventStoreOptions(), repair, CancellationToken.None);
            foreach (var problem in report.Problems)
            {
                Console.Out.WriteLine($"{problem.Path}: {problem.What}");
                Console.Out.WriteLine("  " + RepairOf(problem));
            }

            foreach (var note in report.Notes) Console.Out.WriteLine($"note: {note}");
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Journals} journals, {report.Segments} segments, {report.Events} events: {VerdictOf(report, repair)}"));
            return report.Problems.Length == 0 ? Clean : Problems;
        }
        catch (EventStoreException e)
        {
            Console.Error.WriteLine($"explorer: {e.Message}");
            return CannotCheck;
        }
    }

    private static string RepairOf(StoreProblem problem) => problem switch
    {
        { IsRepaired: true } => $"done: {problem.Repair}",
        { Fault: not null } => $"not done ({problem.Fault}): {problem.Repair}",
        { Repair: null } => "no repair: it stays as it is",
        _ => $"a repair would: {problem.Repair}",
    };

    private static string VerdictOf(StoreReport report, bool repair)
    {
        var (found, repaired) = (report.Problems.Length, report.Problems.Count(p => p.IsRepaired));
        if (found == 0) return "nothing is wrong";
        if (repair) return string.Create(CultureInfo.InvariantCulture, $"{found} found, {(repaired == found ? "all" : $"{repaired} of them")} repaired");
        return string.Create(CultureInfo.InvariantCulture, $"{found} found, nothing changed{(report.Problems.Any(p => p.Repair is not null) ? "; --check --repair repairs" : "")}");
    }
}
