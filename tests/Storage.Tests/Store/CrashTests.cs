using System.Diagnostics;
using System.Globalization;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>A process that is killed at every named step, and what the next one finds.</summary>
public sealed class CrashTests : IDisposable
{
    private const int EventsPerBatch = 5;

    /// <summary>Steps that must be among those found, so that none is lost unnoticed. Steps beyond these are tried as well.</summary>
    private static readonly string[] s_known =
    [
        "journal.written", "journal.synced", "commit.added", "commit.published", "rotate.journal-created", "rotate.published",
        "seal.stats-written", "seal.written", "seal.renamed", "seal.published", "seal.journal-deleted",
        "compact.stats-written", "compact.written", "compact.renamed", "compact.published", "compact.inputs-deleted",
        "expire.published", "segment.file-deleted",
    ];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_crash_at_any_step_keeps_every_acknowledged_event_exactly_once()
    {
        var steps = await StepsAsync();
        foreach (var known in s_known) steps.ShouldContainKey(known);
        var cases = steps.SelectMany(s => new[] { 1, Math.Min(s.Value, 3), s.Value / 2 }.Where(n => n > 0).Distinct().Select(n => (Step: s.Key, Occurrence: n)));
        await Parallel.ForEachAsync(cases.GroupBy(c => c.Step), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (of, _) =>
        {
            // One directory for all crashes at a step: each run begins with what the crash before it left.
            var directory = Path.Combine(_directory.Path, of.Key);
            var said = new List<string>();
            foreach (var (step, occurrence) in of)
            {
                var what = $"killed at {step}, occurrence {occurrence}";
                var output = await RunAsync(directory, $"r{occurrence}", step, occurrence.ToString(CultureInfo.InvariantCulture));
                // Work in the background does not come equally often each time: then the run has ended as any other.
                said.AddRange(output);
                await CheckAsync(directory, said, what);
            }
        });
    }

    private async Task<Dictionary<string, int>> StepsAsync()
    {
        var output = await RunAsync(Path.Combine(_directory.Path, "recorded"), "all");
        output[^1].ShouldBe("done");
        await CheckAsync(Path.Combine(_directory.Path, "recorded"), output, "not killed");
        return output.Where(l => l.StartsWith("step ", StringComparison.Ordinal)).Select(l => l.Split(' '))
            .ToDictionary(w => w[1], w => int.Parse(w[2], CultureInfo.InvariantCulture));
    }

    /// <summary>Every acknowledged batch is there once and whole, unless it expired; a batch that was on its way is there whole or not at all.</summary>
    private static async Task CheckAsync(string directory, List<string> said, string what)
    {
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = directory }, default);
        var found = await CountAsync(store);
        // Old events of a run that was killed are removed by a later one, or kept: a journal that is replayed counts as arrived now.
        var expiring = Of("expiring").Count > 0;
        var expired = Of("expired");
        foreach (var batch in Of("ack"))
        {
            if (expired.Exists(p => batch.StartsWith(p, StringComparison.Ordinal))) found.ShouldNotContainKey(batch, what);
            else if (!expiring || !batch.Contains("-old-", StringComparison.Ordinal)) found.ShouldContainKey(batch, what);
        }

        foreach (var (batch, counts) in found) counts.ShouldBe((EventsPerBatch, EventsPerBatch), $"{what}: {batch}");
        store.Statistics.Events.ShouldBe(found.Values.Sum(c => c.Events), what);

        List<string> Of(string verb) => [.. said.Where(l => l.StartsWith(verb + " ", StringComparison.Ordinal)).Select(l => l[(verb.Length + 1)..])];
    }

    /// <summary>Events and different ids by batch.</summary>
    private static async Task<Dictionary<string, (int Events, int Ids)>> CountAsync(IEventStore store)
    {
        if (store.Schema.Find("batch") is null) return [];
        var query = new Query
        {
            Time = TimeRange.All, Calculations = [new(CalculationOp.Count), new(CalculationOp.CountDistinct, "id")], Breakdowns = ["batch"], Series = false, Limit = 10_000,
        };
        var table = (await store.RunAsync(query, default)).Results;
        return Enumerable.Range(0, table.RowCount).ToDictionary(
            row => table.Columns[0][row].AsString(), row => ((int)table.Columns[1][row].AsInt64(), (int)table.Columns[2][row].AsInt64()));
    }

    private static async Task<List<string>> RunAsync(string directory, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var word in (string[])[Path.Combine(AppContext.BaseDirectory, "Storage.Crash.dll"), directory, .. words]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        (await errors).ShouldBeEmpty();
        // What the kill cut off is no whole line.
        return [.. output[..(output.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
