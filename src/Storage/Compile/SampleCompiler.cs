using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>A sample's question, bound: which events, which conditions are told of each, and what is read.</summary>
/// <param name="Query">Time, where and weight.</param>
/// <param name="Marks">The conditions; null holds always.</param>
/// <param name="Trace">The column of trace ids; where it can be, the key to join by: nobody sees more than its hash.</param>
/// <param name="Keys">Columns to hash.</param>
/// <param name="Columns">Columns to read.</param>
internal sealed record BoundSample(
    BoundCalculationQuery Query, ImmutableArray<BoundFilter?> Marks, BoundColumn Trace, ImmutableArray<BoundColumn> Keys, ImmutableArray<BoundColumn> Columns);

/// <summary>Binds samples and writes the statements that read them.</summary>
internal static class SampleCompiler
{
    /// <summary>Columns of the statement before those that were asked for: seq, time, trace, weight, marks.</summary>
    public const int FirstKey = 5;

    /// <summary>So many slices are long enough for all threads each.</summary>
    private const int LongSlices = 2;

    /// <summary>The start of result names that no column has.</summary>
    private const string MarkName = "\u0001mark";

    /// <param name="request">The question.</param>
    /// <param name="columns">Those of its columns that are read now.</param>
    /// <param name="schema">The columns that there are.</param>
    /// <param name="now">The end of a relative time range.</param>
    /// <exception cref="QueryException">The request is at fault.</exception>
    public static BoundSample Bind(SampleRequest request, IEnumerable<string> columns, Schema schema, DateTimeOffset now)
    {
        if (request.Marks.Count is < 1 or > SampleRequest.MaxMarks)
            throw new QueryException("marks", $"a sample has 1 to {SampleRequest.MaxMarks} conditions, not {request.Marks.Count}");
        if (request.Slices.Any(s => s.Shares.Count != request.Marks.Count || s.Shares.Any(share => share is not (>= 0 and <= 1))))
            throw new QueryException("slices", "a slice has a share from 0 to 1 for each condition");

        // The conditions ride on calculations and the columns on breakdowns, so that names, types and errors are those of every query.
        string[] names = [.. columns];
        string[] breakdowns = [.. names.Concat(request.Keys).Append(WellKnownColumns.TraceId).Distinct(StringComparer.Ordinal)];
        var query = new Query
        {
            Time = request.Query.Time,
            Where = request.Query.Where,
            CalculatedFields = request.Query.CalculatedFields,
            Calculations = request.Marks.Select((mark, i) => new Calculation(
                CalculationOp.Count, Name: string.Create(CultureInfo.InvariantCulture, $"{MarkName}{i}"), Where: mark)).ToValueList(),
            Breakdowns = breakdowns.ToValueList(),
        };
        var bound = (BoundCalculationQuery)QueryBinder.Bind(query, schema, now);
        BoundColumn Of(string name) => bound.Breakdowns[Array.IndexOf(breakdowns, name)];
        return new BoundSample(
            bound, [.. bound.Calculations.Select(c => c.Where)], bound.Relational.IsEmpty ? BoundColumn.TraceKey : Of(WellKnownColumns.TraceId), [.. request.Keys.Select(Of)], [.. names.Select(Of)]);
    }

    /// <summary>
    /// The events of slices, in any order: <c>seq</c>; <c>time</c>; <c>trace</c>, the hash of the trace id; <c>w</c>; <c>marks</c> as bits; then the
    /// keys' hashes and the columns.
    /// </summary>
    /// <param name="slices">For each the question, whose window is the slice's; per condition the share of traces, empty for all; and the relation of the slice.</param>
    /// <param name="kept">Share of all these events.</param>
    /// <param name="dialect">The engine's way of writing.</param>
    public static SqlStatement Events(IReadOnlyList<(BoundSample Sample, ValueList<double> Shares, SqlRelation Source)> slices, double kept, SqlDialect dialect)
    {
        var isNarrow = slices.All(s => s.Sample.Columns.IsEmpty);
        var parameters = new SqlParameters();
        // One statement, so that the engine's threads share it; short slices, such as many are, only when none has to wait for those before it, as where all are put in order.
        string[] parts = [.. slices.Select(s => Events(s.Sample, s.Shares, kept, dialect, s.Source, parameters))];
        var order = parts.Length > LongSlices && isNarrow ? "\nORDER BY seq" : "";
        return parameters.Statement(string.Join("\nUNION ALL\n", parts) + order);
    }

    private static string Events(BoundSample sample, ValueList<double> shares, double kept, SqlDialect dialect, SqlRelation source, SqlParameters parameters)
    {
        var selection = new SelectionCompiler(sample.Query, dialect, source, parameters);
        string Mark(int i) => sample.Marks[i] is { } filter ? selection.Filters.Compile(filter) : "true";
        var places = Enumerable.Range(0, sample.Marks.Length).ToArray();
        var marks = places.Select(i => string.Create(CultureInfo.InvariantCulture, $"CASE WHEN {Mark(i)} THEN {1 << i} ELSE 0 END"));
        var trace = $"e.{sample.Trace.Alias}";
        var number = "CAST(e.seq AS VARCHAR)";
        var member = $"coalesce({trace}, {(sample.Trace.Key is null ? number : dialect.ToBytes(number))})";
        var taken = places.Where(i => shares.IsEmpty || shares[i] > 0)
            .Select(i => shares.IsEmpty || shares[i] >= 1 ? $"({Mark(i)})" : $"({Mark(i)}) AND {dialect.InShare(member, shares[i])}").ToArray();
        List<string> conditions = taken.Contains("(true)") ? [] : [taken.Length == 0 ? "false" : $"({string.Join(" OR ", taken)})"];
        if (kept < 1) conditions.Add(dialect.InShare("e.seq", kept));
        var columns = sample.Keys.Select(k => dialect.Hash($"e.{k.Alias}")).Concat(sample.Columns.Select(c => $"e.{c.Alias}"))
            .Select((sql, i) => string.Create(CultureInfo.InvariantCulture, $", {sql} AS s{i}"));
        return $"""
            SELECT e.seq, e.time, {dialect.Hash(trace)} AS trace, {dialect.ToFloat64(selection.Weight ?? "1")} AS w, CAST({string.Join(" + ", marks)} AS BIGINT) AS marks{string.Concat(columns)}
            {selection.From(conditions, [], [])}
            """;
    }
}
