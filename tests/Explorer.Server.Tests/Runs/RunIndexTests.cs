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

    private static RunEntry Entry(string id) => new(id, DateTimeOffset.UnixEpoch, "/explore?calc=COUNT", "", IsStarred: false, IsShared: false, 1, 1, []);
}
