using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

/// <summary>The library is that of the process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Collection(Name)]
public sealed class LibraryPagesTests
{
    private const string Name = "pages of the library";

    [Fact]
    public void What_is_unmapped_is_less_memory_and_comes_back_when_it_is_used()
    {
        using var database = DuckDbDatabase.Open(null, new Dictionary<string, string>());
        using var connection = database.Connect();
        connection.Execute("SELECT 1");
        var before = Resident();
        before.ShouldBeGreaterThan(5_000);
        LibraryPages.Release();
        Resident().ShouldBeLessThan(before / 2);
        connection.Execute("SELECT regexp_extract(i::VARCHAR, '[0-9]+') AS x, count(*) FROM range(1000) t(i) GROUP BY x ORDER BY x");
    }

    /// <summary>KiB of the engine's library that are in memory of this process.</summary>
    private static long Resident()
    {
        var (sum, isOurs) = (0L, false);
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':')) isOurs = line.EndsWith("libduckdb.so", StringComparison.Ordinal);
            else if (isOurs && words[0] == "Rss:") sum += long.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
