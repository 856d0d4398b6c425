using System.Buffers;
using System.Text;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Writes tables as RFC 4180 has them: a header, CRLF, quotes where a value needs them. A missing value is empty.</summary>
internal static class Csv
{
    public const string MediaType = "text/csv";

    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n");

    /// <summary>The table as text; the time of events in RFC 3339.</summary>
    public static string Write(ResultTable table, bool isListing)
    {
        var csv = new StringBuilder();
        for (var i = 0; i < table.Columns.Length; i++) Append(csv, i, table.Columns[i].Name);
        csv.Append("\r\n");
        for (var row = 0; row < table.RowCount; row++)
        {
            for (var i = 0; i < table.Columns.Length; i++)
            {
                var value = table.Columns[i][row];
                var isTime = isListing && table.Columns[i].Name == WellKnownColumns.Time && value.Kind == ValueKind.Int64;
                Append(csv, i, isTime ? UnixTime.ToRfc3339Nanoseconds(value.AsInt64()) : value.ToString());
            }

            csv.Append("\r\n");
        }

        return csv.ToString();
    }

    private static void Append(StringBuilder csv, int index, string field)
    {
        if (index > 0) csv.Append(',');
        if (field.AsSpan().ContainsAny(Special)) csv.Append('"').Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else csv.Append(field);
    }
}
