using System.Runtime.CompilerServices;

namespace Explorer.Server.Tests.Docs;

public sealed class ReadmeTests
{
    [Fact]
    public void The_table_of_settings_is_the_table_of_the_code()
    {
        var readme = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../README.md"));
        var actual = readme.SkipWhile(line => !line.StartsWith("| Setting |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'));

        actual.ShouldBe(Settings.All.Select(Row));
    }

    private static string Row(Setting setting)
    {
        var flag = setting.Flag is null ? "" : $"`{setting.Flag}`";
        // A default that depends on the machine is told in words.
        var (text, value) = (setting.Description, setting.Get(new ExplorerOptions()));
        if (text.IndexOf(" (default: ", StringComparison.Ordinal) is >= 0 and var at)
            (text, value) = (text[..at], text[(at + 11)..^1]);
        return $"| `{setting.Key}` | {flag} | {value} | {text.Replace("|", "\\|", StringComparison.Ordinal)} |";
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
