using System.Collections.Immutable;
using Storage.Events;

namespace Storage.Queries;

/// <summary>Where, seen from an event, a span of its trace stands.</summary>
public enum Relative : byte
{
    /// <summary>The earliest span of the trace without a parent; of several that began at once, the one with the smallest span id.</summary>
    Root,

    /// <summary>The span that the event's <c>trace.parent_id</c> names: a span's parent; the span of a span event, link or log record.</summary>
    Parent,

    /// <summary>One span whose <c>trace.parent_id</c> is the event's <c>trace.span_id</c>.</summary>
    Child,

    /// <summary>One span of the trace, perhaps the event itself.</summary>
    Any,

    /// <summary>Another such span, found for itself.</summary>
    Any2,

    /// <summary>A third.</summary>
    Any3,

    /// <summary>In conditions: no span of the trace.</summary>
    None,
}

/// <summary>The names of columns that are not an event's own: <c>root.http.route</c> of other spans of its trace, <c>trace.span_count</c> of the trace.</summary>
public static class RelationalColumns
{
    /// <summary>Last end minus first start over the trace's spans, in milliseconds.</summary>
    public const string TraceDurationMs = "trace.duration_ms";
    public const string TraceSpanCount = "trace.span_count";

    /// <summary>Spans of the trace whose <c>error</c> is true.</summary>
    public const string TraceErrorCount = "trace.error_count";

    /// <summary>Different values of <c>service.name</c> on the trace's spans.</summary>
    public const string TraceServiceCount = "trace.service_count";

    /// <summary>True where no span of the trace is without a parent.</summary>
    public const string TraceRootMissing = "trace.root_missing";

    /// <summary>The relatives by their prefixes, the point included.</summary>
    public static ImmutableArray<(string Prefix, Relative Relative)> Prefixes { get; } =
    [
        ("root.", Relative.Root), ("parent.", Relative.Parent), ("child.", Relative.Child),
        ("any.", Relative.Any), ("any2.", Relative.Any2), ("any3.", Relative.Any3), ("none.", Relative.None),
    ];

    /// <summary>The columns of whole traces.</summary>
    public static ImmutableArray<(string Name, ColumnType Type)> OfTrace { get; } =
    [
        (TraceDurationMs, ColumnType.Float64), (TraceSpanCount, ColumnType.Int64), (TraceErrorCount, ColumnType.Int64),
        (TraceServiceCount, ColumnType.Int64), (TraceRootMissing, ColumnType.Bool),
    ];

    /// <summary>The type of a column of whole traces; null for every other name.</summary>
    public static ColumnType? TypeOfTrace(string name)
    {
        foreach (var column in OfTrace)
            if (column.Name == name) return column.Type;
        return null;
    }

    /// <summary>Takes the prefix off a name; false when it has none, or nothing else.</summary>
    /// <param name="name">A column's name.</param>
    /// <param name="relative">Whose column it names.</param>
    /// <param name="rest">The column's own name.</param>
    public static bool TrySplit(string name, out Relative relative, out string rest)
    {
        foreach (var (prefix, meant) in Prefixes)
        {
            if (name.Length == prefix.Length || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            (relative, rest) = (meant, name[prefix.Length..]);
            return true;
        }

        (relative, rest) = (default, name);
        return false;
    }

    /// <summary>The prefix of a relative, the point included.</summary>
    public static string PrefixOf(Relative relative) => Prefixes[(int)relative].Prefix;

    /// <summary>
    /// What a name stands for in a store with these columns: the column of the schema that it names, with its type, as seen under the name; null when
    /// there is none. A prefix is one where the rest names a column; else the name may be that of a stored column itself.
    /// </summary>
    public static ColumnType? TypeOf(string name, Schema schema)
    {
        if (TypeOfTrace(name) is { } ofTrace) return ofTrace;
        if (TrySplit(name, out _, out var rest) && (schema.Find(rest)?.Type ?? WellKnownColumns.TypeOf(rest)) is { } type) return type;
        return schema.Find(name)?.Type ?? WellKnownColumns.TypeOf(name);
    }
}
