using System.Text.Json;
using System.Text.Json.Nodes;

namespace Explorer.Server.Tests.Incidents;

/// <summary>The same incident as another system would have sent it: with other names for the same things, or with less of it.</summary>
internal sealed record Variation(string Name)
{
    /// <summary>Attributes that are called otherwise; those that map to null are not sent.</summary>
    public Dictionary<string, string?> Renamed { get; init; } = new(StringComparer.Ordinal);

    public bool HasTraces { get; init; } = true;

    public bool HasLogs { get; init; } = true;

    /// <summary>Whether records say which trace they belong to; spans always do.</summary>
    public bool HasLoggedTraces { get; init; } = true;

    /// <summary>One in so many traces is sent, and says that it stands for so many.</summary>
    public int OneIn { get; init; } = 1;

    /// <summary>How much of the fault is asked about, from its beginning.</summary>
    public double FaultShare { get; init; } = 1;

    /// <summary>At least so many percent of the guilty services must be first, among the first three, and among the first five.</summary>
    public required (int First, int Three, int Five) Bars { get; init; }

    public static IReadOnlyList<Variation> All { get; } =
    [
        new("as it was") { Bars = (70, 88, 93) },
        new("pods are containers") { Renamed = { ["k8s.pod.name"] = "container.name" }, Bars = (70, 88, 93) },
        new("neither pods nor nodes") { Renamed = { ["k8s.pod.name"] = null, ["k8s.node.name"] = null }, Bars = (70, 88, 93) },
        new("peers are addresses") { Renamed = { ["peer.service"] = "server.address" }, Bars = (70, 88, 93) },
        new("peers are not said") { Renamed = { ["peer.service"] = null }, Bars = (70, 88, 93) },
        new("services are deployments") { Renamed = { ["service.name"] = "k8s.deployment.name" }, Bars = (70, 88, 93) },
        new("services are pods") { Renamed = { ["service.name"] = null }, Bars = (70, 88, 93) },
        new("no place in the code") { Renamed = { ["code.namespace"] = null, ["code.lineno"] = null, ["code.function.name"] = null }, Bars = (70, 75, 75) },
        new("one trace in three") { OneIn = 3, Bars = (50, 70, 70) },
        new("the first half of the fault") { FaultShare = 0.5, Bars = (50, 60, 60) },
        new("traces alone") { HasLogs = false, Bars = (20, 25, 30) },
        new("logs alone") { HasTraces = false, Bars = (55, 80, 80) },
        new("logs that know no trace") { HasTraces = false, HasLoggedTraces = false, Bars = (60, 75, 75) },
    ];

    public static Variation Of(string name) => All.Single(v => v.Name == name);

    /// <summary>What is sent in place of a request.</summary>
    public string Apply(string request)
    {
        if (this is { Renamed.Count: 0, OneIn: 1, HasLoggedTraces: true }) return request;
        var json = JsonNode.Parse(request)!;
        Apply(json);
        return json.ToJsonString();
    }

    private void Apply(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                foreach (var item in array) Apply(item);
                break;
            case JsonObject item:
                if (item["attributes"] is JsonArray attributes) Rename(attributes);
                if (!HasLoggedTraces && item.ContainsKey("body"))
                {
                    item.Remove("traceId");
                    item.Remove("spanId");
                }

                foreach (var name in (string[])["spans", "logRecords"])
                    if (OneIn > 1 && item[name] is JsonArray records) Thin(records);
                foreach (var (_, value) in item) Apply(value);
                break;
        }
    }

    private void Rename(JsonArray attributes)
    {
        for (var i = attributes.Count - 1; i >= 0; i--)
        {
            if (!Renamed.TryGetValue((string)attributes[i]!["key"]!, out var name)) continue;
            if (name is null) attributes.RemoveAt(i);
            else attributes[i]!["key"] = name;
        }
    }

    private void Thin(JsonArray records)
    {
        for (var i = records.Count - 1; i >= 0; i--)
        {
            if (records[i]!["traceId"] is { } trace && !IsSent((string)trace!))
            {
                records.RemoveAt(i);
                continue;
            }

            if (records[i]!["attributes"] is not JsonArray attributes) records[i]!["attributes"] = attributes = [];
            attributes.Add(JsonSerializer.SerializeToNode(new { key = "SampleRate", value = new { intValue = OneIn } }));
        }
    }

    private bool IsSent(string trace) => trace.Length < 4 || Convert.ToInt32(trace[..4], 16) % OneIn == 0;
}
