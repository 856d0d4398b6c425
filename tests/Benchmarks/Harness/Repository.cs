namespace Benchmarks.Harness;

/// <summary>Where the sources of this build are.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Explorer.sln"))) return directory.FullName;
        throw new BenchmarkException($"{AppContext.BaseDirectory} is not inside the sources of Explorer");
    }
}
