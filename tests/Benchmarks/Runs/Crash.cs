using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>Ends the server by <c>kill -9</c> under load, again and again, and counts by an id in each event what was acknowledged.</summary>
internal static class Crash
{
    private const int Connections = 4;
    private const int SpansPerRequest = 40;

    /// <summary>Requests of a round: each is a group of the answer that is checked.</summary>
    private const int MaxRequests = 8_000;

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Int("rounds", 50, 3);
        using var work = new WorkDirectory(arguments, "crash");
        var random = new Random(arguments.Int("seed", 1, 1));
        // Small journals, so that seals and merges are under way at some of the kills.
        string[] settings = ["EXPLORER__STORE__SEALEVENTS=20000", "EXPLORER__QUERY__CACHEBYTES=0"];
        var (acknowledged, lost, torn, doubled, kept) = (0L, 0L, 0L, 0L, new List<long>());
        var (since, ready) = (DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, new Samples());
        for (var round = 0; round < rounds; round++)
        {
            var acks = await LoadAsync(arguments, work.Path("data"), settings, round, random);
            acknowledged += acks.Count;
            await using var server = await ServerProcess.StartAsync(arguments, work.Path("data"), settings);
            ready.Add(new Cost(0, server.StartTime.TotalSeconds));
            var found = await FindAsync(server, since, round);
            lost += acks.Count(request => !found.ContainsKey(request));
            torn += found.Values.Count(f => f.Events < SpansPerRequest);
            doubled += found.Values.Sum(f => f.Events - f.Different);
            kept.Add(found.Values.Sum(f => f.Events));
            await server.StopAsync();
        }

        await using var last = await ServerProcess.StartAsync(arguments, work.Path("data"), settings);
        await last.Api.SealAsync();
        var changed = 0L;
        for (var round = 0; round < rounds; round++) changed += Math.Abs((await FindAsync(last, since, round)).Values.Sum(f => f.Events) - kept[round]);
        var report = new Report($"Crash: {rounds} rounds of kill -9 under load, {acknowledged:#,0} acknowledged requests of {SpansPerRequest} spans");
        report.Table("", "requests or events");
        report.Row("acknowledged requests that are not there", Report.Number(lost));
        report.Row("requests of which only a part is there", Report.Number(torn));
        report.Row("events that are there twice", Report.Number(doubled));
        report.Row("events more or less after all rounds than after their own", Report.Number(changed));
        report.AtMost("lost, torn, doubled or changed", lost + torn + doubled + changed, 0, "");
        report.Note($"start after a kill: {ready.MedianWall:0.00} s median to ready; {kept.Sum():#,0} events in the end");
        return report;
    }

    /// <summary>Sends until the server is killed at some moment; the requests that were acknowledged.</summary>
    private static async Task<HashSet<string>> LoadAsync(Arguments arguments, string data, string[] settings, int round, Random random)
    {
        await using var server = await ServerProcess.StartAsync(arguments, data, settings);
        var acks = new ConcurrentQueue<string>();
        var number = 0;
        var senders = Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            try
            {
                using var connection = LoadRun.Connect(server, Transport.Http);
                while (Interlocked.Increment(ref number) is var n and <= MaxRequests)
                {
                    var name = string.Create(CultureInfo.InvariantCulture, $"{round}-{n}");
                    if (await connection.SendAsync(Request(round, name, n))) acks.Enqueue(name);
                    else await Task.Delay(5);
                }
            }
            catch (Exception e) when (e is SocketException or BenchmarkException)
            {
                // The server is gone: what was not answered counts as not acknowledged.
            }
        })).ToArray();
        // From the first acknowledgement on: a server that has just started takes its time.
        while (acks.IsEmpty && !senders.All(s => s.IsCompleted)) await Task.Delay(5);
        await Task.Delay(random.Next(100, 2_000));
        await server.KillAsync();
        await Task.WhenAll(senders);
        return [.. acks];
    }

    private static async Task<Dictionary<string, (long Events, long Different)>> FindAsync(ServerProcess server, long since, int round)
    {
        var answer = await server.Api.QueryAsync(string.Create(CultureInfo.InvariantCulture, $$"""
            { "start_time": {{since}}, "end_time": {{DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60}}, "series": false, "limit": 10000, "breakdowns": ["crash.request"],
              "calculations": [ { "op": "COUNT" }, { "op": "COUNT_DISTINCT", "column": "crash.event" } ], "where": { "column": "crash.round", "op": "=", "value": {{round}} } }
            """));
        return answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data")).ToDictionary(
            r => r.GetProperty("crash.request").GetString()!, r => (r.GetProperty("COUNT").GetInt64(), r.GetProperty("COUNT_DISTINCT(crash.event)").GetInt64()));
    }

    private static byte[] Request(int round, string name, int number)
    {
        var resource = new OtlpBuffer(64);
        resource.StringAttribute(0x0A, "service.name"u8, "crash"u8);
        var spans = new OtlpBuffer(SpansPerRequest * 320);
        var time = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        Span<byte> id = stackalloc byte[16];
        for (var i = 0; i < SpansPerRequest; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(id, round + 1);
            BinaryPrimitives.WriteInt64BigEndian(id[8..], ((long)number << 16) + i + 1);
            var span = spans.Begin(0x12);
            spans.Bytes(0x0A, id);
            spans.Bytes(0x12, id[8..]);
            spans.Bytes(0x2A, "written before a crash"u8);
            spans.Fixed64(0x39, time);
            spans.Fixed64(0x41, time + 1);
            spans.StringAttribute(0x4A, "crash.request"u8, Encoding.ASCII.GetBytes(name));
            spans.StringAttribute(0x4A, "crash.event"u8, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}-{i}")));
            spans.IntAttribute(0x4A, "crash.round"u8, (ulong)round);
            spans.End(span);
        }

        return OtlpRequest.Of(resource.Written, spans.Written);
    }
}
