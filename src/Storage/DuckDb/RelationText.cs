using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>SQL of the relation that a query reads: all parts of the store under one shape. The only place where users' names meet SQL.</summary>
internal static class RelationText
{
    /// <summary>Table function that scans hot batches: <c>hot_events(plan)</c>.</summary>
    public const string HotFunction = "hot_events";

    private const string DecimalType = "DECIMAL(18,6)";

    /// <summary>Column of a segment that holds the event's number.</summary>
    public const string SeqColumn = "meta.seq";

    /// <summary>Bytes of the longest id.</summary>
    private const int LongestId = 64;

    /// <summary>Union of the parts, in parentheses, with the columns time, seq, the aliases, and the decimals of some columns.</summary>
    public static string Union(IReadOnlyList<string> parts, ImmutableArray<BoundColumn> columns, ImmutableHashSet<int> exact)
    {
        if (parts.Count > 0) return "(" + string.Join(" UNION ALL ", parts) + ")";
        var empty = new StringBuilder("(SELECT NULL::BIGINT AS time, NULL::BIGINT AS seq");
        foreach (var column in columns) empty.Append(CultureInfo.InvariantCulture, $", NULL::{EngineType(column)} AS {column.Alias}{(exact.Contains(column.Index) ? NoDecimal(column) : "")}");
        return empty.Append(" WHERE false)").ToString();
    }

