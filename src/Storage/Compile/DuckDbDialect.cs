using System.Globalization;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

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

    public override string WeightedQuantile(string value, ColumnType type, string weight, double quantile, string filter, long run, bool isGrouped)
    {
        var place = WeightedRanks.Shares.IndexOf((int)Math.Round(quantile * 1000)) + 1;
        var name = WeightedRanks.Name(type == ColumnType.Int64, isGrouped);
        return string.Create(CultureInfo.InvariantCulture, $"({name}({value}, {ToFloat64(weight)}, {run}){filter})[{place}]");
    }

    public override string QuantileInterval(string value, ColumnType type, string weight, double quantile, string filter, long run, bool isGrouped) => string.Create(
        CultureInfo.InvariantCulture, $"{WeightedRanks.Name(type == ColumnType.Int64, isGrouped, isInterval: true)}({value}, {ToFloat64(weight)}, {run}, {(long)Math.Round(quantile * 1000)}){filter}");

    // Of GROUPING SETS by a column that is missing throughout a chunk, DuckDB 1.5.5 writes the mask of the group into that of the arguments of registered
    // aggregates, and a missing value becomes one. Neither form is simplified away.
    public override string Apart(string value, ColumnType type) => type == ColumnType.Int64 ? $"({value} | 0)" : $"({value} * 1)";

    public override PartialAggregate KeptRanks(string value, ColumnType type, bool isExact, IReadOnlyList<double> quantiles, string filter, long run, bool isGrouped) =>
        Kept(isExact ? KeptKind.Decimal : type == ColumnType.Int64 ? KeptKind.Int64 : KeptKind.Float64, value, filter, DuckDb.Native.KeptRanks.Task(run, quantiles), isGrouped);

    // Before them is the group's number.
    public override string KeptQuantile(string ranks, int index) => string.Create(CultureInfo.InvariantCulture, $"{ranks}[{index + 2}]");

    public override PartialAggregate KeptSet(string value, string filter, long run, bool isGrouped) =>
        Kept(KeptKind.Hash, KeyOf(value), filter, DuckDb.Native.KeptRanks.Task(run, []), isGrouped);

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

    public override string DistinctEstimate(string value, long run, bool isGrouped) =>
        string.Create(CultureInfo.InvariantCulture, $"{DuckDb.Native.DistinctEstimate.Name(isGrouped)}({KeyOf(value)}, {run})");

    public override string HeatCells(string value, string weight, string edges, long run) =>
        string.Create(CultureInfo.InvariantCulture, $"coalesce({DuckDb.Native.HeatCells.Name}({value}, {weight}, {edges}, {run}), [0.0::DOUBLE])");

    public override string Unnested(string list) => $"unnest({list})";

    public override string Numbered(string list) => $"unnest(range(len({list})))";

    public override string ToInt64(string value) => $"TRY_CAST({value} AS BIGINT)";

    public override string ToFloat64(string value) => $"CAST({value} AS DOUBLE)";

    public override string? AsDecimal(double number)
    {
        if (!(Math.Abs(number) < 1e9)) return null;
        var text = ((decimal)number).ToString("0.000000", CultureInfo.InvariantCulture);
        return double.Parse(text, CultureInfo.InvariantCulture).Equals(number) ? text : null;
    }

    public override string ToDecimal(string text) => string.Create(CultureInfo.InvariantCulture, $"CAST({text} AS DECIMAL({DuckDb.Native.KeptRanks.DecimalWidth},{DuckDb.Native.KeptRanks.DecimalScale}))");

    // A decimal of six places is its units times a millionth, exactly.
    public override string FromUnits(string units) => $"CAST({units} AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6))";

    public override string ListOf(string value, ColumnType type) => $"[{Typed(value, type)}]";

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

    public override string ToBytes(string text) => $"encode({text})";

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

    private string KeyOf(string value) => $"CASE WHEN {value} IS NOT NULL THEN {GroupKey([value])} END";

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
