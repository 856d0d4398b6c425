using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using Explorer.Client;
using Explorer.Client.State;
using Microsoft.AspNetCore.Hosting.Server;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Hosting;

/// <summary>
/// Visits the Explore page as soon as the server listens, so that the first person does not wait for what the runtime does once: four fifths of the
/// server's time for the first page. What the visit asks is in no history.
/// </summary>
internal static class FirstVisit
{
    /// <summary>Longest visit; that of a page whose first events are on their way.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>A stretch of data that takes the store no time.</summary>
    private const long WindowNs = 60_000_000_000;

    public static void MakeFirstVisit(this WebApplication app)
    {
        var (server, store, lifetime) = (app.Services.GetRequiredService<IServer>(), app.Services.GetRequiredService<IEventStore>(), app.Lifetime);
        var expectsEvents = app.Services.GetRequiredService<ExplorerOptions>().Demo.Enabled;
        lifetime.ApplicationStarted.Register(() => _ = Task.Run(() => VisitAsync(Listeners.Addresses(server), store, expectsEvents, lifetime.ApplicationStopping)));
    }

    private static async Task VisitAsync(ServerAddresses addresses, IEventStore store, bool expectsEvents, CancellationToken stopping)
    {
        using var visit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        visit.CancelAfter(Longest);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AutomaticDecompression = DecompressionMethods.Brotli }) { BaseAddress = new Uri(addresses.UiUrl), Timeout = Longest };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        try
        {
            var page = new Uri(new Uri(addresses.UiUrl), Address(store));
            var html = await client.GetStringAsync(page, visit.Token);
            using var script = await client.GetAsync(new Uri("/_framework/blazor.web.js", UriKind.Relative), visit.Token);
            // A connection that nobody comes to is dropped after some seconds.
            using var circuit = await client.PostAsync(new Uri("/_blazor/negotiate?negotiateVersion=1", UriKind.Relative), null, visit.Token);
            if (store.Statistics.Events > 0 || expectsEvents) await new CircuitVisit(page).StayAsync(html, visit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or WebSocketException or OperationCanceledException or FormatException)
        {
            // The server stops, or is bound where it does not reach itself: the first person's visit is the first one then.
        }
    }

    /// <summary>A question as people ask it, as far as the store has the columns, about its newest events.</summary>
    private static string Address(IEventStore store)
    {
        var newest = store.Statistics.MaxTimeUnixNs;
        var calculations = new List<Calculation> { new(CalculationOp.Count) };
        if (store.Schema.Columns.FirstOrDefault(c => c.Name == WellKnownColumns.DurationMs) is { Type: ColumnType.Int64 or ColumnType.Float64 }) calculations.Add(new Calculation(CalculationOp.P99, WellKnownColumns.DurationMs));
        return ExplorerUrl.Format(new ExplorerState
        {
            Query = new Query
            {
                Calculations = calculations.ToValueList(),
                Breakdowns = store.Schema.Contains(WellKnownColumns.ServiceName) ? [WellKnownColumns.ServiceName] : default,
                Time = newest > WindowNs && newest < long.MaxValue ? new TimeRange.Between(newest - WindowNs, newest + 1) : TimeRange.Default,
            },
            IsKept = false,
        });
    }
}
