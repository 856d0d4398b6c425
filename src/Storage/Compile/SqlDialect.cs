using System.Globalization;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// How an engine writes what SQL leaves open. Arguments are expressions, already safe; results are expressions. A member says what must
/// hold on every engine, and the conformance tests execute it.
/// </summary>
internal abstract class SqlDialect
{
    /// <summary>The text of a value, null where it is missing: whole numbers without a point, exponents with E, NaN, Infinity, true, false.</summary>
    public abstract string Text(string value, ColumnType type);

    /// <summary>The double that a text spells, finite; null for every other text.</summary>
    public abstract string ParsedNumber(string text);

    /// <summary>True for doubles that are neither NaN nor infinite.</summary>
    public abstract string IsFinite(string number);

    /// <summary>True for the double NaN, which engines order above all numbers.</summary>
    public abstract string IsNaN(string number);

    /// <summary>A test of text: starts-with, ends-with, contains, matches (by RE2, case-sensitive), or search (contains, in whatever case).</summary>
    public abstract string TextTest(FilterOp op, string text, string operand);

    /// <summary>True when a text is a regular expression that <see cref="TextTest"/> takes; never an error.</summary>
    public abstract string IsPattern(string text);

    /// <summary>The start of the time bucket; integers, rounding down from the epoch.</summary>
    public abstract string BucketStart(string time, long widthNs);

    /// <summary>In a select list: one row for each Int64 from a number on, by steps, below another.</summary>
    public abstract string Steps(string from, string below, string step);

    /// <summary>An Int64 that is the same for equal values (missing ones included) and in practice differs for different ones.</summary>
    public abstract string GroupKey(IEnumerable<string> values);

    /// <summary>A query of one column, the Int64 values of a parameter that holds them as text with commas between.</summary>
    public abstract string Int64List(string parameter);

    /// <summary>A list of doubles, from a parameter that holds them as text with commas between; items are counted from 1.</summary>
    public abstract string Float64List(string parameter);

    /// <summary>The i-th of several nearest-rank quantiles: the smallest value with at least the share q of all values at or below it.</summary>
    /// <param name="value">The values; missing ones take no part.</param>
    /// <param name="quantiles">Every quantile that is asked of these values, so that they are sorted once.</param>
    /// <param name="index">Which.</param>
    /// <param name="filter">A <c>FILTER</c> clause, or nothing.</param>
    public abstract string Quantile(string value, IReadOnlyList<double> quantiles, int index, string filter);

    /// <summary>
    /// A nearest-rank quantile of values with weights: the smallest value at which the running weight reaches the share of all weight. Of one of the calculations' quantiles.
    /// Values that repeat take no further memory. An engine may have to know whether the statement has a GROUP BY.
    /// </summary>
    public abstract string WeightedQuantile(string value, ColumnType type, string weight, double quantile, string filter, bool isGrouped);

    /// <summary>An aggregate for <see cref="KeptQuantile"/>: it keeps the values of a group for the run, so that groups can be put together.</summary>
    /// <param name="value">The values; missing ones take no part.</param>
    /// <param name="type">Their type.</param>
    /// <param name="isExact">True when they are decimals of a Float64 column.</param>
    /// <param name="quantiles">Every quantile that is asked of these values, ascending.</param>
    /// <param name="filter">A <c>FILTER</c> clause, or nothing.</param>
    /// <param name="run">The number of the run.</param>
    /// <param name="isGrouped">Whether the statement has a GROUP BY.</param>
    public abstract PartialAggregate KeptRanks(string value, ColumnType type, bool isExact, IReadOnlyList<double> quantiles, string filter, long run, bool isGrouped);

    /// <summary>The i-th of the nearest-rank quantiles of a group, from what that aggregate makes; null without values.</summary>
    public abstract string KeptQuantile(string ranks, int index);

    /// <summary>An aggregate for <see cref="KeptCount"/>: it keeps the different values of a group for the run, so that groups can be put together.</summary>
    public abstract PartialAggregate KeptSet(string value, string filter, long run, bool isGrouped);

