using Storage.Events;

namespace Storage.Tests.Events;

public sealed class TextHeapTests
{
    /// <summary>Around every length at which texts are compared in another way.</summary>
    private static readonly int[] Lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 64, 100, 1023, 1024, 1025];

    [Fact]
    public void Texts_that_differ_in_one_byte_stay_apart_and_equal_ones_share_their_bytes()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var round = 0; round < 3; round++) // the second and third meet what the table held before
        {
            builder.Reset(Schema.Empty);
            var texts = Texts(round).ToList();
            foreach (var text in texts.Concat(texts)) Add(builder, text);
            using var batch = builder.Build();
            for (var row = 0; row < batch.Count; row++) batch[row, "t"].ShouldBe(texts[row % texts.Count]);
            var slices = batch.Columns.Single(c => c.Name == "t").Slices;
            slices[..texts.Count].SequenceEqual(slices[texts.Count..]).ShouldBeTrue();
        }
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_replaced_at_every_place_of_a_text()
    {
        foreach (var length in Lengths.Where(l => l > 0))
        {
            foreach (var place in new[] { 0, length / 2, length - 1 })
            {
                var bytes = Enumerable.Repeat((byte)'a', length).ToArray();
                bytes[place] = 0xFF;
                var builder = new EventBatchBuilder(Schema.Empty);
                builder.BeginEvent(1);
                builder.Set("t", bytes);
                builder.EndEvent();
                using var batch = builder.Build();
                batch[0, "t"].ShouldBe(new string('a', place) + '\uFFFD' + new string('a', length - 1 - place));
            }
        }
    }

    [Fact]
    public void A_text_in_the_midst_of_others_is_the_same_as_by_itself()
    {
        foreach (var length in Lengths)
        {
            foreach (var behind in new[] { 0, 1, 15, 16, 40 })
            {
                foreach (var letter in "aäz\u20AC")
                {
                    var text = System.Text.Encoding.UTF8.GetBytes(new string(letter, length));
                    byte[] bytes = [.. text, .. Enumerable.Repeat((byte)0xFF, behind)];
                    var builder = new EventBatchBuilder(Schema.Empty);
                    var slot = builder.Slot("t")!;
                    foreach (var isLone in new[] { false, true, false })
                    {
                        builder.BeginEvent(1);
                        if (isLone) builder.Set(slot, text);
                        else builder.Set(slot, bytes, text.Length);
                        builder.EndEvent();
                    }

                    using var batch = builder.Build();
                    for (var row = 0; row < 3; row++) batch[row, "t"].ShouldBe(new string(letter, length));
                    batch.Columns.Single(c => c.Name == "t").Slices.ToArray().Distinct().Count().ShouldBe(1);
                }
            }
        }
    }

    private static IEnumerable<string> Texts(int round)
    {
        foreach (var length in Lengths)
        {
            yield return new string('a', length);
            foreach (var place in new[] { 0, length / 3, length / 2, length - 1 }.Distinct().Where(p => p >= 0 && p < length))
                yield return new string('a', place) + (char)('b' + round) + new string('a', length - 1 - place);
        }
    }

    private static void Add(EventBatchBuilder builder, string text)
    {
        builder.BeginEvent(1);
        builder.Set("t", text);
        builder.EndEvent();
    }
}
