namespace Explorer.Server.Tests.Otlp;

/// <summary>Where the shared inputs and our own samples are.</summary>
internal static class TestData
{
    /// <summary>The folder of golden requests: below EXPLORER_TEST_DATA, or below a <c>shared/data</c> beside one of the parent folders; null when absent.</summary>
    public static string? Golden { get; } = Find("otlp-golden", "MANIFEST.json");

    /// <summary>The folder of labelled incidents, found in the same way.</summary>
    public static string? Incidents { get; } = Find("incidents", "labels.json");

    public static string Samples { get; } = Path.Combine(AppContext.BaseDirectory, "Otlp", "Samples");

    private static string? Find(string folder, string file)
    {
        if (Environment.GetEnvironmentVariable("EXPLORER_TEST_DATA") is { Length: > 0 } given) return Existing(given);
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
            if (Existing(Path.Combine(parent.FullName, "shared", "data")) is { } found) return found;
        return null;

        string? Existing(string data) => File.Exists(Path.Combine(data, folder, file)) ? Path.Combine(data, folder) : null;
    }
}

/// <summary>A fact that is reported as skipped where the golden requests are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GoldenFactAttribute : FactAttribute
{
    public GoldenFactAttribute()
    {
        if (TestData.Golden is null) Skip = "no otlp-golden: set EXPLORER_TEST_DATA to the folder that holds it";
    }
}
