using System.Text.Json;
using Analysis.Changes;

namespace Explorer.Server.Api;

/// <summary>Writes what changed between two windows; docs/compare.md says what each name means.</summary>
internal static class ChangesJson
{
    /// <summary>Changes of an answer; what is behind has the least evidence.</summary>
    private const int MaxChanges = 100;

    /// <summary>The members <c>changes</c> and <c>services</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Change> changes)
    {
        json.WriteStartArray("changes");
        foreach (var change in changes.Take(MaxChanges)) Write(json, change);
        json.WriteEndArray();
        json.WriteStartArray("services");
        foreach (var service in changes.Select(c => c.Service).Distinct(StringComparer.Ordinal)) json.WriteStringValue(service);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Change change)
    {
        json.WriteStartObject();
        json.WriteString("kind", Name(change.Kind));
        json.WriteString("service", change.Service);
        if (change.Operation is { } operation) json.WriteString("operation", operation);
        if (change.Subject is { } subject) json.WriteString("subject", subject);
        json.WriteNumber("net_bits", change.NetBits);
        json.WriteBoolean("significant", change.IsSignificant);
        json.WriteBoolean("better", change.IsBetter);
        if (change.IsNew) json.WriteBoolean("new", true);
        if (change.IsGone) json.WriteBoolean("gone", true);
        Side(json, "before", change.Before, change.BeforeTraces, change.Kind == ChangeKind.Latency, change.SelfMs?.Before);
        Side(json, "after", change.After, change.AfterTraces, change.Kind == ChangeKind.Latency, change.SelfMs?.After);
        if (change.TimesSlower is { } slower) json.WriteNumber("times_slower", slower);
        json.WriteEndObject();
    }

    private static void Side(Utf8JsonWriter json, string name, double share, int traces, bool isLatency, double? selfMs)
    {
        json.WriteStartObject(name);
        if (!isLatency) json.WriteNumber("share", share);
        json.WriteNumber("traces", traces);
        if (selfMs is { } ms) json.WriteNumber("self_ms", ms);
        json.WriteEndObject();
    }

    private static string Name(ChangeKind kind) => kind switch
    {
        ChangeKind.Mix => "mix",
        ChangeKind.Errors => "errors",
        ChangeKind.Latency => "latency",
        ChangeKind.Structure => "structure",
        _ => "logs",
    };
}
