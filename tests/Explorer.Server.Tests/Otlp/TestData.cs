namespace Explorer.Server.Tests.Otlp;

/// <summary>Where the shared inputs and our own samples are.</summary>
internal static class TestData
{
    /// <summary>The folder of golden requests: below EXPLORER_TEST_DATA, or below a <c>shared/data</c> beside one of the parent folders; null when absent.</summary>
    public static string? Golden { get; } = Find();

    public static string Samples { get; } = Path.Combine(AppContext.BaseDirectory, "Otlp", "Samples");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("EXPLORER_TEST_DATA") is { Length: > 0 } given) return Existing(given);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Existing(Path.Combine(folder.FullName, "shared", "data")) is { } found) return found;
        return null;
    }

    private static string? Existing(string data)
    {
        var golden = Path.Combine(data, "otlp-golden");
        return File.Exists(Path.Combine(golden, "MANIFEST.json")) ? golden : null;
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
