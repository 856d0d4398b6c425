namespace Explorer.Server.Hosting;

/// <summary>
/// Ends the connections of open pages when the process is told to stop. Left alone, each is waited for until it answers a closing
/// handshake, which took the whole shutdown time with one page open. A page whose connection breaks says so and comes back at its URL.
/// </summary>
internal static class OpenPages
{
    public static void UseOpenPages(this IApplicationBuilder app)
    {
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        app.Use(async (context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments("/_blazor"))
            {
                await next(context);
                return;
            }

            await using var ending = stopping.Register(context.Abort);
            await next(context);
        });
    }
}
