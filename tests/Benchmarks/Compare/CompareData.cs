using System.Globalization;
using Benchmarks.Harness;
using Benchmarks.Workloads;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Benchmarks.Compare;

/// <summary>
/// A day of requests with many columns, ten spans a trace, in a store of its own: where the new build and one region meet, from four fifths of the day on,
/// requests are slow. Written by the store itself: what is measured here is comparing, not taking events in.
/// </summary>
internal sealed class CompareData
{
    public const long StartSeconds = 1_700_000_000;
    public const long EndSeconds = StartSeconds + 86_400;

    /// <summary>From here on some requests are slow.</summary>
    public const long FaultSeconds = StartSeconds + 69_120;

    private const int Batch = 50_000;
    private const int TraceSpans = 10;

    private readonly Column[] _columns;

    private CompareData(int columns) => _columns = [.. Enumerable.Range(0, Math.Max(1, columns - Own.Length)).Select(Column.Of)];

    /// <summary>Columns that are there in any case.</summary>
    public static string[] Own { get; } = ["name", "duration_ms", "service.name", "service.version", "cloud.region"];

    /// <summary>All columns that are compared.</summary>
    public IEnumerable<string> Names => Own.Concat(_columns.Select(c => c.Name));

    /// <summary>Makes the store in a directory, unless it is there from a run before.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="events">Events.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="filled">How many of them an event has; the same for events of one trace.</param>
    public static async Task<CompareData> OpenAsync(string directory, long events, int columns, int filled)
    {
        var data = new CompareData(columns);
        var (done, state) = (directory + ".done", string.Create(CultureInfo.InvariantCulture, $"{events} {columns} {filled}"));
        if (File.Exists(done) && await File.ReadAllTextAsync(done) == state) return data;
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        Console.Error.WriteLine($"  writing {events:#,0} events of {columns} columns");
        var options = new EventStoreOptions { DataDirectory = directory, Durability = Durability.Os, MaxColumns = Math.Max(EventStoreOptions.DefaultMaxColumns, columns + 100) };
        await using (var store = await EventStore.OpenAsync(options, CancellationToken.None))
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (long first = 0; first < events; first += Batch)
            {
                for (var i = first; i < Math.Min(events, first + Batch); i++) data.Write(builder, i, events, filled);
                using var batch = builder.Build();
                while ((await store.AppendAsync(batch, CancellationToken.None)).Status == AppendStatus.Busy) await Task.Delay(50);
                builder.Reset(store.Schema);
            }

            await store.SealAsync(CancellationToken.None);
        }

        await File.WriteAllTextAsync(done, state);
        return data;
    }

    private void Write(EventBatchBuilder builder, long i, long events, int filled)
    {
        var trace = i / TraceSpans;
        var dice = new Dice(unchecked((int)trace * 7919));
        var second = i * (EndSeconds - StartSeconds) / events;
        var isNew = StartSeconds + second >= FaultSeconds && dice.Below(2) == 0;
        var region = dice.Below(4);
        var isSlow = isNew && region == 1 && dice.Below(4) > 0;
        builder.BeginEvent((StartSeconds + second) * 1_000_000_000 + i % 1_000_000);
        builder.SetId(WellKnownColumns.TraceId, [.. BitConverter.GetBytes(trace + 1), .. BitConverter.GetBytes(trace * 31 + 7)]);
        builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes(i + 1));
        builder.Set("name", Column.Texts[i % TraceSpans]);
        builder.Set("duration_ms", 20 + (dice.Unit() * 80) + (isSlow ? 800 : 0));
        builder.Set("service.name", Column.Texts[i % TraceSpans / 2]);
        builder.Set("service.version", isNew ? "2.0.0" : "1.9.3");
        builder.Set("cloud.region", Column.Regions[region]);
        var skip = filled >= _columns.Length ? 0 : dice.Below(_columns.Length);
        for (var c = 0; c < Math.Min(filled, _columns.Length); c++) _columns[(skip + c) % _columns.Length].Set(builder, ref dice);
        builder.EndEvent();
    }

    /// <summary>A column without a part in the fault: of every twenty, fourteen have few values, three some thousands, two are numbers, one is an id.</summary>
    private sealed record Column(string Name, int Kind, int Values)
    {
        public static readonly string[] Texts = [.. Enumerable.Range(0, 5_000).Select(n => string.Create(CultureInfo.InvariantCulture, $"value-{n:0000}"))];

        public static readonly string[] Regions = ["us-east-1", "eu-west-1", "ap-south-1", "us-west-2"];

        public static Column Of(int number) => (number % 20) switch
        {
            < 14 => new(string.Create(CultureInfo.InvariantCulture, $"app.low.{number}"), 0, 2 + number % 40),
            < 17 => new(string.Create(CultureInfo.InvariantCulture, $"app.mid.{number}"), 0, 5_000),
            17 => new(string.Create(CultureInfo.InvariantCulture, $"app.whole.{number}"), 1, 1_000),
            18 => new(string.Create(CultureInfo.InvariantCulture, $"app.real.{number}"), 2, 0),
            _ => new(string.Create(CultureInfo.InvariantCulture, $"app.id.{number}"), 3, 0),
        };

        public void Set(EventBatchBuilder builder, ref Dice dice)
        {
            switch (Kind)
            {
                case 0: builder.Set(Name, Texts[dice.Below(Values)]); break;
                case 1: builder.Set(Name, (long)dice.Below(Values)); break;
                case 2: builder.Set(Name, (double)dice.Unit()); break;
                default: builder.Set(Name, Convert.ToHexStringLower(BitConverter.GetBytes(dice.Next()))); break;
            }
        }
    }
}
