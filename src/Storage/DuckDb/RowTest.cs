using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.DuckDb.Tally;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// A condition that all events of an answer meet, as far as it can be looked up in a segment's file or in a batch in memory. Whatever passes is tested again by the engine, so that what cannot be said
/// passes.
/// </summary>
internal sealed class RowTest
{
    /// <summary>The share that is assumed of a value where there are more than the statistics count.</summary>
    private const double ShareOfOne = 0.001;

    /// <summary>The share that is assumed of texts that hold another.</summary>
    private const double ShareOfPart = 0.01;

    /// <summary>A longer list of values is left to the engine.</summary>
    private const int MaxListed = 64;

    private const int MaxIdBytes = 64;

    private readonly ValueTest _test;
    private readonly byte[][]? _ids;

    private RowTest(SegmentColumn column, ValueTest test, double share)
    {
        (Column, _test, Share) = (column, test, share);
        if (column.Type == StorageType.Id) _ids = [.. test.Texts.Select(BytesOf).OfType<byte[]>()];
        var texts = _ids ?? test.Texts;
        Part = texts is [{ Length: > 0 } only] && IsOfPart(test.Test) ? only : null;
        if (texts.Length == 1 && (_ids is not null || (column.Type == StorageType.String && test is { Column.Type: ColumnType.String, Test: BoundTest.Compare { Op: FilterOp.Equal } or BoundTest.OneOf }))) Only = texts[0];
    }

    public SegmentColumn Column { get; }

    /// <summary>About the share of the events that pass.</summary>
    public double Share { get; }

    /// <summary>Bytes that every text has in it that passes; null when there are none.</summary>
    public byte[]? Part { get; }

    /// <summary>The one text that passes, or the bytes of the one id; null when there may be others.</summary>
    public byte[]? Only { get; }

    /// <summary>The tests of a condition in a segment that are worth a search, those first that few events pass.</summary>
    public static ImmutableArray<RowTest> Of(BoundFilter? where, Segment segment) =>
        [.. Conjuncts(where).Select(c => segment.Columns.TryGetValue(c.Column.Name, out var stored) ? Of(c, stored, segment) : null).OfType<RowTest>().OrderBy(t => t.Share)];

    /// <summary>The test of a condition in batches that store its column in one way; null where it is not worth a search, or only the engine can tell.</summary>
    public static RowTest? Of(BoundFilter.Condition condition, HotColumn stored) => Of(condition, new SegmentColumn(stored.Name, stored.Name, stored.Type, 0), null);

    /// <summary>The conditions all of which a condition asks for.</summary>
    public static IEnumerable<BoundFilter.Condition> Conjuncts(BoundFilter? where) => where switch
    {
        BoundFilter.All all => all.Parts.SelectMany(Conjuncts),
        BoundFilter.Condition condition => [condition],
        _ => [],
    };

    /// <summary>What its rows in a row group are known by; null when they are not worth to be known.</summary>
    public RowsKey? KeyIn(Segment segment, int group) => _test.Test is BoundTest.Compare compare ? new RowsKey(segment.Id, group, Column.StoredAs, _test.Column.Type, compare) : null;

    /// <summary>False when a text, or the bytes of an id, does not pass.</summary>
    public bool MayPass(ReadOnlySpan<byte> text)
    {
        if (Only is not null) return text.SequenceEqual(Only);
        if (_ids is null) return _test.OfText(text) ?? true;
        foreach (var id in _ids)
            if (text.SequenceEqual(id)) return true;
        return false;
    }

    /// <summary>False when a number or truth does not pass, given as it is stored.</summary>
    public bool MayPass(long bits)
    {
        if (!Column.IsScaled) return _test.OfBits(Column.Type, bits) ?? true;
        return _test.OfBits(StorageType.Float64, BitConverter.DoubleToInt64Bits(KeptRanks.OfDecimal(bits))) ?? true;
    }

