namespace Explorer.Server.Api;

/// <summary>The HTTP API. Faults leave the endpoints as exceptions; the error edge makes problem details of them.</summary>
internal static class ApiEndpoints
{
    public static void MapApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1");
        QueryEndpoint.Map(api);
        RunPage.Map(app);
        ColumnEndpoints.Map(api);
        FieldEndpoints.Map(api);
        TraceEndpoint.Map(api);
        CompareEndpoint.Map(api);
        StatusEndpoints.Map(app, api);
    }
}
