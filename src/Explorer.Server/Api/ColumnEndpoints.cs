using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>What can be asked about: the columns, and the values of one.</summary>
internal static class ColumnEndpoints
{
    private const int DefaultValues = 20;
    private const int MaxValues = 1_000;
    private const string ValuesSuffix = "/values";

    /// <summary>Calculations that one query is asked for when a service's columns are counted; a query takes no more.</summary>
    private const int CountsPerQuery = 100;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/columns", ListAsync);
        // Names of columns may hold slashes, as they are or escaped, so the rest of the path is taken apart here.
        api.MapGet("/columns/{**rest}", ValuesAsync);
    }

    private static async Task ListAsync(HttpContext context, IEventStore store)
    {
        var prefix = context.Request.Query["prefix"].ToString();
        var columns = store.Schema.Columns.Where(c => c.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (context.Request.Query["service"] is [{ Length: > 0 } service, ..])
            columns = await OfServiceAsync(store, columns, service, context.RequestAborted);
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("columns");
            foreach (var column in columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("type", column.Type.ToString());
                json.WriteNumber("count", column.Count);
                json.WriteString("first_seen", UnixTime.ToRfc3339(column.FirstSeenUnixNs));
                json.WriteString("last_seen", UnixTime.ToRfc3339(column.LastSeenUnixNs));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>The columns that the service's events have, each with the count of those events.</summary>
    private static async Task<Column[]> OfServiceAsync(IEventStore store, Column[] columns, string service, CancellationToken cancellationToken)
    {
        if (!store.Schema.Contains(WellKnownColumns.ServiceName)) return [];
        var found = new List<Column>();
        foreach (var chunk in columns.Chunk(CountsPerQuery))
        {
            var query = new Query
            {
                Time = TimeRange.All,
                Series = false,
                Where = new Filter.Condition(WellKnownColumns.ServiceName, FilterOp.Equal, service),
                Calculations = chunk.Select((c, i) => new Calculation(CalculationOp.Count, c.Name, "c" + i.ToString(CultureInfo.InvariantCulture))).ToValueList(),
            };
            var counts = (await store.RunAsync(query, cancellationToken)).Results;
            if (counts.RowCount == 0) continue;
            for (var i = 0; i < chunk.Length; i++)
                if (counts.Columns[i][0] is { IsNumber: true } count && count.AsDouble() >= 1)
                    found.Add(chunk[i] with { Count = (long)Math.Round(count.AsDouble()) });
        }

        return [.. found];
    }

    private static async Task ValuesAsync(HttpContext context, IEventStore store)
    {
        var cancellationToken = context.RequestAborted;
        var column = NameOf(context);
        if (!store.Schema.Contains(column) && !WellKnownColumns.All.Contains(column))
        {
            var near = NearestNames.To(column, store.Schema.Columns.Select(c => c.Name));
            throw new ApiException(StatusCodes.Status404NotFound, "There is no such column.", new QueryError("name", $"there is no column {column}", Suggestions: near));
        }

        var parameters = new QueryParameters(context.Request.Query);
        var limit = parameters.Int("limit", DefaultValues, 1, MaxValues);
        var time = parameters.Time();
        parameters.ThrowIfFaulty();
        Filter where = new Filter.Condition(column, FilterOp.Exists);
        if (parameters.Text("prefix") is { } prefix) where = new Filter.Condition(column, FilterOp.StartsWith, prefix);
        var values = (await store.RunAsync(new Query
        {
            Time = time,
            Series = false,
            Where = where,
            Breakdowns = [column],
            Calculations = [new Calculation(CalculationOp.Count, Name: CountName(column))],
            Limit = limit,
        }, cancellationToken)).Results;
        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("values");
            for (var row = 0; row < values.RowCount; row++)
            {
                json.WriteStartObject();
                json.WritePropertyName("value");
                QueryJson.WriteValue(json, values.Columns[0][row]);
                json.WritePropertyName("count");
                QueryJson.WriteValue(json, values.Columns[1][row]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>A result name that is not the column's own.</summary>
    private static string CountName(string column) => column == "count" ? "n" : "count";

    /// <summary>The name between "/columns/" and "/values", from the request as sent: routing leaves %2F as it is.</summary>
    private static string NameOf(HttpContext context)
    {
        const string before = "/columns/";
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (path.IndexOf('?', StringComparison.Ordinal) is >= 0 and var end) path = path[..end];
        var start = path.IndexOf(before, StringComparison.OrdinalIgnoreCase);
        if (start < 0 || !path.EndsWith(ValuesSuffix, StringComparison.OrdinalIgnoreCase) || path.Length <= start + before.Length + ValuesSuffix.Length - 1)
            throw new ApiException(StatusCodes.Status404NotFound, $"There is no GET {context.Request.Path} here.");
        return Uri.UnescapeDataString(path[(start + before.Length)..^ValuesSuffix.Length]);
    }
}
