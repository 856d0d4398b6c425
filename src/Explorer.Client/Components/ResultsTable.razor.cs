using System.Text;
using Explorer.Client.Display;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Storage.Forms;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The groups of an answer as a table, which is also the legend of the charts.</summary>
public sealed partial class ResultsTable
{
    /// <summary>Rows from which on only the visible ones are rendered.</summary>
    private const int VirtualFrom = 150;

    private ElementReference _scroll;
    private BrowserModule? _browser;
    private IJSObjectReference? _grid;
    private DotNetObjectReference<ResultsTable>? _self;
    private IReadOnlyList<ResultsColumn> _columns = [];
    private List<int> _rows = [];
    private (QueryResult? Result, string Filter) _shownOf;
    private string _filter = "";
    private (int Row, ValueVerb Verb, double X, double Y)? _menu;

    /// <summary>Called by the browser when something is to be done with a cell, or, for <c>row</c>, with its row.</summary>
    [JSInvokable]
    public async Task OnCell(int row, int column, string action, double x, double y)
    {
        if (row < 0 || row >= Result.Results.RowCount || column < 0 || column >= _columns.Count) return;
        var verb = VerbAt(row, column);
        if (action == "row") await OnVerb.InvokeAsync(new ValueVerb(Verb.Copy, "", string.Join('\t', _columns.Select(c => c.Column[row].ToString().Replace('\t', ' ').Replace('\n', ' ')))));
        else if (ValueVerb.OfKey(action) is { } direct) await DoAsync(row, verb with { Verb = direct });
        else _menu = (row, verb, x, y);
        StateHasChanged();
    }

    protected override void OnParametersSet()
    {
        _columns = ResultsModel.Columns(Result, Query, Charts);
        Refilter();
    }

    protected override bool ShouldRender()
    {
        Refilter();
        return true;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _browser = new BrowserModule(Js);
        _self = DotNetObjectReference.Create(this);
        _grid = await _browser.AttachAsync("grid", _scroll, _self);
    }

    public async ValueTask DisposeAsync()
    {
        await Scripts.EndAsync(_grid);
        if (_browser is not null) await _browser.DisposeAsync();
        _self?.Dispose();
    }

    private void Refilter()
    {
        if (_shownOf == (Result, _filter)) return;
        _shownOf = (Result, _filter);
        _rows = ResultsModel.Filter(Result.Results, Query.Breakdowns.Count, _filter.Trim());
    }

    // A number belongs to its group: its verbs are the group's.
    private ValueVerb VerbAt(int row, int column) => new(Verb.Filter, _columns[column].IsBreakdown ? _columns[column].Column.Name : "", _columns[column].Column[row]);

    private void OpenMenu(int column, int row, MouseEventArgs at) => _menu = (row, VerbAt(row, column), at.ClientX, at.ClientY);

    private async Task DoAsync(int row, ValueVerb verb)
    {
        _menu = null;
        if (verb.Column.Length > 0 || verb.Verb == Verb.Copy) await OnVerb.InvokeAsync(verb);
        else if (verb.Verb != Verb.Group && Query.Breakdowns.Count > 0) await OnGroup.InvokeAsync(new GroupVerb(verb.Verb, [.. _columns.Where(c => c.IsBreakdown).Select(c => (c.Column.Name, c.Column[row]))]));
    }

    private string TitleOf(int row, ValueVerb verb) => verb.Column.Length > 0
        ? $"{verb.Column} = {Format.Text(verb.Value)}"
        : string.Join(", ", _columns.Where(c => c.IsBreakdown).Select(c => Format.Text(c.Column[row], 40)).Append(Format.Text(verb.Value)));

    private async Task SaveAsync(string format)
    {
        if (_browser is null) return;
        var table = Result.ToTable();
        switch (format)
        {
            case "csv": await _browser.SaveAsync("results.csv", "text/csv", Encoding.UTF8.GetBytes(ResultsModel.Csv(table))); break;
            case "json": await _browser.SaveAsync("results.json", "application/json", Encoding.UTF8.GetBytes(ResultsModel.Json(table))); break;
            default:
                using (var file = new MemoryStream())
                {
                    TableForms.WriteParquet(file, table);
                    await _browser.SaveAsync("results.parquet", TableForms.ParquetMediaType, file.ToArray());
                }

                break;
        }
    }

    // Without an order the first calculation decides, descending.
    private bool IsSorted(ResultsColumn column) =>
        Query.Orders.Count > 0 ? Query.Orders[0].Target == column.Reference || Query.Orders[0].Target.Name == column.Column.Name : !column.IsBreakdown && column == _columns.FirstOrDefault(c => !c.IsBreakdown);

    private bool IsDescending(ResultsColumn column) => !IsSorted(column) || Query.Orders.Count == 0 || Query.Orders[0].Descending;

    private string Sort(ResultsColumn column) => !IsSorted(column) ? "none" : IsDescending(column) ? "descending" : "ascending";

    private static string SwatchOf(int color) => color < 30 ? $"{color % 10 + 1}" : "none";
}
