using System.Collections.Concurrent;
using Explorer.Client.Components.Guide;
using Explorer.Server.Demo;
using Explorer.Server.Otlp.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Storage;

namespace Explorer.Server.Tests.Demo;

/// <summary>The source against a listener of its own that counts what it takes and may refuse.</summary>
public sealed class DemoSourceTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_backfill = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task A_busy_server_gets_every_span_in_the_end()
    {
        var (refusals, inFlight, most) = (0, 0, 0);
        var spans = new ConcurrentBag<Span>();
        await using var server = await StartAsync("k", async context =>
        {
            var now = Interlocked.Increment(ref inFlight);
            most = Math.Max(most, now);
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Interlocked.Decrement(ref inFlight);
            context.Request.ContentType.ShouldBe("application/x-protobuf");
            context.Request.Headers["x-explorer-key"].ToString().ShouldBe("k");
            if (Interlocked.Increment(ref refusals) <= 5)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "1";
                return;
            }
            if (context.Request.Path != "/v1/traces")
                return;
            foreach (var span in ExportTraceServiceRequest.Parser.ParseFrom(body.ToArray()).ResourceSpans.SelectMany(r => r.ScopeSpans).SelectMany(s => s.Spans))
                spans.Add(span);
        });

        // What the first batches lost to refusals must come back: a whole backfill, no span twice.
        var expected = new DemoTraffic(new DemoShop(1, DateTimeOffset.UtcNow, 30), s_backfill).Backfill().Sum(batch => batch.Spans);
        await UntilAsync(() => spans.Count > expected * 0.9 && spans.Any(span => Age(span) < TimeSpan.FromSeconds(8)));
        refusals.ShouldBeGreaterThan(5);
        most.ShouldBeInRange(1, 3);
        var ids = spans.Select(span => span.SpanId).ToList();
        ids.Distinct().Count().ShouldBe(ids.Count);
    }

    [Fact]
    public async Task It_stops_with_the_host_while_the_server_refuses_everything()
    {
        var requests = 0;
        var server = await StartAsync(null, context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        });
        await UntilAsync(() => requests > 0);
        await server.StopAsync().WaitAsync(s_patience);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task It_waits_until_it_is_switched_on()
    {
        var requests = 0;
        var server = await StartAsync(ingestKey: null, _ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        }, isEnabled: false);
        var demo = server.Services.GetRequiredService<DemoSwitch>();
        (demo.Story, demo.On.IsCompleted, requests).ShouldBe((null, false, 0));

        demo.TurnOn();
        var story = demo.Story.ShouldNotBeNull();
        await UntilAsync(() => requests > 0);
        demo.TurnOn();
        demo.Story.ShouldBeSameAs(story);
        await server.StopAsync().WaitAsync(s_patience);
        await server.DisposeAsync();
    }

    private static TimeSpan Age(Span span) => DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeMilliseconds((long)(span.EndTimeUnixNano / 1_000_000));

    private static async Task<WebApplication> StartAsync(string? ingestKey, RequestDelegate otlp, bool isEnabled = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication? app = null;
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = Directory.CreateTempSubdirectory("explorer-demo-").FullName }, default));
        builder.Services.AddDemo(new ExplorerOptions.DemoSection { Enabled = isEnabled, Backfill = s_backfill }, ingestKey, _ => new Uri(app!.Urls.First()));
        app = builder.Build();
        app.MapPost("/v1/{signal}", otlp);
        await app.StartAsync();
        return app;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (!condition())
            await Task.Delay(50, limit.Token);
    }
}
