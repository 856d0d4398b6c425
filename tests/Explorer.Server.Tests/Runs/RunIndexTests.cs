using Explorer.Client.Runs;
using Explorer.Server.Workspace;

namespace Explorer.Server.Tests.Runs;

public sealed class RunIndexTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("explorer-index-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_line_that_a_full_disk_has_cut_off_takes_no_later_one_with_it()
    {
        var path = Path.Combine(_directory, "index.ndjson");
        var index = new RunIndex(path);
        index.Write(Entry("aaaaaaaa"), 10);
        var before = File.ReadAllText(path);
        File.Delete(path);
        Directory.CreateDirectory(path); // takes no line
        Should.Throw<Exception>(() => index.Write(Entry("bbbbbbbb"), 10)).ShouldBeOfType<UnauthorizedAccessException>();
        Directory.Delete(path);
        File.WriteAllText(path, before + before[..20]); // as a full disk leaves it

        index.Write(Entry("cccccccc") with { Name = "kept", IsStarred = true }, 10);
        index.Change("aaaaaaaa", e => e with { IsStarred = true });
        var again = new RunIndex(path);
        again.Load(new Dictionary<string, long> { ["aaaaaaaa"] = 10, ["bbbbbbbb"] = 10, ["cccccccc"] = 10 });
        again.Count.ShouldBe(3);
        again.Find("cccccccc")!.Name.ShouldBe("kept");
        again.Find("aaaaaaaa")!.IsStarred.ShouldBeTrue();
    }

    [Fact]
    public void A_line_that_an_earlier_process_left_half_takes_no_later_one_with_it()
    {
        var path = Path.Combine(_directory, "index.ndjson");
        new RunIndex(path).Write(Entry("aaaaaaaa"), 10);
        File.AppendAllText(path, File.ReadAllText(path)[..20]);
        var sizes = new Dictionary<string, long> { ["aaaaaaaa"] = 10 };
        var index = new RunIndex(path);
        index.Load(sizes);
        index.Change("aaaaaaaa", e => e with { IsStarred = true }); // before the file could be written anew

        var again = new RunIndex(path);
        again.Load(sizes);
        again.Find("aaaaaaaa")!.IsStarred.ShouldBeTrue();
    }

    [Fact]
    public void A_number_that_is_none_costs_its_line_and_nothing_else()
    {
        var path = Path.Combine(_directory, "index.ndjson");
        var index = new RunIndex(path);
        index.Write(Entry("aaaaaaaa"), 10);
        index.Write(Entry("bbbbbbbb"), 10);
        var lines = File.ReadAllLines(path);
        lines[0].ShouldContain("\"events\":1,");
        File.WriteAllLines(path, [lines[0].Replace("\"events\":1,", "\"events\":1.5,", StringComparison.Ordinal), lines[1]]);

        var again = new RunIndex(path);
        again.Load(new Dictionary<string, long> { ["aaaaaaaa"] = 10, ["bbbbbbbb"] = 10 });
        again.Find("aaaaaaaa").ShouldBeNull();
        again.Find("bbbbbbbb").ShouldNotBeNull();
    }

    private static RunEntry Entry(string id) => new(id, DateTimeOffset.UnixEpoch, "/explore?calc=COUNT", "", IsStarred: false, IsShared: false, 1, 1, []);
}