    /// <summary>How many different values a group has, from what that aggregate makes; null where there are none. Told apart as <see cref="GroupKey"/> does.</summary>
    public abstract string KeptCount(string set);

    /// <summary>A number near a value, less than 1 % of it away, in its type, such that all values together are near few of them.</summary>
    public abstract string Rounded(string value, ColumnType type);

    /// <summary>About how many different values there are, in little memory, as what takes a FILTER clause.</summary>
    public abstract string DistinctEstimate(string value, bool isGrouped);

    /// <summary>An integer sum as Int64, null where it does not fit. The sum itself must not overflow.</summary>
    public abstract string ToInt64(string value);

    /// <summary>A number as double.</summary>
    public abstract string ToFloat64(string value);

    /// <summary>A number as text of the decimals that <see cref="SqlRelation.Exact"/> means; null when it is none of them to the last bit.</summary>
    public abstract string? AsDecimal(double number);

    /// <summary>A text as such a decimal.</summary>
    public abstract string ToDecimal(string text);

    /// <summary>An integer in a type so wide that it can be multiplied by another, or by 2^32 and summed.</summary>
    public abstract string Widened(string integer);

    /// <summary>A placeholder, or <c>NULL</c>, or a value that converts without loss, in the type.</summary>
    public abstract string Typed(string value, ColumnType type);

    /// <summary>A double without its fraction as Int64, null where it does not fit.</summary>
    public abstract string Truncated(string number);

    /// <summary>A text in lower case.</summary>
    public abstract string Lower(string text);

    /// <summary>The number of a text's code points, Int64.</summary>
    public abstract string Length(string text);

    /// <summary>The group of a regular expression's first match, empty where the group took no part, null where nothing matches.</summary>
    public abstract string RegexValue(string text, string pattern, string group);

    /// <summary>How often a regular expression matches, Int64; matches do not overlap.</summary>
    public abstract string RegexCount(string text, string pattern);

    /// <summary>A time, as seconds since 1970 of Float64, to the microsecond, in UTC, in a constant strftime format; null when it is over 10^11 s from 1970.</summary>
    public abstract string FormatTime(string seconds, string format);

    /// <summary>A hash of a value in 64 bits without sign, equal for equal texts in all columns; null where the value is missing.</summary>
    public abstract string Hash(string value);

    /// <summary>True for about the given share of all values, always the same ones.</summary>
    public abstract string InShare(string value, double share);

    /// <summary>The seconds since 1970 of a text in RFC 3339, Float64; null for other texts, those without an offset among them.</summary>
    public abstract string ParseTime(string text);

    /// <summary>A value made of named values; compared by the first that differs.</summary>
    public abstract string Record(IEnumerable<(string Name, string Value)> fields);

    /// <summary>A value of a record; null when the record is.</summary>
    public abstract string Field(string record, string name);

    /// <summary>An aggregate: the record that belongs to the least order.</summary>
    public abstract string First(string record, string order);

    /// <summary>An aggregate: the value of a group of one.</summary>
    public abstract string Only(string value);

    /// <summary>The least of some values that are not null; null when all are.</summary>
    public abstract string Least(IEnumerable<string> values);

    /// <summary>A statement that keeps the result of a query as a table of the connection, in place of one of that name.</summary>
    public abstract string Keep(string table, string query);

    /// <summary>A statement that removes a kept table, if there is one.</summary>
    public abstract string Drop(string table);
}

/// <summary>DuckDB 1.5.</summary>
internal sealed class DuckDbDialect : SqlDialect
{
    public static DuckDbDialect Instance { get; } = new();

    // A Float64 column holds the integers of a column that also has fractions; 500 must read 500 there, not 500.0.
    public override string Text(string value, ColumnType type) => type switch
    {
        ColumnType.String => value,
        ColumnType.Float64 => $"CASE WHEN {value} = trunc({value}) AND abs({value}) < 1e15 THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) "
            + $"WHEN isfinite({value}) THEN upper(CAST({value} AS VARCHAR)) WHEN isnan({value}) THEN 'NaN' WHEN {value} > 0 THEN 'Infinity' WHEN {value} < 0 THEN '-Infinity' END",
        _ => $"CAST({value} AS VARCHAR)",
    };

