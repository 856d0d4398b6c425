using System.Net.Http.Headers;
using Explorer.Client;
using Microsoft.AspNetCore.Hosting.Server;

namespace Explorer.Server.Hosting;

/// <summary>
/// Visits a page as soon as the server listens, so that the first person does not wait for what the runtime does once: of the time to the first
/// byte of the first page, that is most.
/// </summary>
internal static class FirstVisit
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static void MakeFirstVisit(this WebApplication app)
    {
        var (server, lifetime) = (app.Services.GetRequiredService<IServer>(), app.Lifetime);
        lifetime.ApplicationStarted.Register(() => _ = Task.Run(() => VisitAsync(Listeners.Addresses(server), lifetime.ApplicationStopping)));
    }

    private static async Task VisitAsync(ServerAddresses addresses, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(addresses.UiUrl), Timeout = Timeout };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
        try
        {
            using var page = await client.GetAsync(new Uri("/explore", UriKind.Relative), cancellationToken);
            using var script = await client.GetAsync(new Uri("/_framework/blazor.web.js", UriKind.Relative), cancellationToken);
            // A connection that nobody comes to is dropped after some seconds.
            using var circuit = await client.PostAsync(new Uri("/_blazor/negotiate?negotiateVersion=1", UriKind.Relative), null, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // The server stops, or is bound where it does not reach itself: the first person's visit is the first one then.
        }
    }
}
