namespace Storage.Tests;

public sealed class WholeFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Target => Path.Combine(_directory.Path, "file");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Durability.Sync)]
    [InlineData(Durability.Os)]
    public void A_file_is_made_and_replaced_and_nothing_else_is_left(Durability durability)
    {
        WholeFile.Write(Target, "a longer first text"u8, durability);
        WholeFile.Write(Target, "second"u8, durability);
        File.ReadAllText(Target).ShouldBe("second");
        Directory.GetFiles(_directory.Path).ShouldHaveSingleItem();
    }

    [SmallDiskFact]
    public void On_a_full_disk_the_old_file_stays_as_it_was()
    {
        using var disk = SmallDisk.TryMount(1)!;
        var path = Path.Combine(disk.Path, "file");
        WholeFile.Write(path, "first"u8, Durability.Sync);
        disk.Fill(leave: 8 << 10);
        Should.Throw<IOException>(() => WholeFile.Write(path, new byte[64 << 10], Durability.Sync));
        File.ReadAllText(path).ShouldBe("first");
        File.Exists(path + WholeFile.UnfinishedSuffix).ShouldBeFalse();
    }
}
