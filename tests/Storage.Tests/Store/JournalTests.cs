using Microsoft.Extensions.Logging.Abstractions;
using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

public sealed class JournalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string JournalPath => Journal.PathOf(_directory.Path, 1);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Batches_come_back_in_order_with_their_numbers()
    {
        Write(3);
        var batches = Replay();
        batches.Select(b => b.Batch[0, "n"]).ShouldBe([Value.Of(0), Value.Of(1), Value.Of(2)]);
        batches.Select(b => b.FirstSeq).ShouldBe([0L, 2L, 4L]);
    }

    [Fact]
    public void A_torn_last_record_is_cut_off_and_the_journal_goes_on_there()
    {
        Write(3);
        var whole = new FileInfo(JournalPath).Length;
        using (var file = new FileStream(JournalPath, FileMode.Open)) file.SetLength(whole - 5);
        Replay().Count.ShouldBe(2);
        new FileInfo(JournalPath).Length.ShouldBe(whole / 3 * 2);
        Write(1);
        Replay().Count.ShouldBe(3);
    }

    [Fact]
    public void A_damaged_record_in_the_middle_is_kept_aside_and_the_rest_recovered()
    {
        Write(3);
        var size = (int)new FileInfo(JournalPath).Length / 3;
        var bytes = File.ReadAllBytes(JournalPath);
        bytes[size + size / 2] ^= 0x40;
        File.WriteAllBytes(JournalPath, bytes);

        Replay().Select(b => b.Batch[0, "n"]).ShouldBe([Value.Of(0), Value.Of(2)]);
        KeptAside().ShouldBe(bytes[size..(2 * size)]);
    }

    [Fact]
    public void A_file_of_noise_holds_nothing_and_hurts_nobody()
    {
        var noise = new byte[100_000];
        new Random(3).NextBytes(noise);
        File.WriteAllBytes(JournalPath, noise);
        Replay().ShouldBeEmpty();
        KeptAside().ShouldBe(noise);
        new FileInfo(JournalPath).Length.ShouldBe(0);
    }

    [Fact]
    public void A_damaged_last_record_is_kept_aside_since_it_may_have_been_acknowledged()
    {
        Write(3);
        var bytes = File.ReadAllBytes(JournalPath);
        var size = bytes.Length / 3;
        bytes[^5] ^= 0x40;
        File.WriteAllBytes(JournalPath, bytes);

        Replay().Count.ShouldBe(2);
        KeptAside().ShouldBe(bytes[(2 * size)..]);
        Write(1);
        Replay().Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_record_of_which_nothing_but_the_length_is_damaged_is_read_wherever_it_is(int record)
    {
        Write(3);
        var bytes = File.ReadAllBytes(JournalPath);
        var size = bytes.Length / 3;
        foreach (var bit in (byte[])[0x40, 0x80]) // a gigabyte more, or below zero
        {
            var damaged = (byte[])bytes.Clone();
            damaged[(record * size) + 7] ^= bit;
            File.WriteAllBytes(JournalPath, damaged);
            Replay().Select(b => (b.Batch[0, "n"], b.FirstSeq)).ShouldBe([(Value.Of(0), 0), (Value.Of(1), 2), (Value.Of(2), 4)]);
            File.ReadAllBytes(JournalPath).ShouldBe(damaged);

            damaged[(record * size) + JournalRecord.HeaderBytes + 5] ^= 1; // of its content too: then it is damage
            File.WriteAllBytes(JournalPath, damaged);
            Replay().Count.ShouldBe(2);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_record_with_a_damaged_length_is_read_also_before_one_that_is_torn_or_damaged(bool isTorn)
    {
        Write(4);
        var bytes = File.ReadAllBytes(JournalPath);
        var size = bytes.Length / 4;
        bytes[(2 * size) + 7] ^= 0x40;
        if (isTorn) bytes = bytes[..^5];
        else bytes[^5] ^= 0x40;
        File.WriteAllBytes(JournalPath, bytes);

        Replay().Select(b => b.FirstSeq).ShouldBe([0L, 2L, 4L]);
        if (isTorn) Directory.GetFiles(_directory.Path).ShouldHaveSingleItem();
        else KeptAside().ShouldBe(bytes[(3 * size)..]);
        new FileInfo(JournalPath).Length.ShouldBe(3 * size);
    }

    [Fact]
    public void What_looks_like_a_header_in_a_stretch_to_the_end_makes_it_damage()
    {
        Write(3);
        var bytes = File.ReadAllBytes(JournalPath);
        var size = bytes.Length / 3;
        bytes[size + 7] ^= 0x40; // longer than the file
        bytes[size + (size / 2)] ^= 0x40;
        bytes[^5] ^= 0x40;
        File.WriteAllBytes(JournalPath, bytes);

        Replay().ShouldHaveSingleItem();
        KeptAside().ShouldBe(bytes[size..]);
    }

    [Fact]
    public void Damage_at_the_same_place_as_earlier_damage_is_kept_beside_it()
    {
        var kept = new List<byte[]>();
        for (var round = 0; round < 2; round++)
        {
            Write(round == 0 ? 2 : 1);
            var bytes = File.ReadAllBytes(JournalPath);
            bytes[^(5 + round)] ^= 0x40;
            File.WriteAllBytes(JournalPath, bytes);
            kept.Add(bytes[(bytes.Length / 2)..]);
            Replay().Count.ShouldBe(1);
        }

        Directory.GetFiles(_directory.Path, "*.damaged-*").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ShouldBe(kept);
    }

    [Fact]
    public void Room_that_was_never_written_is_cut_off()
    {
        Write(2);
        var whole = new FileInfo(JournalPath).Length;
        using (var file = new FileStream(JournalPath, FileMode.Open)) file.SetLength(whole + 5_000);
        Replay().Count.ShouldBe(2);
        new FileInfo(JournalPath).Length.ShouldBe(whole);
        Directory.GetFiles(_directory.Path).ShouldHaveSingleItem();
    }

    [Fact]
    public void Every_cut_of_the_file_keeps_the_whole_records_before_it()
    {
        Write(2);
        var bytes = File.ReadAllBytes(JournalPath);
        var size = bytes.Length / 2;
        for (var cut = 0; cut <= bytes.Length; cut += 7)
        {
            File.WriteAllBytes(JournalPath, bytes[..cut]);
            Replay().Count.ShouldBe(cut / size, $"cut at {cut}");
        }

        Directory.GetFiles(_directory.Path).ShouldHaveSingleItem();
    }

    private byte[] KeptAside() => File.ReadAllBytes(Directory.GetFiles(_directory.Path, "*.damaged-*").ShouldHaveSingleItem());

    private void Write(int batches)
    {
        using var journal = Journal.Open(_directory.Path, 1, new EventStoreOptions { DataDirectory = _directory.Path });
        for (var n = 0; n < batches; n++)
        {
            var builder = new EventBatchBuilder(Schema.Empty);
            for (var i = 0; i < 2; i++)
            {
                builder.BeginEvent(1);
                builder.Set("n", n);
                builder.EndEvent();
            }

            journal.Add(builder.Build(), n * 2);
            journal.Commit();
        }
    }

    private List<(EventBatch Batch, long FirstSeq)> Replay() => [.. JournalReplay.Read(JournalPath, NullLogger.Instance, () => Assert.Fail("there is room"))];
}
