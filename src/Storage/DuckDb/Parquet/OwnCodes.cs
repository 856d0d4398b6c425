using System.Buffers;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>Codes of values that stand in no dictionary: truths, those of few rows, and those in memory. Too many of them throw <see cref="InvalidDataException"/>.</summary>
/// <param name="book">Gets the values.</param>
/// <param name="most">How many there may be.</param>
internal sealed class OwnCodes(CodeBook book, int most = OwnCodes.MaxCodes)
{
    private const int MaxCodes = 4_096;

    private readonly Dictionary<byte[], int> _texts = new(ByText.Instance);
    private readonly Dictionary<long, int> _numbers = [];

    /// <summary>The places in the book of the first values of a page; from the shared pool.</summary>
    public int[] Of(PageValues values, int count, bool isText)
    {
        var codes = ArrayPool<int>.Shared.Rent(count);
        if (isText)
        {
            var texts = values.Texts();
            for (var i = 0; i < count; i++) codes[i] = Of(texts.At(i));
            return codes;
        }

        var all = values.All(count);
        for (var i = 0; i < count; i++) codes[i] = Of(all[i]);
        ArrayPool<long>.Shared.Return(all);
        return codes;
    }

    /// <summary>The places in the book of some values of a page.</summary>
    /// <param name="values">The page.</param>
    /// <param name="places">Among its values, ascending.</param>
    /// <param name="isText">Whether they are texts.</param>
    /// <param name="codes">Takes one for each.</param>
    public void Of(PageValues values, ReadOnlySpan<int> places, bool isText, Span<int> codes)
    {
        if (isText)
        {
            var texts = values.Texts();
            for (var i = 0; i < places.Length; i++) codes[i] = Of(texts.At(places[i]));
            return;
        }

        Span<long> numbers = new long[places.Length];
        values.Numbers(places, numbers);
        for (var i = 0; i < places.Length; i++) codes[i] = Of(numbers[i]);
    }

    /// <summary>The place in the book of a text.</summary>
    public int Of(ReadOnlySpan<byte> text)
    {
        ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(_texts.GetAlternateLookup<ReadOnlySpan<byte>>(), text, out var isKnown);
        return isKnown ? code : code = Checked(book.Add(text));
    }

    /// <summary>The place in the book of a number or truth.</summary>
    public int Of(long number)
    {
        ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, number, out var isKnown);
        return isKnown ? code : code = Checked(book.Add(number));
    }

    private int Checked(int code) => _texts.Count + _numbers.Count <= most ? code : throw new InvalidDataException("the column has too many values to be grouped by");
}