    /// <summary>The test of a condition where it is exact: what passes need not be tested again. Null where only the engine can tell.</summary>
    public static RowTest? Exactly(BoundFilter.Condition condition, IStoredColumns part)
    {
        var (column, test) = (condition.Column, condition.Test);
        if (part.Column(column.Name) is not { } stored || !IsExact(column.Type, stored.Type, test)) return null;
        var of = new ValueTest(column, test);
        return new RowTest(stored, of, ShareOf(of, stored, part));
    }

    private static bool IsExact(ColumnType seen, StorageType stored, BoundTest test) => (seen, stored, test) switch
    {
        (_, _, BoundTest.OneOf { Values.Length: > MaxListed }) => false,
        (ColumnType.String, StorageType.Id, BoundTest.Compare { Op: FilterOp.Equal } or BoundTest.OneOf) => true,
        (ColumnType.String, StorageType.String or StorageType.Int64 or StorageType.Bool, BoundTest.Compare or BoundTest.OneOf) => true,
        (ColumnType.String, StorageType.String or StorageType.Int64 or StorageType.Bool, BoundTest.OfText { Op: FilterOp.StartsWith or FilterOp.EndsWith or FilterOp.Contains }) => true,
        (ColumnType.Int64, StorageType.Int64, BoundTest.Compare or BoundTest.OneOf) => true,
        (ColumnType.Float64, StorageType.Float64 or StorageType.Int64, BoundTest.Compare or BoundTest.OneOf) => true,
        (ColumnType.Bool, StorageType.Bool, BoundTest.Compare or BoundTest.OneOf) => true,
        _ => false,
    };

    private static RowTest? Of(BoundFilter.Condition condition, SegmentColumn stored, Segment? segment)
    {
        var (column, test) = (condition.Column, condition.Test);
        if (!column.IsStored || column.Key is not null || !IsSeenAsStored(column.Type, stored.Type)) return null;
        var of = new ValueTest(column, test);
        var share = ShareOf(of, stored, segment);
        return share < 0.5 ? new RowTest(stored, of, share) : null;
    }

    private static double ShareOf(ValueTest of, SegmentColumn stored, IStoredColumns? part)
    {
        var values = part?.Values(stored.Name);
        return (values, of.Test) switch
        {
            (_, BoundTest.OneOf { Values.Length: > MaxListed }) => 1,
            (_, BoundTest.Compare or BoundTest.OneOf or BoundTest.OfText) when values is not null => ShareOf(of, values, part!.Events),
            (_, BoundTest.Compare { Op: FilterOp.Equal }) => ShareOfOne,
            (_, BoundTest.OneOf list) => list.Values.Length * ShareOfOne,
            (_, BoundTest.OfText) when IsOfPart(of.Test) && stored.Type == StorageType.String => ShareOfPart,
            _ => 1,
        };
    }

    private static bool IsSeenAsStored(ColumnType seen, StorageType stored) =>
        stored == StorageType.Id ? seen == ColumnType.String : (ColumnType)stored == seen || (seen, stored) is (ColumnType.Float64, StorageType.Int64);

    private static bool IsOfPart(BoundTest test) => test is BoundTest.Compare { Op: FilterOp.Equal } or BoundTest.OneOf or BoundTest.OfText { Op: FilterOp.StartsWith or FilterOp.EndsWith or FilterOp.Contains };

    private static double ShareOf(ValueTest test, ValueCounts values, long events)
    {
        long passing = 0;
        for (var i = 0; i < values.Length; i++)
            if ((values.Type == StorageType.String ? test.OfText(values.Text(i)) : test.OfBits(values.Type, values.Bits(i))) is not false) passing += values.Counts[i];
        return events == 0 ? 0 : (double)passing / events;
    }

    /// <summary>The bytes of an id; null for a text that is none, which no event has then.</summary>
    private static byte[]? BytesOf(byte[] text)
    {
        Span<byte> bytes = stackalloc byte[MaxIdBytes];
        return text.Length <= MaxIdBytes * 2 && TraceFilter.TryParseHex(text, bytes, out var length) ? bytes[..length].ToArray() : null;
    }
}