    /// <summary>Hot batches under the shape of the query.</summary>
    /// <param name="planId">Number under which the scan plan is registered.</param>
    /// <param name="stored">Columns of the plan; the first is time.</param>
    /// <param name="columns">Columns that the query sees.</param>
    /// <param name="ids">Conditions on ids.</param>
    /// <param name="exact">Columns that are all decimals of six places, and are given as these besides.</param>
    /// <param name="window">The window that the events must be in; null when they are.</param>
    public static string Hot(long planId, ImmutableArray<HotColumn> stored, ImmutableArray<BoundColumn> columns, ImmutableArray<IdCondition> ids, ImmutableHashSet<int> exact, TimeWindow? window)
    {
        var text = new StringBuilder("SELECT h0 AS time, seq");
        foreach (var column in columns)
        {
            var parts = new List<(string, StorageType)>();
            for (var i = 0; i < stored.Length; i++)
                if (stored[i].Name == column.Name) parts.Add(("h" + i.ToString(CultureInfo.InvariantCulture), stored[i].Type));
            text.Append(CultureInfo.InvariantCulture, $", {Merge(parts, column)} AS {column.Alias}");
            if (exact.Contains(column.Index)) text.Append(parts.Count == 0 ? NoDecimal(column) : $", CAST({Merge(parts, column)} AS {DecimalType}) AS {SqlRelation.ExactOf(column)}");
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM {HotFunction}({planId})");
        return text.Append(Where(ids, id => IdColumn(stored, id.Column), "h0", window)).ToString();
    }

    /// <summary>The events of segments in a window, under the shape of the query: one part for all segments that store the columns alike.</summary>
    public static IEnumerable<string> Segments(
        IEnumerable<Segment> segments, ImmutableArray<BoundColumn> columns, ImmutableArray<IdCondition> ids, ImmutableHashSet<int> exact, TimeWindow window)
    {
        var groups = segments.GroupBy(s => (
            Types: string.Join(' ', columns.Select(c => s.Columns.GetValueOrDefault(c.Name)?.Type)), // of a column the engine takes the type of the first file for all
            Select: Select(s, columns, exact), Where: Where(ids, id => IdColumn(s, id.Column), "time", window.Holds(s.Footer.MinTime, s.Footer.MaxTime) ? null : window)));
        foreach (var alike in groups)
        {
            var files = string.Join(", ", alike.Select(s => Literal(s.Path)));
            yield return $"{alike.Key.Select} FROM read_parquet([{files}]){alike.Key.Where}";
        }
    }

    /// <summary>An identifier in quotes.</summary>
    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>A text constant; only for texts of ours (paths, footers).</summary>
    public static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    /// <summary>One expression of the wanted type over the columns that store a name in several types.</summary>
    public static string Merge(IReadOnlyList<(string Column, StorageType Type)> stored, ColumnType wanted)
    {
        if (stored.Count == 0) return $"NULL::{EngineType(wanted)}";
        var parts = stored.Select(s => Convert(s.Column, s.Type, wanted)).ToArray();
        return parts.Length == 1 ? parts[0] : $"coalesce({string.Join(", ", parts)})";
    }

    /// <summary>The conditions on those ids that the part stores as bytes and under one name, and on the time where there is one.</summary>
    private static string Where(ImmutableArray<IdCondition> ids, Func<IdCondition, string?> find, string time, TimeWindow? window)
    {
        List<string> tests = [.. ids.Select(id => find(id) is { } column ? id.Sql(column) : null).OfType<string>()];
        if (window is { } w) tests.Add(string.Create(CultureInfo.InvariantCulture, $"{time} >= {w.StartUnixNs}"));
        // An end at the last nanosecond that there is means no end.
        if (window is { EndUnixNs: < long.MaxValue and var end }) tests.Add(string.Create(CultureInfo.InvariantCulture, $"{time} < {end}"));
        return tests.Count == 0 ? "" : " WHERE " + string.Join(" AND ", tests);
    }

    private static string? IdColumn(Segment segment, string name) =>
        segment.Columns.TryGetValue(name, out var column) && column.Type == StorageType.Id ? Quote(column.StoredAs) : null;

    private static string? IdColumn(ImmutableArray<HotColumn> stored, string name)
    {
        var places = Enumerable.Range(0, stored.Length).Where(i => stored[i].Name == name).ToArray();
        return places is [var only] && stored[only].Type == StorageType.Id ? "h" + only.ToString(CultureInfo.InvariantCulture) : null;
    }

    private static string Select(Segment segment, ImmutableArray<BoundColumn> columns, ImmutableHashSet<int> exact)
    {
        var text = new StringBuilder("SELECT time, ").Append(Quote(SeqColumn)).Append(" AS seq");
        foreach (var column in columns)
        {
            var expression = segment.Columns.TryGetValue(column.Name, out var stored)
                ? Convert(ValueOf(stored), stored.Type, column)
                : $"NULL::{EngineType(column)}";
            text.Append(CultureInfo.InvariantCulture, $", {expression} AS {column.Alias}");
            if (exact.Contains(column.Index)) text.Append(stored is null ? NoDecimal(column) : $", {Quote(stored.StoredAs)} AS {SqlRelation.ExactOf(column)}");
        }

        return text.ToString();
    }

    private static string NoDecimal(BoundColumn column) => $", NULL::{DecimalType} AS {SqlRelation.ExactOf(column)}";

    private static string Merge(List<(string Column, StorageType Type)> stored, BoundColumn wanted)
    {
        if (wanted.Key is null) return Merge(stored, wanted.Type);
        var parts = stored.Select(s => Convert(s.Column, s.Type, wanted)).ToArray();
        return parts.Length == 0 ? $"NULL::{EngineType(wanted)}" : $"coalesce({string.Join(", ", parts)})";
    }

    /// <summary>A stored value as the query sees it; as a key, an id's bytes are all there is to it, and any other text is bytes that no id has.</summary>
    private static string Convert(string column, StorageType stored, BoundColumn wanted)
    {
        if (wanted.Key is null) return Convert(column, stored, wanted.Type);
        if (stored == StorageType.Id) return column;
        var text = Convert(column, stored, ColumnType.String);
        return $"CASE WHEN regexp_full_match({text}, '(?:[0-9a-f][0-9a-f])*') THEN unhex({text}) ELSE encode({text}) || repeat('\\x00'::BLOB, {LongestId + 1}) END";
    }

    private static string Convert(string column, StorageType stored, ColumnType wanted)
    {
        if (stored == StorageType.Id) return $"lower(hex({column}))";
        // One text for a number, here and in queries: 500 reads 500 beside texts, also where a fraction made its column Float64.
        if (stored == StorageType.Float64 && wanted == ColumnType.String) return DuckDbDialect.Instance.Text(column, ColumnType.Float64);
        return (ColumnType)stored == wanted ? column : $"TRY_CAST({column} AS {EngineType(wanted)})";
    }

    /// <summary>A stored column as a value of its type.</summary>
    public static string ValueOf(SegmentColumn column) => column.IsScaled ? $"CAST({Quote(column.StoredAs)} AS DOUBLE)" : Quote(column.StoredAs);

    /// <summary>The engine's name of the type that a column has in its file.</summary>
    public static string StoredTypeOf(SegmentColumn column) =>
        column.IsScaled ? DecimalType : column.Type == StorageType.Id ? "BLOB" : EngineType((ColumnType)column.Type);

    private static string EngineType(BoundColumn column) => column.Key is null ? EngineType(column.Type) : "BLOB";

    private static string EngineType(ColumnType type) => type switch
    {
        ColumnType.Bool => "BOOLEAN",
        ColumnType.Int64 => "BIGINT",
        ColumnType.Float64 => "DOUBLE",
        _ => "VARCHAR",
    };
}
