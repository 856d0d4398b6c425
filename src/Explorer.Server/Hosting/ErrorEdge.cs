using System.Text.Encodings.Web;
using Explorer.Server.Api;
using Microsoft.AspNetCore.WebUtilities;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Hosting;

/// <summary>
/// The one place where exceptions become answers: problem details under /api, a plain page elsewhere. It also gives every other
/// error status under /api (unknown path, wrong method) its problem details.
/// </summary>
internal static partial class ErrorEdge
{
    private const int ClientClosedRequest = 499;

    public static void UseErrorEdge(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Explorer.Server.Errors");
        app.Use((context, next) => GuardAsync(context, next, logger));
    }

    /// <summary>True for a request that a person makes with the address bar or a link.</summary>
    public static bool IsPage(HttpContext context) =>
        Listeners.Of(context) == Listener.Ui && HttpMethods.IsGet(context.Request.Method) && !IsApi(context.Request)
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    private static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
            var status = context.Response.StatusCode;
            if (status < 400 || context.Response.HasStarted || !IsApi(context.Request) || context.Response.ContentType is not null) return;
            await Problem.WriteAsync(context, Problem.For(status, DetailOf(context, status)));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted) context.Response.StatusCode = ClientClosedRequest;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var problem = Translate(e, logger);
            if (e is EventStoreException { Fault: EventStoreFault.Busy }) context.Response.OnStarting(() => RetrySoonAsync(context));
            if (IsApi(context.Request)) await Problem.WriteAsync(context, problem);
            else await WritePageAsync(context, problem);
        }
        catch (Exception e)
        {
            // Half an answer is out; only a broken connection tells the client that it is not the whole.
            LogBroken(logger, e);
            context.Abort();
        }
    }

    private static Task RetrySoonAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Task.CompletedTask;
    }

    private static Problem Translate(Exception exception, ILogger logger)
    {
        switch (exception)
        {
            case ApiException e:
                return e.Problem;
            case QueryException e:
                return new Problem(StatusCodes.Status400BadRequest, "The query is not valid.", [.. e.Errors]);
            case EventStoreException { Fault: EventStoreFault.Timeout } e:
                return Problem.For(StatusCodes.Status504GatewayTimeout, e.Message);
            case EventStoreException { Fault: EventStoreFault.Closed or EventStoreFault.OutOfMemory or EventStoreFault.Busy } e:
                return Problem.For(StatusCodes.Status503ServiceUnavailable, e.Message);
            case BadHttpRequestException e:
                return Problem.For(e.StatusCode, e.Message);
            case EventStoreException e:
                LogStoreFault(logger, e);
                return Problem.For(StatusCodes.Status500InternalServerError, "The event store could not answer; the log of the server says why.");
            default:
                LogUnhandled(logger, exception);
                return Problem.For(StatusCodes.Status500InternalServerError, "Something went wrong in the server; its log says what.");
        }
    }

    private static Task WritePageAsync(HttpContext context, Problem problem)
    {
        context.Response.Clear();
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        var title = HtmlEncoder.Default.Encode(ReasonPhrases.GetReasonPhrase(problem.Status));
        return context.Response.WriteAsync(
            $"<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1><p>{HtmlEncoder.Default.Encode(problem.Detail)}</p><p><a href=\"/\">Explorer</a></p></html>\n",
            context.RequestAborted);
    }

    private static bool IsApi(HttpRequest request) => request.Path.StartsWithSegments("/api");

    private static string DetailOf(HttpContext context, int status) => status switch
    {
        StatusCodes.Status404NotFound => $"There is no {context.Request.Method} {context.Request.Path} here.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}, but {context.Response.Headers.Allow}.",
        _ => ReasonPhrases.GetReasonPhrase(status) + ".",
    };

    [LoggerMessage(1, LogLevel.Error, "A request failed")]
    private static partial void LogUnhandled(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "The event store failed a request")]
    private static partial void LogStoreFault(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Error, "An answer broke off in the middle")]
    private static partial void LogBroken(ILogger logger, Exception exception);
}
