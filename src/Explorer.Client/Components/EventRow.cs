using Explorer.Client.State;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>One event of a listing.</summary>
public sealed class EventRow(ResultTable table, int row)
{
    /// <summary>The value of a column; null when the event has none.</summary>
    public Value this[string column] => table.Find(column) is { } found ? found[row] : Value.Null;

    /// <summary>Its time, Unix nanoseconds.</summary>
    public long TimeUnixNs => this[WellKnownColumns.Time] is { Kind: ValueKind.Int64 } time ? time.AsInt64() : 0;

    public bool IsError => this[WellKnownColumns.Error] is { Kind: ValueKind.Bool } error ? error.AsBool() : this[WellKnownColumns.SeverityNumber] is { Kind: ValueKind.Int64 } severity && severity.AsInt64() >= 17;

    public bool IsWarning => this[WellKnownColumns.SeverityNumber] is { Kind: ValueKind.Int64 } severity && severity.AsInt64() is >= 13 and < 17;

    /// <summary>What the event is called: its name, else its body.</summary>
    public string Title
    {
        get
        {
            var name = this[WellKnownColumns.Name];
            if (name.IsNull) name = this[WellKnownColumns.Body];
            return name.IsNull ? "event" : name.ToString();
        }
    }

    /// <summary>The status in a word: an HTTP status, a severity, or error.</summary>
    public string? Status
    {
        get
        {
            foreach (var column in (ReadOnlySpan<string>)["http.response.status_code", "http.status_code", WellKnownColumns.SeverityText])
                if (this[column] is { IsNull: false } value) return value.ToString();
            return IsError ? "error" : null;
        }
    }

    /// <summary>The same event, without the listing that it stands in.</summary>
    public EventRow Alone() => new(new ResultTable([.. table.Columns.Where(c => !c.IsNull(row)).Select(c => Single(c, c[row]))]), 0);

    /// <summary>All columns that the event has, by name.</summary>
    public IReadOnlyList<(string Name, Value Value)> Columns =>
        [.. table.Columns.Where(c => !c.IsNull(row)).Select(c => (c.Name, c[row])).OrderBy(c => c.Name, StringComparer.Ordinal)];

    /// <summary>The address of its trace, at its span.</summary>
    public string? TraceHref => this[WellKnownColumns.TraceId] is { Kind: ValueKind.String } trace
        ? TraceUrl.Format(trace.AsString(), this[WellKnownColumns.SpanId] is { Kind: ValueKind.String } span ? span.AsString() : this[WellKnownColumns.ParentId] is { Kind: ValueKind.String } parent ? parent.AsString() : null, TimeUnixNs)
        : null;

    private static ResultColumn Single(ResultColumn column, Value value) => new(column.Name, column.Type, value.Kind switch
    {
        ValueKind.Bool => new[] { value.AsBool() },
        ValueKind.Int64 => new[] { value.AsInt64() },
        ValueKind.Float64 => new[] { value.AsDouble() },
        _ => (Array)new[] { value.ToString() },
    }, null);
}
