using Analysis.Trace;
using Explorer.Server.Otlp.Decoding;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Otlp.Files;

/// <summary>Reads an OTLP/JSON document into events that go nowhere: one table for each trace in it.</summary>
internal static class OtlpFileReader
{
    /// <summary>Longest document, bytes.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>What the events of a document may take in memory, bytes.</summary>
    private const long MaxCost = 512L << 20;

    /// <summary>The traces of a document, those with the most events first. Log records without a trace are left out.</summary>
    /// <exception cref="RefusedException">It is no such document, or holds too much.</exception>
    public static IReadOnlyList<(string TraceId, ResultTable Events)> Read(ReadOnlySpan<byte> json, long arrivalUnixNs)
    {
        // Each signal reads its own part of the document and leaves the other's alone.
        var requests = new List<DecodedRequest>();
        try
        {
            foreach (var signal in (ReadOnlySpan<OtlpSignal>)[OtlpSignal.Traces, OtlpSignal.Logs])
                requests.Add(OtlpDecoder.Decode(signal, OtlpEncoding.Json, json, Schema.Empty, arrivalUnixNs, MaxCost));
            return Tables([.. requests.SelectMany(r => r.Batches)]);
        }
        finally
        {
            foreach (var batch in requests.SelectMany(r => r.Batches)) batch.Dispose();
        }
    }

    private static List<(string TraceId, ResultTable Events)> Tables(List<EventBatch> batches)
    {
        var byTrace = new Dictionary<string, List<(EventBatch Batch, int Row)>>(StringComparer.Ordinal);
        foreach (var batch in batches)
        {
            if (!batch.Columns.Any(c => c.Name == WellKnownColumns.TraceId)) continue;
            for (var row = 0; row < batch.Count; row++)
            {
                if (batch[row, WellKnownColumns.TraceId] is not { IsNull: false } id) continue;
                if (!byTrace.TryGetValue(id.ToString(), out var rows)) byTrace.Add(id.ToString(), rows = []);
                rows.Add((batch, row));
            }
        }

        return [.. byTrace.OrderByDescending(t => t.Value.Count).ThenBy(t => t.Key, StringComparer.Ordinal).Select(t => (t.Key, Table(batches, t.Value)))];
    }

    private static ResultTable Table(List<EventBatch> batches, List<(EventBatch Batch, int Row)> rows)
    {
        var columns = new Dictionary<string, Value[]>(StringComparer.Ordinal);
        foreach (var batch in batches)
        {
            foreach (var column in batch.Columns)
            {
                for (var i = 0; i < rows.Count; i++)
                {
                    if (rows[i].Batch != batch || column.ValueAt(rows[i].Row) is not { IsNull: false } value) continue;
                    if (!columns.TryGetValue(column.Name, out var values)) columns.Add(column.Name, values = new Value[rows.Count]);
                    values[i] = value;
                }
            }
        }

        return new ResultTable([.. columns.Select(c => Column(c.Key, c.Value))]);
    }

    // As in the store: numbers of two kinds are seen as floats, anything else that is mixed as text.
    private static ResultColumn Column(string name, Value[] values)
    {
        var kinds = values.Where(v => !v.IsNull).Select(v => v.Kind).Distinct().ToArray();
        if (kinds is [var kind]) return TableRows.Of(name, TypeOf(kind), values);
        var isNumber = kinds.All(k => k is ValueKind.Int64 or ValueKind.Float64);
        return TableRows.Of(name, isNumber ? ColumnType.Float64 : ColumnType.String, Array.ConvertAll(values, v => v.IsNull ? v : isNumber ? v.AsDouble() : v.ToString()));
    }

    private static ColumnType TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Bool => ColumnType.Bool, ValueKind.Int64 => ColumnType.Int64, ValueKind.Float64 => ColumnType.Float64, _ => ColumnType.String,
    };
}
