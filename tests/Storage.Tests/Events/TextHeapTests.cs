using System.Runtime.InteropServices;
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

    /// <summary>Texts are taken over from where they lie after some events and at the end: in columns that repeat, do not, and have other bytes.</summary>
    [Fact]
    public void A_text_that_lies_elsewhere_is_the_same_as_one_that_is_set()
    {
        const int Events = 300;
        foreach (var length in Lengths)
        {
            foreach (var letter in "aäz\u20AC")
            {
                foreach (var different in new[] { 1, 7, Events })
                {
                    var texts = Enumerable.Range(0, different).Select(i => System.Text.Encoding.UTF8.GetBytes(Number(i, length) + new string(letter, length))).ToArray();
                    byte[] source = [.. texts.SelectMany(t => t), .. new byte[ColumnAppender.TextBytes]];
                    Pinned(source, start => ShouldBeTheSame(texts, Events, start));
                }
            }
        }
    }

    [Fact]
    public void Ids_that_lie_elsewhere_are_the_same_as_those_that_are_set()
    {
        foreach (var length in new[] { 8, 16 })
        {
            var source = new byte[1_024];
            new Random(length).NextBytes(source);
            var builder = new EventBatchBuilder(Schema.Empty);
            var slot = builder.Slot("i")!;
            Pinned(source, start =>
            {
                builder.Source = start;
                for (var row = 0; row < 300; row++)
                {
                    builder.BeginEvent(1);
                    var offset = row / 3;
                    if (row % 5 == 0 || !builder.TrySetPlace(slot, StorageType.Id, offset, length)) builder.SetId(slot, source.AsSpan(offset, length));
                    builder.EndEvent();
                }

                using var batch = builder.Build();
                for (var row = 0; row < 300; row++) batch[row, "i"].ShouldBe(Convert.ToHexStringLower(source.AsSpan(row / 3, length)));
            });
        }
    }

    private static void Pinned(byte[] bytes, Action<nint> use)
    {
        var handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        try
        {
            use(handle.AddrOfPinnedObject());
        }
        finally
        {
            handle.Free();
        }
    }

    private static void ShouldBeTheSame(byte[][] texts, int events, nint source)
    {
        var builder = new EventBatchBuilder(Schema.Empty) { Source = source };
        var slot = builder.Slot("t")!;
        var offsets = new int[texts.Length];
        for (var i = 1; i < texts.Length; i++) offsets[i] = offsets[i - 1] + texts[i - 1].Length;
        var places = 0;
        for (var row = 0; row < events; row++)
        {
            var text = row % texts.Length;
            builder.BeginEvent(1);
            var isSet = row % 5 != 0 && builder.TrySetPlace(slot, StorageType.String, offsets[text], texts[text].Length);
            if (!isSet) builder.Set(slot, texts[text]);
            if (isSet) places++;
            if (row % 11 == 0) builder.Set(slot, texts[text]); // once more on the same event
            builder.EndEvent();
        }

        places.ShouldBeGreaterThan(events / 2);
        using var batch = builder.Build();
        for (var row = 0; row < events; row++) batch[row, "t"].ShouldBe(System.Text.Encoding.UTF8.GetString(texts[row % texts.Length]));
        if (texts.Length == 1) batch.Columns.Single(c => c.Name == "t").Slices.ToArray().Distinct().Count().ShouldBe(1);
    }

    private static string Number(int number, int length) => length == 0 ? "" : number.ToString(System.Globalization.CultureInfo.InvariantCulture);

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
