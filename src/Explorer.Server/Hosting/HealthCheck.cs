using System.Net;

namespace Explorer.Server.Hosting;

/// <summary>Asks the server that runs with the same settings whether it is ready; for containers, which have no curl.</summary>
internal static class HealthCheck
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <returns>The exit status: 0 when it is ready.</returns>
    public static async Task<int> RunAsync(ExplorerOptions options)
    {
        var host = options.Bind.Equals(IPAddress.Any) ? IPAddress.Loopback : options.Bind.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : options.Bind;
        var address = new UriBuilder(Uri.UriSchemeHttp, host.ToString(), options.UiPort, "/readyz").Uri;
        using var client = new HttpClient { Timeout = Timeout };
        try
        {
            using var response = await client.GetAsync(address);
            var answer = await response.Content.ReadAsStringAsync();
            Console.Out.Write(answer);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Console.Error.WriteLine($"{address} does not answer: {e.Message}");
            return 1;
        }
    }
}
