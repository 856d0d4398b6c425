using System.Text;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Everything that decides what the services page shows; its address says the same: <c>/services?range=2h&amp;service=checkout&amp;against=1d&amp;map=near&amp;edge=…</c>.</summary>
public sealed record ServicesState
{
    /// <summary>The page.</summary>
    public const string Path = "/services";

    public TimeRange Time { get; init; } = TimeRange.Default;

    /// <summary>The service that is chosen; null for none, empty for spans without a service.</summary>
    public string? Service { get; init; }

    /// <summary>How much earlier the window lies that it is compared with, seconds; null for no comparison.</summary>
    public long? CompareSeconds { get; init; }

    /// <summary>True when the map shows two calls around the chosen service only.</summary>
    public bool IsNear { get; init; }

    /// <summary>The chosen edge, as <c>caller &gt; called</c>; null for none.</summary>
    public string? Edge { get; init; }

    /// <summary>Reads an address; what cannot be read in it is left out.</summary>
    public static ServicesState Parse(string uri)
    {
        var state = new ServicesState { Time = ExplorerUrl.Parse(uri).State.Query.Time };
        foreach (var (name, value) in UrlText.Parse(uri))
        {
            state = name switch
            {
                "service" => state with { Service = value },
                "against" when TimeText.TryParseLength(value, out var length) && length > TimeSpan.Zero => state with { CompareSeconds = (long)length.TotalSeconds },
                "map" => state with { IsNear = value == "near" },
                "edge" when value.Length > 0 => state with { Edge = value },
                _ => state,
            };
        }

        return state;
    }

    /// <summary>The address, relative to the server.</summary>
    public string Format()
    {
        var time = ExplorerUrl.Format(new ExplorerState { Query = new Query { Time = Time } });
        var query = new StringBuilder(time[(time.IndexOf('?', StringComparison.Ordinal) + 1)..]);
        if (Service is not null) UrlText.Append(query, "service", Service);
        if (CompareSeconds is { } seconds) UrlText.Append(query, "against", TimeText.FormatLength(TimeSpan.FromSeconds(seconds)));
        if (IsNear) UrlText.Append(query, "map", "near");
        if (Edge is not null) UrlText.Append(query, "edge", Edge);
        return $"{Path}?{query}";
    }
}
