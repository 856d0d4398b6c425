using System.Text.Json;
using Explorer.Server.Workspace;
using Microsoft.AspNetCore.Http.Features;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Saved calculated fields: columns of every query, until they are removed.</summary>
internal static class FieldEndpoints
{
    private const int MaxNameLength = 300;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/fields", ListAsync);
        // Names may hold slashes, as they are or escaped.
        api.MapGet("/fields/{**name}", GetAsync);
        api.MapPut("/fields/{**name}", PutAsync);
        api.MapDelete("/fields/{**name}", DeleteAsync);
    }

    private static Task ListAsync(HttpContext context, FieldStore fields, IEventStore store) => Json.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("fields");
        foreach (var field in fields.All) Write(json, field, fields, store.Schema);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static Task GetAsync(HttpContext context, FieldStore fields, IEventStore store)
    {
        var name = NameOf(context);
        var field = fields.Find(name) ?? throw NoField(name);
        return Json.WriteAsync(context, json => Write(json, field, fields, store.Schema));
    }

    private static async Task PutAsync(HttpContext context, FieldStore fields, IEventStore store)
    {
        var name = NameOf(context);
        if (name.Length is 0 or > MaxNameLength) throw Fault("name", $"a name has 1 to {MaxNameLength} characters, not {name.Length}");
        var field = new CalculatedField(name, ExpressionOf(await Json.ReadBodyAsync(context)));
        if (store.Schema.Contains(name) || WellKnownColumns.All.Contains(name))
            throw Fault("name", $"there is a column \"{name}\", which the field would hide in every query: choose another name");
        await CheckAsync(field, fields, store, context.RequestAborted);
        var isNew = fields.Find(name) is null;
        if (!await fields.SaveAsync(field, context.RequestAborted))
            throw new ApiException(StatusCodes.Status409Conflict, $"There are {FieldStore.MaxFields} saved fields, and no more are kept; remove one first.");
        await Json.WriteAsync(context, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, "application/json", json => Write(json, field, fields, store.Schema));
    }

    private static async Task DeleteAsync(HttpContext context, FieldStore fields)
    {
        var name = NameOf(context);
        if (!await fields.RemoveAsync(name, context.RequestAborted)) throw NoField(name);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Says what is wrong with a field as the queries that use it would.</summary>
    private static async Task CheckAsync(CalculatedField field, FieldStore fields, IEventStore store, CancellationToken cancellationToken)
    {
        var errors = CalculatedFields.Check(field, fields.All, store.Schema).Errors;
        if (errors.IsEmpty)
        {
            try
            {
                // Over no time at all: whether its regular expressions are such, only the engine can say.
                await store.RunAsync(
                    new Query { Time = new TimeRange.Between(0, 0), Calculations = [new Calculation(CalculationOp.Count, field.Name)], CalculatedFields = [field], Series = false }, cancellationToken);
                return;
            }
            catch (QueryException e)
            {
                errors = e.Errors.ToValueList();
            }
        }

        throw new ApiException(StatusCodes.Status400BadRequest, "The field is not valid.", [.. errors.Select(e => e with { Path = "expression" })]);
    }

    private static string ExpressionOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Fault("", "an object with `expression` is expected");
            foreach (var property in document.RootElement.EnumerateObject())
                if (property.Name is not ("expression" or "name" or "type")) throw Fault(property.Name, $"there is no property \"{property.Name}\" here");
            return document.RootElement.TryGetProperty("expression", out var expression) && expression.ValueKind == JsonValueKind.String
                ? expression.GetString()!
                : throw Fault("expression", "the expression of the field is expected here, a text such as \"$duration_ms > 500\"");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Fault("", "the body is not JSON, or its text is not valid Unicode");
        }
    }

    private static void Write(Utf8JsonWriter json, CalculatedField field, FieldStore fields, Schema schema)
    {
        var check = CalculatedFields.Check(field, fields.All, schema);
        json.WriteStartObject();
        json.WriteString("name", field.Name);
        json.WriteString("expression", field.Expression);
        json.WriteString("type", check.Type?.ToString());
        if (!check.Errors.IsEmpty)
        {
            json.WriteStartArray("errors");
            foreach (var error in check.Errors) Problem.WriteError(json, error with { Path = "expression" });
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static ApiException NoField(string name) => new(StatusCodes.Status404NotFound, $"There is no saved field {name} here.");

    private static ApiException Fault(string path, string message) => new(StatusCodes.Status400BadRequest, "The field is not valid.", new QueryError(path, message));

    /// <summary>The name behind "/fields/", from the request as sent: routing leaves %2F as it is.</summary>
    private static string NameOf(HttpContext context)
    {
        const string before = "/fields/";
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (path.IndexOf('?', StringComparison.Ordinal) is >= 0 and var end) path = path[..end];
        var start = path.IndexOf(before, StringComparison.OrdinalIgnoreCase);
        return start < 0 ? "" : Uri.UnescapeDataString(path[(start + before.Length)..]);
    }
}
