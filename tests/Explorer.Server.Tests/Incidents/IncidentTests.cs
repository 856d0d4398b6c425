using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Analysis.BubbleUp;
using Analysis.Changes;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Tests.Otlp;
using Storage;
using Storage.Events;
using Storage.Queries;
using Xunit.Abstractions;

namespace Explorer.Server.Tests.Incidents;

/// <summary>Real faults, labelled: asked what changed, the guilty service must come first, or nearly; and where there is no fault, nothing may be found.</summary>
public sealed class IncidentTests(ITestOutputHelper output)
{
    public static TheoryData<string> Variations => [.. Variation.All.Take(Environment.GetEnvironmentVariable("EXPLORER_LONG_TESTS") == "1" ? int.MaxValue : 1).Select(v => v.Name)];

    [IncidentTheory]
    [MemberData(nameof(Variations))]
    public async Task The_guilty_service_is_among_the_first(string name)
    {
        var variation = Variation.Of(name);
        var ranks = new List<int>();
        foreach (var folder in Directory.GetDirectories(TestData.Incidents!).Order(StringComparer.Ordinal))
        {
            using var label = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
            var guilty = label.RootElement.GetProperty("root_cause").GetProperty("service").GetString()!;
            var fault = Window(label.RootElement, "fault_window");
            fault = fault with { EndUnixNs = fault.StartUnixNs + (long)(fault.LengthNs * variation.FaultShare) };
            var changes = await WithStoreAsync(folder, variation, store => WhatChanged.FindAsync(store, new Query(), Window(label.RootElement, "baseline_window"), fault, CancellationToken.None));
            var services = changes.Select(c => c.Service).Distinct(StringComparer.Ordinal).ToList();
            // A service that says no name is known by its pods.
            ranks.Add(services.FindIndex(s => s == guilty || s.StartsWith(guilty + "-", StringComparison.Ordinal)) is >= 0 and var place ? place + 1 : int.MaxValue);
            output.WriteLine($"{Path.GetFileName(folder)}: {guilty} is {ranks[^1]} of {services.Count}");
            foreach (var change in changes.Take(6))
                output.WriteLine($"   {change.NetBits:0.0} {change.Kind} {change.Service} | {change.Operation} | {change.Subject} {change.Before:0.00} of {change.BeforeTraces}, {change.After:0.00} of {change.AfterTraces}{(change.IsBetter ? ", better" : "")}");
        }

        output.WriteLine($"first {Share(1):P0}, first three {Share(3):P0}, first five {Share(5):P0} of {ranks.Count}");
        Share(1).ShouldBeGreaterThanOrEqualTo(variation.Bars.First / 100.0);
        Share(3).ShouldBeGreaterThanOrEqualTo(variation.Bars.Three / 100.0);
        Share(5).ShouldBeGreaterThanOrEqualTo(variation.Bars.Five / 100.0);

        double Share(int first) => ranks.Count(r => r <= first) / (double)ranks.Count;
    }

    [IncidentFact]
    public async Task Parts_of_a_time_without_a_fault_are_seldom_told_apart()
    {
        // The cases share much of their quiet time, so it is cut in several places.
        double[] cuts = [0.3, 0.4, 0.5, 0.6, 0.7];
        var found = new List<string>();
        var folders = Directory.GetDirectories(TestData.Incidents!).Order(StringComparer.Ordinal).ToArray();
        foreach (var folder in folders)
        {
            using var label = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
            var whole = Window(label.RootElement, "baseline_window");
            await WithStoreAsync(folder, Variation.All[0], async store =>
            {
                foreach (var cut in cuts)
                {
                    var at = whole.StartUnixNs + (long)(whole.LengthNs * cut);
                    var comparison = await Comparisons.RunAsync(store, new CompareQuestion
                    {
                        Query = new Query { Time = new TimeRange.Between(whole.StartUnixNs, whole.EndUnixNs) },
                        Selection = new Selection.Time(new TimeWindow(at, whole.EndUnixNs)), Baseline = new Baseline.Time(new TimeWindow(whole.StartUnixNs, at)),
                    }, DateTimeOffset.UtcNow);
                    output.WriteLine($"{Path.GetFileName(folder)} at {cut}: {comparison.Selection.SampledTraces} and {comparison.Baseline.SampledTraces} traces, {comparison.Columns.Length} of {comparison.ColumnsScored} columns");
                    foreach (var column in comparison.Columns.Take(3)) output.WriteLine($"   {column.NetBits:0.0} {column.Name} {column.Best?.Predicate}");
                    if (!comparison.Columns.IsEmpty) found.Add($"{Path.GetFileName(folder)} at {cut}");
                }

                return 0;
            });
        }

        (found.Count / (double)(folders.Length * cuts.Length)).ShouldBeLessThanOrEqualTo(0.10, string.Join(", ", found));
    }

    private static async Task<T> WithStoreAsync<T>(string folder, Variation variation, Func<IEventStore, Task<T>> use)
    {
        var directory = Path.Combine(Path.GetTempPath(), "explorer-tests-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = directory, Durability = Durability.Os }, CancellationToken.None);
            if (variation.HasTraces) await AppendAsync(store, Path.Combine(folder, "traces.otlp.jsonl.gz"), OtlpSignal.Traces, variation);
            if (variation.HasLogs) await AppendAsync(store, Path.Combine(folder, "logs.otlp.jsonl.gz"), OtlpSignal.Logs, variation);
            return await use(store);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task AppendAsync(IEventStore store, string path, OtlpSignal signal, Variation variation)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            var decoded = Events.Decode(signal, OtlpEncoding.Json, Encoding.UTF8.GetBytes(variation.Apply(line)), store.Schema);
            decoded.Rejected.ShouldBe(0);
            (await store.AppendAsync(decoded.Batches, CancellationToken.None)).Status.ShouldBe(AppendStatus.Committed);
            foreach (var batch in decoded.Batches) batch.Dispose();
        }
    }

    private static TimeWindow Window(JsonElement label, string name)
    {
        var window = label.GetProperty(name);
        long End(string end) => long.Parse(window.GetProperty(end).GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        return new TimeWindow(End("start_unix_nano"), End("end_unix_nano"));
    }
}

/// <summary>The incidents as they were, and with EXPLORER_LONG_TESTS=1 as other systems would have sent them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IncidentTheoryAttribute : TheoryAttribute
{
    public IncidentTheoryAttribute()
    {
        if (TestData.Incidents is null) Skip = "no incidents: set EXPLORER_TEST_DATA to the folder that holds them";
    }
}

/// <summary>A fact that is reported as skipped where the incidents are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IncidentFactAttribute : FactAttribute
{
    public IncidentFactAttribute()
    {
        if (TestData.Incidents is null) Skip = "no incidents: set EXPLORER_TEST_DATA to the folder that holds them";
    }
}
