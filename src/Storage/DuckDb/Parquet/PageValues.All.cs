namespace Storage.DuckDb.Parquet;

/// <summary>All values of a page.</summary>
internal readonly ref partial struct PageValues
{
    /// <summary>True when the values stand as places in the dictionary.</summary>
    public bool IsCoded => encoding is PageEncoding.Dictionary or PageEncoding.PlainDictionary;

    /// <summary>Numbers as bits, truths as 0 and 1; from the shared pool.</summary>
    public long[] All(int count) => new PageDecoder(type, encoding, _bytes, _dictionary).Numbers(count, null);

    /// <summary>The first numbers as bits, truths as 0 and 1.</summary>
    public void All(Span<long> target) => new PageDecoder(type, encoding, _bytes, _dictionary).Numbers(target);

    /// <summary>Places in the dictionary; from the shared pool.</summary>
    public int[] Codes(int count, int entries) => new PageDecoder(type, encoding, _bytes, _dictionary).Codes(count, entries);
}
