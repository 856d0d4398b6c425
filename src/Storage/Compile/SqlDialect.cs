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
    /// Between which values such a quantile lies in 95 of 100 samples, where events of weight w were kept with a chance of 1 / w: a list of two Float64 values,
    /// NaN where the sample does not reach so far; null without values.
    /// </summary>
    public abstract string QuantileInterval(string value, ColumnType type, string weight, double quantile, string filter, long run, bool isGrouped);

    /// <summary>
    /// A nearest-rank quantile of values with weights: the smallest value at which the running weight reaches the share of all weight. Of one of the calculations' quantiles.
    /// Values that repeat take no further memory. An engine may have to know whether the statement has a GROUP BY.
    /// </summary>
    public abstract string WeightedQuantile(string value, ColumnType type, string weight, double quantile, string filter, long run, bool isGrouped);

    /// <summary>The same number, in an expression that an engine does not take for the one that it stands for. Either sign of a zero, infinities and NaN stay.</summary>
    public abstract string Apart(string value, ColumnType type);

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
    public abstract string DistinctEstimate(string value, long run, bool isGrouped);

    /// <summary>
    /// An aggregate of a statement with GROUP BY: a list of the weight in each row of an axis, at least one row. A row has its lower edge and not its upper one, the last has
    /// both; what lies outside belongs to the nearest row, NaN, infinities and missing values to none.
    /// </summary>
    /// <param name="value">Float64.</param>
    /// <param name="weight">Float64.</param>
    /// <param name="edges">A list of Float64, ascending, one more than there are rows.</param>
    /// <param name="run">In whose memory the weights are.</param>
    public abstract string HeatCells(string value, string weight, string edges, long run);

    /// <summary>In a select list: one row for each item of a list.</summary>
    public abstract string Unnested(string list);

    /// <summary>In a select list beside <see cref="Unnested"/>: the place of the item, from 0.</summary>
    public abstract string Numbered(string list);

    /// <summary>An integer sum as Int64, null where it does not fit. The sum itself must not overflow.</summary>
    public abstract string ToInt64(string value);

    /// <summary>A number as double.</summary>
    public abstract string ToFloat64(string value);

    /// <summary>A number as text of the decimals that <see cref="SqlRelation.Exact"/> means; null when it is none of them to the last bit.</summary>
    public abstract string? AsDecimal(double number);

    /// <summary>A text as such a decimal.</summary>
    public abstract string ToDecimal(string text);

    /// <summary>An Int64 that counts the last places of such decimals, as one.</summary>
    public abstract string FromUnits(string units);

    /// <summary>A list of one number.</summary>
    public abstract string ListOf(string value, ColumnType type);

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

    /// <summary>The bytes of a text.</summary>
    public abstract string ToBytes(string text);

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
