namespace Storage.DuckDb.Parquet;

/// <summary>All values of a page.</summary>
internal readonly ref partial struct PageValues
{
    /// <summary>Takes a text, which is valid during the call.</summary>
    public delegate void TextUse(ReadOnlySpan<byte> text);

    /// <summary>True when the values stand as places in the dictionary.</summary>
    public bool IsCoded => encoding is PageEncoding.Dictionary or PageEncoding.PlainDictionary;

    /// <summary>Numbers as bits, truths as 0 and 1; from the shared pool.</summary>
    public long[] All(int count) => new PageDecoder(type, encoding, _bytes, _dictionary).Numbers(count, null);

    /// <summary>Places in the dictionary; from the shared pool.</summary>
    public int[] Codes(int count, int entries) => new PageDecoder(type, encoding, _bytes, _dictionary).Codes(count, entries);

    /// <summary>Goes through the texts of a page without codes.</summary>
    public void ForEachText(int count, TextUse use)
    {
        if (encoding == PageEncoding.Plain)
        {
            for (int place = 0, position = 0; place < count; place++)
            {
                var text = Text(_bytes, position);
                use(text);
                position += sizeof(int) + text.Length;
            }

            return;
        }

        if (encoding != PageEncoding.DeltaLengthByteArray) throw Unknown();
        var lengths = new DeltaIntegers(_bytes);
        var end = lengths;
        var texts = _bytes[end.End()..];
        for (var place = 0; place < count; place++)
        {
            lengths.MoveTo(place);
            use(texts.Slice(checked((int)lengths.Sum), checked((int)lengths.Value)));
        }
    }
}
