using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Tests.Otlp;
using Google.Protobuf;

namespace Explorer.Server.Tests;

/// <summary>What only a process of its own can show: exit statuses, signals, sudden death.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly string _data = Path.Combine(Path.GetTempPath(), "explorer-process-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_data)) Directory.Delete(_data, recursive: true);
    }

    /// <summary>Rounds of kill -9: EXPLORER_TEST_KILL_ROUNDS, else 5.</summary>
    private static int KillRounds => int.TryParse(Environment.GetEnvironmentVariable("EXPLORER_TEST_KILL_ROUNDS"), out var rounds) ? rounds : 5;

    [Fact]
    public async Task Everything_acknowledged_before_kill_9_is_there_once_afterwards()
    {
        const int SpansPerRequest = 50;
        var acknowledged = new ConcurrentBag<string>();
        var sent = new ConcurrentBag<string>();
        for (var round = 0; round < KillRounds; round++)
        {
            // Journals are sealed all the time, so that the kill also meets seals.
            using var server = await ServerProcess.StartAsync(_data, arguments: ["--memory", "256MiB"], environment: [("EXPLORER__STORE__SEALEVENTS", "1000")]);
            using var http = new HttpClient { BaseAddress = new Uri(server.Addresses.OtlpHttpUrl) };
            using var grpc = new HttpClient { BaseAddress = new Uri(server.Addresses.OtlpGrpcUrl) };
            var goal = acknowledged.Count + 40 + (round * 7 % 40);
            Task[] senders =
            [
                .. Enumerable.Range(0, 3).Select(n => SendUntilDeathAsync(http, $"r{round}h{n}", SpansPerRequest, sent, acknowledged)),
                .. Enumerable.Range(0, 2).Select(n => SendGrpcUntilDeathAsync(grpc, $"r{round}g{n}", SpansPerRequest, sent, acknowledged)),
            ];
            while (acknowledged.Count < goal) await Task.Delay(2);
            await server.KillAsync();
            await Task.WhenAll(senders);
        }

        using var survivor = await ServerProcess.StartAsync(_data);
        using var api = new HttpClient { BaseAddress = new Uri(survivor.Addresses.UiUrl) };
        var byBatch = await CountByBatchAsync(api);

        foreach (var batch in acknowledged) byBatch.GetValueOrDefault(batch).ShouldBe((SpansPerRequest, SpansPerRequest), batch);
        // A batch that was on its way may be there or not, but never in part.
        foreach (var (batch, counts) in byBatch)
        {
            sent.ShouldContain(batch);
            counts.ShouldBe((SpansPerRequest, SpansPerRequest), batch);
        }
    }

    [Fact]
    public async Task The_check_of_the_executable_finds_damage_repairs_it_and_names_a_holder()
    {
        (await ServerProcess.RunAsync("--check", "--data", _data)).ExitCode.ShouldBe(2);
        using (var server = await ServerProcess.StartAsync(_data))
        {
            using var client = new HttpClient { BaseAddress = new Uri(server.Addresses.OtlpHttpUrl) };
            using var sent = await client.PostAsync("/v1/traces", new StringContent(Export("one", 10), Encoding.UTF8, "application/json"));
            var (held, holder) = await ServerProcess.RunAsync("--check", "--data", _data);
            held.ShouldBe(2);
            holder.ShouldContain("is in use by process ");
            await server.KillAsync();
        }

        var (clean, verdict) = await ServerProcess.RunAsync("--check", "--data", _data);
        (clean, verdict).ShouldBe((0, "1 journals, 0 segments, 10 events: nothing is wrong\n"));
        var journal = Directory.GetFiles(Path.Combine(_data, "journal"), "*.log").ShouldHaveSingleItem();
        await File.AppendAllTextAsync(journal, "torn");
        var (found, problems) = await ServerProcess.RunAsync("--check", "--data", _data);
        found.ShouldBe(1);
        problems.ShouldContain("a repair would: move it to");
        var damaged = Path.Combine(_data, "damaged");
        await File.WriteAllTextAsync(damaged, "a file where a directory is to be");
        var (failed, faults) = await ServerProcess.RunAsync("--check", "--repair", "--data", _data);
        failed.ShouldBe(1);
        faults.ShouldContain("  not done (");
        faults.ShouldEndWith(": 1 found, 0 of them repaired\n");
        File.Delete(damaged);
        var (repaired, all) = await ServerProcess.RunAsync("--check", "--repair", "--data", _data);
        repaired.ShouldBe(1);
        all.ShouldEndWith(": 1 found, all repaired\n");
        (await ServerProcess.RunAsync("--check", "--data", _data)).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Sigterm_keeps_what_was_accepted_and_exits_with_0()
    {
        const int SpansPerRequest = 20;
        var acknowledged = new ConcurrentBag<string>();
        var sent = new ConcurrentBag<string>();
        using (var server = await ServerProcess.StartAsync(_data))
        {
            using var client = new HttpClient { BaseAddress = new Uri(server.Addresses.OtlpHttpUrl) };
            var sender = SendUntilDeathAsync(client, "s", SpansPerRequest, sent, acknowledged);
            while (acknowledged.Count < 20) await Task.Delay(5);

            (await server.TerminateAsync(StopLimit)).ShouldBe(0, server.Output);
            await sender;
            server.Output.ShouldNotContain("Exception");
        }

        using var again = await ServerProcess.StartAsync(_data);
        using var api = new HttpClient { BaseAddress = new Uri(again.Addresses.UiUrl) };
        var byBatch = await CountByBatchAsync(api);
        foreach (var batch in acknowledged) byBatch.GetValueOrDefault(batch).ShouldBe((SpansPerRequest, SpansPerRequest), batch);
        (await again.TerminateAsync(StopLimit)).ShouldBe(0);
    }

    [Fact]
    public async Task Sigterm_while_it_starts_ends_it_with_0()
    {
        using var server = ServerProcess.Launch(_data);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.Exists(Path.Combine(_data, "lock.pid"))) await Task.Delay(1, limit.Token); // the store is being opened

        (await server.TerminateAsync(StopLimit)).ShouldBe(0, server.Output);
        server.Output.ShouldNotContain("Exception");
    }

    [Fact]
    public async Task The_start_prints_what_was_opened_and_one_block()
    {
        using var server = await ServerProcess.StartAsync(_data);
        using var client = new HttpClient { BaseAddress = new Uri(server.Addresses.UiUrl) };
        (await client.GetStringAsync("/readyz")).ShouldBe("ready\n");

        var lines = server.Output.TrimEnd().Split('\n');
        lines[0].ShouldContain(" info: Explorer.Storage[1] Opened ");
        lines[1].ShouldBe("Explorer 0.1.0 is ready");
        lines.Length.ShouldBe(6, server.Output);
        (await server.TerminateAsync(StopLimit)).ShouldBe(0);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_says_so_and_exits_with_1()
    {
        using var first = await ServerProcess.StartAsync(_data);

        var (exitCode, output) = await ServerProcess.RunAsync("--ui-port", "0", "--otlp-grpc-port", "0", "--otlp-http-port", "0", "--data", _data);

        exitCode.ShouldBe(1);
        output.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain($"{_data} is in use");
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_flag_and_exits_with_1()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;

        var (exitCode, output) = await ServerProcess.RunAsync("--ui-port", "0", "--otlp-grpc-port", $"{port}", "--otlp-http-port", "0", "--data", _data);

        exitCode.ShouldBe(1);
        output.TrimEnd().Split('\n').Where(l => !l.Contains(" info: ")).ShouldHaveSingleItem().ShouldBe(
            $"explorer: port {port} on 127.0.0.1 is in use by another program; stop it, or choose another port with --otlp-grpc-port");
    }

    [Fact]
    public async Task Faults_of_the_settings_are_all_listed_and_exit_with_1()
    {
        var (exitCode, output) = await ServerProcess.RunAsync("--ui-port", "http", "--dmo", "--bind", "nowhere");

        exitCode.ShouldBe(1);
        output.ShouldContain("--dmo: there is no such option; did you mean --demo?");
        output.ShouldContain("Explorer:UiPort");
        output.ShouldContain("Explorer:Bind");
        output.ShouldNotContain("Exception");
    }

    [Fact]
    public async Task Help_and_version_exit_with_0()
    {
        (await ServerProcess.RunAsync("--version")).ShouldBe((0, "explorer 0.1.0\n"));
        var (exitCode, help) = await ServerProcess.RunAsync("--help");
        exitCode.ShouldBe(0);
        help.ShouldContain("--otlp-grpc-port PORT");
        help.ShouldContain("[4317]");
    }

    [Fact]
    public async Task The_health_check_of_the_executable_follows_readiness()
    {
        using var server = await ServerProcess.StartAsync(_data);
        var port = new Uri(server.Addresses.UiUrl).Port.ToString();

        (await ServerProcess.RunAsync("--healthcheck", "--ui-port", port)).ShouldBe((0, "ready\n"));
        await server.KillAsync();
        (await ServerProcess.RunAsync("--healthcheck", "--ui-port", port)).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task What_the_dockerfile_publishes_starts_anywhere_and_answers()
    {
        var root = RepositoryRoot();
        var publish = (await File.ReadAllLinesAsync(Path.Combine(root, "Dockerfile"))).Single(l => l.StartsWith("RUN dotnet publish ", StringComparison.Ordinal))["RUN dotnet ".Length..];
        var output = Path.Combine(_data, "app");
        var elsewhere = Directory.CreateDirectory(Path.Combine(_data, "elsewhere")).FullName;
        publish.ShouldEndWith("-o /app");
        await RunDotnetAsync(root, [.. publish.Replace("-o /app", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries), "-o", output]);

        using var server = await ServerProcess.StartAsync(Path.Combine(_data, "data"), Path.Combine(output, "explorer.dll"), elsewhere);
        using var client = new HttpClient { BaseAddress = new Uri(server.Addresses.UiUrl) };

        (await client.GetStringAsync("/healthz")).ShouldBe("ok\n");
        using var answer = await client.PostAsJsonAsync("/api/v1/query", new { calculations = new[] { new { op = "COUNT" } } });
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetStringAsync("/explore")).ShouldContain("blazor.web.js");
        (await client.GetByteArrayAsync("/_framework/blazor.web.js")).Length.ShouldBeGreaterThan(10_000);
    }

    private static async Task SendUntilDeathAsync(HttpClient client, string sender, int spans, ConcurrentBag<string> sent, ConcurrentBag<string> acknowledged)
    {
        for (var i = 0; ; i++)
        {
            var batch = $"{sender}-{i}";
            sent.Add(batch);
            try
            {
                using var response = await client.PostAsync("/v1/traces", new StringContent(Export(batch, spans), Encoding.UTF8, "application/json"));
                if (response.StatusCode == HttpStatusCode.OK) acknowledged.Add(batch);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return;
            }
        }
    }

    private static async Task SendGrpcUntilDeathAsync(HttpClient client, string sender, int spans, ConcurrentBag<string> sent, ConcurrentBag<string> acknowledged)
    {
        for (var i = 0; ; i++)
        {
            var batch = $"{sender}-{i}";
            sent.Add(batch);
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
                {
                    Content = new ByteArrayContent(Sending.Frame(Message(batch, spans))), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
                request.Headers.TE.ParseAdd("trailers");
                using var response = await client.SendAsync(request);
                await response.Content.ReadAsByteArrayAsync();
                if (Sending.Header(response, "grpc-status") == "0") acknowledged.Add(batch);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return;
            }
        }
    }

    private static byte[] Message(string batch, int spans)
    {
        var now = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        var request = Requests.Request([.. Enumerable.Range(0, spans).Select(_ => new Span
        {
            TraceId = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()), SpanId = ByteString.CopyFrom(Guid.NewGuid().ToByteArray().AsSpan(0, 8)),
            Name = "work", StartTimeUnixNano = now, EndTimeUnixNano = now + 1_000_000,
        })]);
        request.ResourceSpans[0].Resource = new Resource { Attributes = { Requests.Attribute("batch", batch) } };
        return request.ToByteArray();
    }

    private static string Export(string batch, int spans)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        return JsonSerializer.Serialize(new
        {
            resourceSpans = new[]
            {
                new
                {
                    resource = new { attributes = new[] { new { key = "batch", value = new { stringValue = batch } } } },
                    scopeSpans = new[]
                    {
                        new
                        {
                            spans = Enumerable.Range(0, spans).Select(i => new
                            {
                                traceId = Guid.NewGuid().ToString("N"), spanId = Guid.NewGuid().ToString("N")[..16], name = "work",
                                startTimeUnixNano = now.ToString(), endTimeUnixNano = (now + 1_000_000).ToString(),
                            }),
                        },
                    },
                },
            },
        });
    }

    /// <summary>Events and different span ids, by batch.</summary>
    private static async Task<Dictionary<string, (int Events, int Spans)>> CountByBatchAsync(HttpClient api)
    {
        using var response = await api.PostAsJsonAsync("/api/v1/query", new
        {
            time_range = 3600,
            calculations = new object[] { new { op = "COUNT" }, new { op = "COUNT_DISTINCT", column = "trace.span_id", name = "spans" } },
            breakdowns = new[] { "batch" },
            limit = 10_000,
            series = false,
        });
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, answer.ToString());
        return answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data"))
            .ToDictionary(r => r.GetProperty("batch").GetString()!, r => (r.GetProperty("COUNT").GetInt32(), r.GetProperty("spans").GetInt32()));
    }

    private static async Task RunDotnetAsync(string directory, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = directory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await output + await errors);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Explorer.sln"))) directory = directory.Parent;
        return directory.FullName;
    }
}
