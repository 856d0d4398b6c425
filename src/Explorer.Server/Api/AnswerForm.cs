using Microsoft.Net.Http.Headers;
using Storage.Forms;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>A form in which an answer is given.</summary>
/// <param name="Name">Its name in <c>?format=</c>, and the extension of its files.</param>
/// <param name="MediaType">Its media type.</param>
internal sealed record AnswerForm(string Name, string MediaType)
{
    public static readonly AnswerForm Json = new("json", "application/json");
    public static readonly AnswerForm Csv = new("csv", Api.Csv.MediaType);
    public static readonly AnswerForm Arrow = new("arrow", TableForms.ArrowMediaType);
    public static readonly AnswerForm Parquet = new("parquet", TableForms.ParquetMediaType);

    private static readonly AnswerForm[] All = [Json, Csv, Arrow, Parquet];

    /// <summary>The form to answer with: that of <c>?format=</c>, else the one that the client's Accept prefers.</summary>
    /// <exception cref="ApiException">406 when there is none that it takes.</exception>
    public static AnswerForm Of(HttpRequest request)
    {
        if (request.Query["format"] is [{ Length: > 0 } format, ..])
            return All.FirstOrDefault(f => f.Name.Equals(format, StringComparison.OrdinalIgnoreCase)) ?? throw NotGiven(format);
        var accept = request.Headers.Accept;
        if (accept.Count == 0 || !MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var wanted) || wanted.Count == 0) return Json;
        foreach (var type in wanted.Where(t => t.Quality != 0).OrderByDescending(t => t.Quality ?? 1))
        {
            if (type.MatchesAllTypes) return Json;
            if (All.FirstOrDefault(f => type.MediaType.Equals(f.MediaType, StringComparison.OrdinalIgnoreCase)
                || (type.MatchesAllSubTypes && f.MediaType.StartsWith(type.Type + "/", StringComparison.OrdinalIgnoreCase))) is { } form) return form;
        }

        throw NotGiven(accept.ToString());
    }

    /// <summary>Answers with a table in this form, which is not JSON.</summary>
    /// <param name="context">The request.</param>
    /// <param name="table">The table.</param>
    /// <param name="isListing">True when its rows are events.</param>
    /// <exception cref="ApiException">400 when the form has no place for such a table.</exception>
    public async Task WriteAsync(HttpContext context, ResultTable table, bool isListing)
    {
        if (this == Parquet && table.Columns.IsDefaultOrEmpty)
            throw new ApiException(StatusCodes.Status400BadRequest, "The answer has no columns, as that of a HEATMAP alone, and a Parquet file needs one; ask for JSON.");
        var response = context.Response;
        response.ContentType = this == Csv ? MediaType + "; charset=utf-8" : MediaType;
        response.Headers.ContentDisposition = $"attachment; filename=\"explorer.{Name}\"";
        if (this == Csv)
        {
            await response.WriteAsync(Api.Csv.Write(table, isListing), context.RequestAborted);
            return;
        }

        await using var body = response.BodyWriter.AsStream(leaveOpen: true);
        if (this == Arrow) TableForms.WriteArrow(body, table);
        else TableForms.WriteParquet(body, table);
        await body.FlushAsync(context.RequestAborted);
    }

    private static ApiException NotGiven(string wanted) => new(
        StatusCodes.Status406NotAcceptable, $"Answers are given as {string.Join(", ", All.Select(f => f.MediaType))} (or ?format={string.Join(", ", All.Select(f => f.Name))}), not as {wanted}.");
}
