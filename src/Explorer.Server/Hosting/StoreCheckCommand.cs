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
                Console.Out.WriteLine($"  {(problem.IsRepaired ? "done" : "a repair would")}: {problem.Repair}");
            }

            foreach (var note in report.Notes) Console.Out.WriteLine($"note: {note}");
            var verdict = report.Problems.Length == 0 ? "nothing is wrong" : $"{report.Problems.Length} found, {(repair ? "all repaired" : "nothing changed; --check --repair repairs")}";
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Journals} journals, {report.Segments} segments, {report.Events} events: {verdict}"));
            return report.Problems.Length == 0 ? Clean : Problems;
        }
        catch (EventStoreException e)
        {
            Console.Error.WriteLine($"explorer: {e.Message}");
            return CannotCheck;
        }
    }
}
