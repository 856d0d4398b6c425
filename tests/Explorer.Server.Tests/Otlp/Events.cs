using Explorer.Server.Otlp.Decoding;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>Events as tests read them: column to value, without what is absent.</summary>
internal static class Events
{
    public const long Arrival = 1_700_000_000_000_000_000;

    public static DecodedRequest Decode(OtlpSignal signal, OtlpEncoding encoding, byte[] body, Schema? schema = null) =>
        OtlpDecoder.Decode(signal, encoding, body, schema ?? Schema.Empty, Arrival, 512L << 20);

    public static List<SortedDictionary<string, Value>> Of(DecodedRequest request) => [.. request.Batches.SelectMany(Of)];

    public static IEnumerable<SortedDictionary<string, Value>> Of(EventBatch batch)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            var values = new SortedDictionary<string, Value>(StringComparer.Ordinal);
            foreach (var column in batch.Columns)
            {
                var value = column.ValueAt(row);
                if (!value.IsNull) values.Add(column.Name, value);
            }

            yield return values;
        }
    }

    public static List<SortedDictionary<string, Value>> FromJson(OtlpSignal signal, string json) =>
        Of(Decode(signal, OtlpEncoding.Json, System.Text.Encoding.UTF8.GetBytes(json)));

    /// <summary>Events as lines of text, so that a difference shows.</summary>
    public static List<string> Lines(IEnumerable<SortedDictionary<string, Value>> events) =>
        [.. events.Select(e => string.Join(" | ", e.Select(c => $"{c.Key}={c.Value}")))];
}
