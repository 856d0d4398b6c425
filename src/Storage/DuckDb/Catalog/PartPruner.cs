using System.Collections.Immutable;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Catalog;

/// <summary>How many events of a part of the store a condition is true for.</summary>
internal enum Match : byte
{
    None,
    Maybe,
    All,
}

/// <summary>
/// Judges parts of the store by their statistics, without reading them: <see cref="Match.None"/> and <see cref="Match.All"/> are certain,
/// <see cref="Match.Maybe"/> is everything else. Made once for a query, asked once for each part.
/// </summary>
internal sealed class PartPruner
{
    /// <summary>A longer list of values is not compared with every part's statistics.</summary>
    private const int MaxListed = 256;

    private readonly Node? _where;

    /// <param name="where">The condition of the query; null when all events match.</param>
    public PartPruner(BoundFilter? where) => _where = where is null ? null : Make(where);

    /// <summary>How many events of a segment can match.</summary>
    public Match Judge(SegmentStatistics segment) => _where is null ? Match.All : Judge(_where, leaf => Judge(leaf, segment));

    /// <summary>How many events can match of a part of which only the traces are known.</summary>
    public Match Judge(GrowingTraceFilter traces) => _where is null
        ? Match.All
        : Judge(_where, leaf => leaf.TraceKeys is { } keys && !keys.Any(traces.MayContain) ? Match.None : Match.Maybe);

    private abstract record Node
    {
        public sealed record All(ImmutableArray<Node> Parts) : Node;

        public sealed record Any(ImmutableArray<Node> Parts) : Node;

        public sealed record Not(Node Part) : Node;

        /// <param name="TraceKeys">When the test looks for certain traces: their keys.</param>
        public sealed record Leaf(ValueTest Of, ulong[]? TraceKeys) : Node
        {
            public BoundColumn Column => Of.Column;

            public BoundTest Test => Of.Test;

            public byte[][] Texts => Of.Texts;
        }
    }

