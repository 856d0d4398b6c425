namespace Explorer.Server.Hosting;

/// <summary>Headers that keep a page of ours from running, framing or leaking what it should not.</summary>
internal static class SecurityHeaders
{
    /// <summary>
    /// Scripts come from files of ours only. Styles may be inline because charts and components position themselves by style
    /// attributes. 'self' in connect-src includes the page's WebSocket.
    /// </summary>
    public const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (Listeners.Of(context) == Listener.Ui)
        {
            context.Response.OnStarting(static state =>
            {
                var headers = ((HttpResponse)state).Headers;
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XFrameOptions = "DENY";
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                return Task.CompletedTask;
            }, context.Response);
        }

        return next(context);
    });
}
