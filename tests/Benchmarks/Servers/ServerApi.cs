using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Benchmarks.Harness;

namespace Benchmarks.Servers;

/// <summary>The HTTP API of a running server.</summary>
internal sealed class ServerApi(Uri address) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri("/readyz", UriKind.Relative));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public Task<JsonElement> StatusAsync() => _client.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/status", UriKind.Relative));

    public Task<JsonElement> GetAsync(string path) => _client.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative));

    /// <summary>Seals and compacts what is there; answers when done.</summary>
    public async Task<JsonElement> SealAsync()
    {
        using var answer = await _client.PostAsync(new Uri("/api/v1/admin/seal", UriKind.Relative), null);
        return await ReadAsync(answer);
    }

    /// <summary>Does the same, and takes a reading at the moment when nothing is unsealed any more: what follows is compaction.</summary>
    public async Task<(T Sealed, JsonElement Status)> SealAsync<T>(Func<T> reading)
    {
        var done = SealAsync();
        while (!done.IsCompleted && (await StatusAsync()).GetProperty("hot_events").GetInt64() > 0) await Task.Delay(15);
        var taken = reading();
        return (taken, await done);
    }

    public async Task<JsonElement> QueryAsync(string query)
    {
        using var content = new StringContent(query, Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync(new Uri("/api/v1/query", UriKind.Relative), content);
        return await ReadAsync(answer);
    }

    /// <summary>The answer to a query as it comes over the wire, so that reading it is not in a measurement.</summary>
    public async Task<byte[]> QueryBytesAsync(string query, CancellationToken cancellationToken = default)
    {
        using var content = new StringContent(query, Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync(new Uri("/api/v1/query", UriKind.Relative), content, cancellationToken);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadAsByteArrayAsync(cancellationToken)
            : throw new BenchmarkException($"a query was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    /// <summary>The lines of a comparison, each as it comes.</summary>
    public async IAsyncEnumerable<string> CompareAsync(string question, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/compare", UriKind.Relative)) { Content = new StringContent(question, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode) throw new BenchmarkException($"a comparison was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line) yield return line;
    }

    /// <summary>The events of a trace as they come over the wire; null when there is none.</summary>
    public async Task<byte[]?> TraceBytesAsync(string id)
    {
        using var answer = await _client.GetAsync(new Uri($"/api/v1/traces/{id}", UriKind.Relative));
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync() : throw new BenchmarkException($"a trace was answered {(int)answer.StatusCode}");
    }

    /// <summary>COUNT of the events of a window, times in Unix seconds, that a filter in JSON lets through.</summary>
    public async Task<long> CountAsync(double start, double end, string? where = null)
    {
        var window = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"start_time\": {start:0.######}, \"end_time\": {end:0.######}");
        var filter = where is null ? "" : $", \"where\": {where}";
        var answer = await QueryAsync($$"""{ {{window}}, "series": false, "calculations": [ { "op": "COUNT" } ]{{filter}} }""");
        return answer.GetProperty("data").GetProperty("results")[0].GetProperty("data").GetProperty("COUNT").GetInt64();
    }

    public void Dispose() => _client.Dispose();

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
            throw new BenchmarkException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
