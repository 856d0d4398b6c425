using System.Collections.Immutable;
using Microsoft.AspNetCore.WebUtilities;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Problem details as RFC 9457 has them, with the places of the faults.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">One sentence for a person.</param>
/// <param name="Errors">The faults of the request, in its order; may be empty.</param>
internal sealed record Problem(int Status, string Detail, ImmutableArray<QueryError> Errors)
{
    public static Problem For(int status, string detail) => new(status, detail, []);

    /// <summary>Answers with the problem. The response must not have started.</summary>
    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        if (context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
        {
            var allow = context.Response.Headers.Allow;
            context.Response.Clear();
            context.Response.Headers.Allow = allow;
        }
        else
        {
            context.Response.Clear();
        }

        return Json.WriteAsync(context, problem.Status, "application/problem+json", json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(problem.Status));
            json.WriteNumber("status", problem.Status);
            json.WriteString("detail", problem.Detail);
            if (!problem.Errors.IsDefaultOrEmpty)
            {
                json.WriteStartArray("errors");
                foreach (var error in problem.Errors) WriteError(json, error);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }

    public static void WriteError(System.Text.Json.Utf8JsonWriter json, QueryError error)
    {
        json.WriteStartObject();
        json.WriteString("path", error.Path);
        json.WriteString("message", error.Message);
        if (error.Position is { } position)
        {
            json.WriteNumber("position", position);
            json.WriteNumber("length", error.Length);
        }

        if (!error.Suggestions.IsEmpty)
        {
            json.WriteStartArray("suggestions");
            foreach (var suggestion in error.Suggestions) json.WriteStringValue(suggestion);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}

/// <summary>A request that cannot be answered as asked.</summary>
internal sealed class ApiException : Exception
{
    public ApiException() : this(StatusCodes.Status500InternalServerError, "") { }

    public ApiException(string message) : this(StatusCodes.Status500InternalServerError, message) { }

    public ApiException(string message, Exception innerException) : base(message, innerException) =>
        Problem = Problem.For(StatusCodes.Status500InternalServerError, message);

    public ApiException(int status, string detail, params ImmutableArray<QueryError> errors) : base(detail) =>
        Problem = new Problem(status, detail, errors);

    public Problem Problem { get; }
}