    public override string ParsedNumber(string text) =>
        $"CASE WHEN isfinite(TRY_CAST({text} AS DOUBLE)) THEN TRY_CAST({text} AS DOUBLE) END";

    public override string IsFinite(string number) => $"isfinite({number})";

    public override string IsNaN(string number) => $"isnan({number})";

    public override string TextTest(FilterOp op, string text, string operand) => op switch
    {
        FilterOp.StartsWith => $"starts_with({text}, {operand})",
        FilterOp.EndsWith => $"ends_with({text}, {operand})",
        FilterOp.Contains => $"contains({text}, {operand})",
        FilterOp.Search => $"contains(lower({text}), lower({operand}))",
        FilterOp.Matches => $"regexp_matches({text}, {operand})",
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    public override string IsPattern(string text) => $"TRY(regexp_matches('', {text})) IS NOT NULL";

    public override string BucketStart(string time, long widthNs) =>
        string.Create(CultureInfo.InvariantCulture, $"{time} // {widthNs} * {widthNs}");

    public override string Steps(string from, string below, string step) => $"unnest(range({from}, {below}, {step}))";

    // One bit is given up so that the unsigned hash is an Int64.
    public override string GroupKey(IEnumerable<string> values) => $"CAST(hash({string.Join(", ", values)}) >> 1 AS BIGINT)";

    public override string Int64List(string parameter) => $"SELECT CAST(unnest(string_split({parameter}, ',')) AS BIGINT)";

    public override string Float64List(string parameter) => $"CAST(string_split({parameter}, ',') AS DOUBLE[])";

    // The quantiles are decimal literals, with which DuckDB computes the rank in integers: 0.95 of 20 is exactly 19.
    public override string Quantile(string value, IReadOnlyList<double> quantiles, int index, string filter)
    {
        var list = string.Join(", ", quantiles.Select(q => q.ToString(CultureInfo.InvariantCulture)));
        return string.Create(CultureInfo.InvariantCulture, $"(quantile_disc({value}, [{list}]){filter})[{index + 1}]");
    }

    public override string WeightedQuantile(string value, ColumnType type, string weight, double quantile, string filter, bool isGrouped)
    {
        var place = WeightedRanks.Shares.IndexOf((int)Math.Round(quantile * 1000)) + 1;
        var name = WeightedRanks.Name(type == ColumnType.Int64, isGrouped);
        return string.Create(CultureInfo.InvariantCulture, $"({name}({value}, {ToFloat64(weight)}){filter})[{place}]");
    }

    public override PartialAggregate KeptRanks(string value, ColumnType type, bool isExact, IReadOnlyList<double> quantiles, string filter, long run, bool isGrouped) =>
        Kept(isExact ? KeptKind.Decimal : type == ColumnType.Int64 ? KeptKind.Int64 : KeptKind.Float64, value, filter, DuckDb.Native.KeptRanks.Task(run, quantiles), isGrouped);

    // Before them is the group's number.
    public override string KeptQuantile(string ranks, int index) => string.Create(CultureInfo.InvariantCulture, $"{ranks}[{index + 2}]");

    public override PartialAggregate KeptSet(string value, string filter, long run, bool isGrouped) =>
        Kept(KeptKind.Hash, $"CASE WHEN {value} IS NOT NULL THEN {GroupKey([value])} END", filter, DuckDb.Native.KeptRanks.Task(run, []), isGrouped);

    public override string KeptCount(string set) => $"{set}[2]";

    // Steps of e^0.01 are half a percent to either side, which leaves room for rounding to an integer. The least doubles are too coarse for that.
    public override string Rounded(string value, ColumnType type)
    {
        var number = ToFloat64(value);
        var near = $"sign({number}) * least(exp(round(ln(abs({number})) * 100) / 100), 1.7976931348623157e308)";
        return type == ColumnType.Int64
            ? $"CASE WHEN abs({number}) < 50 THEN {value} ELSE coalesce({ToInt64($"round({near})")}, {value}) END"
            : $"CASE WHEN abs({number}) < 1e-300 THEN {value} ELSE {near} END";
    }

    public override string DistinctEstimate(string value, bool isGrouped) =>
        $"{DuckDb.Native.DistinctEstimate.Name(isGrouped)}(CASE WHEN {value} IS NOT NULL THEN {GroupKey([value])} END)";

    public override string ToInt64(string value) => $"TRY_CAST({value} AS BIGINT)";

    public override string ToFloat64(string value) => $"CAST({value} AS DOUBLE)";

    public override string? AsDecimal(double number)
    {
        if (!(Math.Abs(number) < 1e9)) return null;
        var text = ((decimal)number).ToString("0.000000", CultureInfo.InvariantCulture);
        return double.Parse(text, CultureInfo.InvariantCulture).Equals(number) ? text : null;
    }

    public override string ToDecimal(string text) => string.Create(CultureInfo.InvariantCulture, $"CAST({text} AS DECIMAL({DuckDb.Native.KeptRanks.DecimalWidth},{DuckDb.Native.KeptRanks.DecimalScale}))");

    public override string Widened(string integer) => $"CAST({integer} AS HUGEINT)";

    public override string Typed(string value, ColumnType type) => $"CAST({value} AS {TypeName(type)})";

    public override string Truncated(string number) => $"TRY_CAST(trunc({number}) AS BIGINT)";

    public override string Lower(string text) => $"lower({text})";

    public override string Length(string text) => $"length({text})";

    public override string RegexValue(string text, string pattern, string group) =>
        $"CASE WHEN regexp_matches({text}, {pattern}) THEN regexp_extract({text}, {pattern}, CAST({group} AS INTEGER)) END";

    public override string RegexCount(string text, string pattern) => $"len(regexp_extract_all({text}, {pattern}))";

    public override string FormatTime(string seconds, string format) =>
        $"CASE WHEN abs({seconds}) <= 1e11 THEN strftime(make_timestamp(CAST(round({seconds} * 1e6) AS BIGINT)), {format}) END";

    public override string Hash(string value) => $"CASE WHEN {value} IS NOT NULL THEN hash({value}) END";

    public override string InShare(string value, double share) =>
        string.Create(CultureInfo.InvariantCulture, $"hash({value}, 17) < {(ulong)(share * ulong.MaxValue)}::UBIGINT");

    // Without an offset the text would be read in the zone of the process.
    public override string ParseTime(string text) =>
        $"CASE WHEN regexp_matches({text}, '^\\d{{4}}-\\d\\d-\\d\\d[Tt ].*([Zz]|[+-]\\d\\d:\\d\\d)$') THEN epoch(TRY_CAST({text} AS TIMESTAMPTZ)) END";

    public override string Record(IEnumerable<(string Name, string Value)> fields) => $"struct_pack({string.Join(", ", fields.Select(f => $"{f.Name} := {f.Value}"))})";

    public override string Field(string record, string name) => $"struct_extract({record}, '{name}')";

    public override string First(string record, string order) => $"arg_min({record}, {order})";

    public override string Only(string value) => $"first({value})";

    public override string Least(IEnumerable<string> values) => $"least({string.Join(", ", values)})";

    public override string Keep(string table, string query) => $"CREATE OR REPLACE TEMP TABLE {table} AS\n{query}";

    public override string Drop(string table) => $"DROP TABLE IF EXISTS {table}";

    private static PartialAggregate Kept(KeptKind kind, string value, string filter, long task, bool isGrouped) => new(
        string.Create(CultureInfo.InvariantCulture, $"{DuckDb.Native.KeptRanks.Name(kind, isMerged: false, isGrouped)}({value}, {task}){filter}"),
        (partial, grouped) => string.Create(CultureInfo.InvariantCulture, $"{DuckDb.Native.KeptRanks.Name(kind, isMerged: true, grouped)}(CAST({partial}[1] AS BIGINT), {task})"));

    private static string TypeName(ColumnType type) => type switch
    {
        ColumnType.Bool => "BOOLEAN",
        ColumnType.Int64 => "BIGINT",
        ColumnType.Float64 => "DOUBLE",
        _ => "VARCHAR",
    };
}