    private static Node Make(BoundFilter filter) => filter switch
    {
        BoundFilter.All all => new Node.All([.. all.Parts.Select(Make)]),
        BoundFilter.Any any => new Node.Any([.. any.Parts.Select(Make)]),
        BoundFilter.Not not => new Node.Not(Make(not.Part)),
        BoundFilter.Condition condition => MakeLeaf(condition.Column, condition.Test),
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    private static Node.Leaf MakeLeaf(BoundColumn column, BoundTest test)
    {
        var of = new ValueTest(column, test);
        var isTrace = column is { Name: WellKnownColumns.TraceId, Type: ColumnType.String, IsStored: true } && (test is BoundTest.OneOf or BoundTest.Compare { Op: FilterOp.Equal });
        return new Node.Leaf(of, isTrace ? Array.ConvertAll(of.Texts, b => TraceFilter.KeyOfText(b)) : null);
    }

    private static Match Judge(Node node, Func<Node.Leaf, Match> judge)
    {
        switch (node)
        {
            case Node.All all:
                var least = Match.All;
                foreach (var part in all.Parts)
                    if ((least = (Match)Math.Min((byte)least, (byte)Judge(part, judge))) == Match.None) break;
                return least;
            case Node.Any any:
                var most = Match.None;
                foreach (var part in any.Parts)
                    if ((most = (Match)Math.Max((byte)most, (byte)Judge(part, judge))) == Match.All) break;
                return most;
            case Node.Not not:
                return Match.All - (byte)Judge(not.Part, judge);
            default:
                return judge((Node.Leaf)node);
        }
    }

    private static Match Judge(Node.Leaf leaf, SegmentStatistics segment)
    {
        // What a calculated field is called says nothing about what is stored.
        if (!leaf.Column.IsStored) return Match.Maybe;
        if (leaf.Test is BoundTest.Never || !segment.Columns.TryGetValue(leaf.Column.Name, out var column) || column.Count == 0) return Match.None;
        if (leaf.TraceKeys is { } keys && segment.Traces is { } traces && !keys.Any(traces.MayContain)) return Match.None;
        var everywhere = column.Count == segment.Events;
        if (leaf.Test is BoundTest.Present) return everywhere ? Match.All : Match.Maybe;
        if (leaf.Test is BoundTest.OneOf { Values.Length: > MaxListed }) return Match.Maybe;
        var found = column.Values is { } values ? JudgeValues(leaf, values) : JudgeRange(leaf, column);
        return found == Match.All && !everywhere ? Match.Maybe : found;
    }

    /// <summary>Whether none or all of the values pass the test.</summary>
    private static Match JudgeValues(Node.Leaf leaf, ValueCounts values)
    {
        // The commonest question is answered by a search.
        if (values.Type == StorageType.String && (leaf.Test is BoundTest.OneOf or BoundTest.Compare { Op: FilterOp.Equal }) && leaf.Texts.Length > 0
            && !leaf.Texts.Any(t => values.ContainsText(t))) return Match.None;

        var (some, all) = (false, true);
        for (var i = 0; i < values.Length; i++)
        {
            if (Holds(leaf.Of, values, i) is not { } holds) return Match.Maybe;
            some |= holds;
            all &= holds;
            if (some && !all) return Match.Maybe;
        }

        return some ? Match.All : Match.None;
    }

    /// <summary>Whether the i-th value, seen as the query sees it, passes the test; null when only the engine can say.</summary>
    private static bool? Holds(ValueTest test, ValueCounts values, int i) =>
        values.Type == StorageType.String ? test.OfText(values.Text(i)) : test.OfBits(values.Type, values.Bits(i));

    private static Match JudgeRange(Node.Leaf leaf, ColumnStatistics column)
    {
        switch (column.Range)
        {
            case ColumnRange.OfInt64 range when leaf.Column.Type == ColumnType.Int64:
                return Within(leaf.Test, range.Min, range.Max, v => v.AsInt64(), holes: false);
            case ColumnRange.OfInt64 range when leaf.Column.Type == ColumnType.Float64:
                return Within(leaf.Test, range.Min, (double)range.Max, v => v.AsDouble(), holes: false);
            case ColumnRange.OfFloat64 range when leaf.Column.Type == ColumnType.Float64:
                return Within(leaf.Test, range.Min, range.Max, v => v.AsDouble(), range.HasNaN);
            case ColumnRange.OfText range when leaf.Column.Type == ColumnType.String && column.Type == StorageType.String:
                return WithinText(leaf, range);
            default:
                return Match.Maybe;
        }
    }

    /// <param name="holes">There are values outside the range, which pass no comparison.</param>
    private static Match Within<T>(BoundTest test, T min, T max, Func<Value, T> read, bool holes) where T : IComparable<T>
    {
        if (min is double.NaN) return test is BoundTest.Compare or BoundTest.OneOf ? Match.None : Match.Maybe;
        switch (test)
        {
            case BoundTest.Compare compare:
                var value = read(compare.Value);
                var (low, high) = (ValueTest.Order(min, value), ValueTest.Order(max, value));
                var (none, all) = compare.Op switch
                {
                    FilterOp.Equal => (low > 0 || high < 0, low == 0 && high == 0),
                    FilterOp.Greater => (high <= 0, low > 0),
                    FilterOp.GreaterOrEqual => (high < 0, low >= 0),
                    FilterOp.Less => (low >= 0, high < 0),
                    FilterOp.LessOrEqual => (low > 0, high <= 0),
                    _ => (false, false),
                };
                return none ? Match.None : all && !holes ? Match.All : Match.Maybe;
            case BoundTest.OneOf oneOf:
                return oneOf.Values.All(v => ValueTest.Order(min, read(v)) > 0 || ValueTest.Order(max, read(v)) < 0) ? Match.None : Match.Maybe;
            default:
                return Match.Maybe;
        }
    }

    /// <summary>Texts in a range whose ends may be cut: only certain absence is told.</summary>
    private static Match WithinText(Node.Leaf leaf, ColumnRange.OfText range)
    {
        var none = leaf.Test switch
        {
            BoundTest.Compare { Op: FilterOp.Equal } or BoundTest.OneOf => leaf.Texts.All(t => Below(t) || Above(t)),
            BoundTest.Compare { Op: FilterOp.Less } => leaf.Texts[0].AsSpan().SequenceCompareTo(range.Min) <= 0,
            BoundTest.Compare { Op: FilterOp.LessOrEqual } => Below(leaf.Texts[0]),
            BoundTest.Compare { Op: FilterOp.Greater or FilterOp.GreaterOrEqual } => Above(leaf.Texts[0]),
            BoundTest.OfText { Op: FilterOp.StartsWith } => Above(leaf.Texts[0]) || IsBehind(leaf.Texts[0], range.Min),
            _ => false,
        };
        return none ? Match.None : Match.Maybe;

        bool Below(byte[] text) => text.AsSpan().SequenceCompareTo(range.Min) < 0;
        bool Above(byte[] text) => ColumnRange.OfText.Cut(text).SequenceCompareTo(range.Max) > 0;
    }

    /// <summary>True when every text that starts with the prefix is less than the smallest value.</summary>
    private static bool IsBehind(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> min) =>
        prefix.SequenceCompareTo(min[..Math.Min(prefix.Length, min.Length)]) < 0 && prefix.Length <= min.Length;
}
