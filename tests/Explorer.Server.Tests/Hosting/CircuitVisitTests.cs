using Explorer.Client.Runs;
using Explorer.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Explorer.Server.Tests.Hosting;

/// <summary>The server's own visit to a page goes the way of a person's, to the drawn charts.</summary>
public sealed class CircuitVisitTests
{
    [Fact]
    public async Task A_visit_ends_with_the_drawn_charts_and_leaves_no_run()
    {
        var server = await ServerFixture.StartAsync();
        try
        {
            await server.Store.AppendAsync(new Dictionary<string, object> { ["time"] = EventSamples.Start, ["service.name"] = "pay", ["duration_ms"] = 1.5 });
            var page = new Uri(new Uri(server.Addresses.UiUrl), "/explore?calc=COUNT&calc=P99(duration_ms)&by=service.name&range=all&keep=off");
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await new CircuitVisit(page).StayAsync(await server.Client.GetStringAsync(page), patience.Token);
            server.App.Services.GetRequiredService<RunArchive>().Search("", onlyStarred: false, 10).ShouldBeEmpty();
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public void Messages_are_read_one_by_one_as_they_come_whole()
    {
        byte[] written = [.. BlazorPack.Write("One", null, 7L, true, null), .. BlazorPack.Write("Two", "id", new string('x', 70_000), -1L)];
        ReadOnlySpan<byte> received = written.AsSpan(0, written.Length - 1);
        BlazorPack.TryRead(ref received, out var method, out var arguments).ShouldBeTrue();
        method.ShouldBe("One");
        arguments.ShouldBe([7L, true, null]);
        BlazorPack.TryRead(ref received, out _, out _).ShouldBeFalse();
        received = written.AsSpan(written.Length - received.Length - 1);
        BlazorPack.TryRead(ref received, out method, out arguments).ShouldBeTrue();
        (method, arguments[1], received.Length).ShouldBe(("Two", -1L, 0));
        Should.Throw<FormatException>(() => { ReadOnlySpan<byte> wrong = [2, 0xdd, 0xff]; BlazorPack.TryRead(ref wrong, out _, out _); });
    }
}
