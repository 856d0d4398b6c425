using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Storage.Tests.Queries;

/// <summary>Random parts of queries with names and values that try to break out of whatever they are written into.</summary>
internal static class HostileQueries
{
    private static readonly string[] Texts =
    [
        "", " ", "a", "service.name", "and", "OR", "not", "exists", "null", "count", "P99", "duration_ms", "`", "``", "a`b", "\"", "\\", "\\\"", "'", "''; drop table x; --",
        "$1", "?", "{{x}}", "\0", "\n", "\r\n", "\t", "é", "😀", "\ud800", "\udc00x", "\u2028", "%", "_", "-1", "1a", "a-b", "-a", "a b", "x = 1", "(", ")", ",", "a,b", "日本語",
        "any.x", "c0", "e.c0", "time", "seq", "NaN", "1e5", "true", "FALSE", "as", "where", "in", "not-in", "#", "@", "a/b:c@d$e#f", "\u007f", "\u0085", "ǅ",
    ];

    public static Gen<string> Text { get; } = Gen.OneOf(
        Gen.Elements(Texts),
        Gen.Choose(0, 12).SelectMany(n => Gen.ArrayOf(Gen.Elements("a`\"\\'\n -._/$1?;()=<>!,é\ud83d\ude00\ud800\0".ToCharArray()), n)).Select(c => new string(c)));

    private static Gen<double> Numbers { get; } = Gen.OneOf(
        Gen.Elements(0.0, -0.0, 1.0, 7.25, -1e300, 1e15, 1e16, 1e-7, double.MaxValue, double.Epsilon, 9.2233720368547758E18),
        Gen.Choose(-1000, 1000).Select(x => x / 8.0));

    public static Gen<Value> Value { get; } = Gen.OneOf(
        Text.Select(x => (Value)x),
        Gen.Elements(0L, 1, -1, 500, long.MaxValue, long.MinValue).Select(x => (Value)x),
        Numbers.Select(x => (Value)x),
        Gen.Elements(true, false).Select(x => (Value)x));

    public static Gen<Filter> Filter { get; } = Gen.Choose(0, 4).SelectMany(Tree);

    public static Gen<Calculation> Calculation { get; } =
        from op in Gen.Elements(Enum.GetValues<CalculationOp>())
        from column in Text
        from bare in Gen.Elements(true, false)
        from name in Maybe(Text)
        from filter in Maybe(Filter)
        select new Calculation(op, !op.TakesColumn() || (bare && !op.NeedsColumn()) ? null : column, name, filter);

    /// <summary>By operation or by name: the forms that text can tell apart.</summary>
    private static Gen<ResultReference> Reference { get; } = Gen.OneOf(
        Text.Select(name => new ResultReference(Name: name)),
        Calculation.Select(c => new ResultReference(Op: c.Op, Column: c.Column)));

    public static Gen<Having> Having { get; } =
        from target in Reference
        from op in Gen.Elements(Enum.GetValues<FilterOp>().Where(o => o.IsComparison()).ToArray())
        from value in Value
        select new Having(target, op, value);

    public static Gen<Order> Order { get; } =
        from target in Reference
        from down in Gen.Elements(true, false)
        select new Order(target, down);

    private static Gen<TimeRange> Time { get; } = Gen.OneOf(
        Gen.Choose(1, int.MaxValue).Select(ticks => (TimeRange)new TimeRange.Last(TimeSpan.FromTicks(ticks))),
        Gen.Elements(TimeRange.All, TimeRange.Default, new TimeRange.Between(1, 1), new TimeRange.Between(-1, 1_732_100_000_123_456_789)));

    public static Gen<Query> Query { get; } =
        from time in Time
        from calculations in List(Calculation)
        from filter in Maybe(Filter)
        from breakdowns in List(Text)
        from havings in List(Having)
        from orders in List(Order)
        from limit in Gen.Elements<int?>(null, 0, 1, -5, int.MaxValue)
        from granularity in Gen.Elements<double?>(null, 0.25, 60, -1, 1e300)
        from texts in List(Text)
        from cursor in Maybe(Text)
        from flag in Gen.Elements(true, false)
        select new Query
        {
            Time = time, Calculations = calculations, Where = filter, Breakdowns = breakdowns, Havings = havings, Orders = orders, Limit = limit,
            GranularitySeconds = granularity, Columns = texts, Cursor = cursor, Series = flag, CompareOffsetSeconds = flag ? null : 86400,
            Formulas = texts.Select(t => new Formula(t, t)).ToValueList(), CalculatedFields = texts.Select(t => new CalculatedField(t, t)).ToValueList(),
        };

    public static Gen<ValueList<T>> List<T>(Gen<T> item) => Gen.Choose(0, 3).SelectMany(n => Gen.ArrayOf(item, n)).Select(x => x.ToValueList());

    private static Gen<T?> Maybe<T>(Gen<T> gen) where T : class => Gen.OneOf(Gen.Constant<T?>(null), gen.Select(x => (T?)x));

    private static Gen<Filter> Tree(int depth)
    {
        if (depth == 0) return Condition;
        var parts = List(Tree(depth - 1));
        return Gen.OneOf(
            Condition,
            parts.Select(p => (Filter)new Filter.And(p)),
            parts.Select(p => (Filter)new Filter.Or(p)),
            Tree(depth - 1).Select(p => (Filter)new Filter.Not(p)));
    }

    private static Gen<Filter> Condition { get; } =
        from column in Text
        from op in Gen.Elements(Enum.GetValues<FilterOp>())
        from value in Value
        from values in List(Value)
        select (Filter)new Filter.Condition(column, op, op.Operands() switch
        {
            Operands.None => ValueList.Create<Value>([]),
            Operands.One => [value],
            _ => values,
        });
}
