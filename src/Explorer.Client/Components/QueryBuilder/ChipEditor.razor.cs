using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>The text field of a chip, with completion.</summary>
public sealed partial class ChipEditor
{
    private ElementReference _input;
    private BrowserModule? _browser;
    private IJSObjectReference? _field;
    private DotNetObjectReference<ChipEditor>? _self;
    private ValueSource? _values;
    private CompletionContext? _context;
    private IReadOnlyList<CompletionItem> _items = [];
    private string _text = "";
    private string? _error;
    private string _note = "";
    private int _marked = -1;
    private bool _isOpen = true;
    private bool _isDone;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    private bool IsPopup => _error is not null || (_isOpen && _items.Count > 0);

    /// <summary>Called by the browser on every change of text or caret.</summary>
    [JSInvokable]
    public async Task OnText(string text, int caret)
    {
        if (_isDone) return;
        (_text, _error, _isOpen) = (text, null, true);
        _context = CompletionContext.At(Clause, text, caret);
        if (_context is { Part: CompletionPart.Value, Column: { } column }) await CompleteValuesAsync(_context, column);
        else Show(Completion.Items(_context, Store.Schema, Store.Statistics.Events, ResultNames()));
        StateHasChanged();
    }

    /// <summary>Called by the browser for the keys that completion understands.</summary>
    [JSInvokable]
    public async Task OnKey(string key, string text, int caret)
    {
        if (_isDone) return;
        if (text != _text) CatchUp(text, caret);
        switch (key)
        {
            case "ArrowDown" or "ArrowUp" when _items.Count > 0:
                _isOpen = true;
                _marked = (_marked + (key == "ArrowDown" ? 1 : _marked < 0 ? 0 : -1) + _items.Count) % _items.Count;
                break;
            case "Open":
                _isOpen = true;
                break;
            case "Escape" when IsPopup && (_isOpen || _error is not null) && _text.Length > 0:
                (_isOpen, _error) = (false, null);
                break;
            case "Escape":
                await EndAsync(OnCancel);
                return;
            case "Backspace":
                await EndAsync(OnBackspace);
                return;
            case "Enter" or "Tab" when _isOpen && _marked >= 0 && _marked < _items.Count:
                await TakeAsync(_items[_marked], key == "Tab");
                break;
            case "Enter" or "Run" or "Tab":
                await FinishAsync(key == "Tab");
                break;
        }

        StateHasChanged();
    }

    /// <summary>Called by the browser when the field loses the focus: good text is taken, an empty field is given up.</summary>
    [JSInvokable]
    public async Task OnBlur(string text)
    {
        if (_isDone) return;
        _text = text;
        await FinishAsync(goOn: false);
        StateHasChanged();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _values = new ValueSource(Store, Time);
        _browser = new BrowserModule(Js);
        _self = DotNetObjectReference.Create(this);
        _field = await _browser.AttachAsync("chipEditor", _input, _self, Text);
    }

    public async ValueTask DisposeAsync()
    {
        _isDone = true;
        _values?.Dispose();
        await Scripts.EndAsync(_field);
        if (_browser is not null) await _browser.DisposeAsync();
        _self?.Dispose();
    }

    private async Task CompleteValuesAsync(CompletionContext context, string column)
    {
        _note = "counting";
        Show(Completion.Values(context, [], Store.Schema.Find(column)?.Type));
        StateHasChanged();
        var counts = await _values!.FindAsync(column, context.Prefix, Query.Time);
        if (_isDone || _context != context) return;
        _note = counts is null ? "no counts in time" : counts.Count >= ValueSource.MaxValues ? $"the {ValueSource.MaxValues} most frequent" : $"{counts.Count} in the time range";
        Show(Completion.Values(context, counts ?? [], Store.Schema.Find(column)?.Type));
    }

    /// <summary>A key that overtook its text: completes for the text as it is, without waiting for counts.</summary>
    private void CatchUp(string text, int caret)
    {
        _text = text;
        _context = CompletionContext.At(Clause, text, caret);
        var isValue = _context is { Part: CompletionPart.Value, Column: not null };
        Show(isValue ? [] : Completion.Items(_context, Store.Schema, Store.Statistics.Events, ResultNames()));
    }

    // Nothing is marked when the text is complete as it stands: Enter then takes what was typed.
    private void Show(IReadOnlyList<CompletionItem> items)
    {
        _items = items;
        _marked = items.Count == 0 || IsComplete() ? -1 : 0;
    }

    private bool IsComplete()
    {
        if (_text.Trim().Length == 0) return true;
        if (Clause == Clause.GroupBy) return Store.Schema.Contains(_text.Trim());
        try
        {
            QueryEdit.Set(Query, Clause, int.MaxValue, _text);
            return true;
        }
        catch (QueryException)
        {
            return false;
        }
    }

    private async Task TakeAsync(CompletionItem item, bool goOn)
    {
        if (_context is not { } context || _field is null) return;
        var seen = _text;
        var head = _text[..context.Start] + item.Insert;
        var tail = _text[Math.Min(_text.Length, context.Start + context.Length)..];
        var needsMore = context.Part is CompletionPart.Column && Clause is Clause.Where || context.Part is CompletionPart.NumericColumn or CompletionPart.Column && Clause == Clause.Visualize;
        if (needsMore && Clause == Clause.Where && !head.StartsWith("exists(", StringComparison.OrdinalIgnoreCase)) head += tail.StartsWith(' ') ? "" : " ";
        if (Clause == Clause.Visualize && context.Part is CompletionPart.NumericColumn or CompletionPart.Column && !tail.StartsWith(')') && !head.Contains(" where ", StringComparison.OrdinalIgnoreCase)) head += ")";
        _text = head + tail;
        if (item.Completes && IsComplete())
        {
            await FinishAsync(goOn);
            return;
        }

        await _field.InvokeVoidAsync("set", seen, _text, head.Length);
    }

    private async Task FinishAsync(bool goOn)
    {
        if (_text.Trim().Length == 0)
        {
            await EndAsync(OnCancel);
            return;
        }

        _isDone = true;
        _error = await Commit(_text.Trim(), goOn);
        if (_error is not null) _isDone = false;
    }

    private async Task EndAsync(EventCallback how)
    {
        _isDone = true;
        await how.InvokeAsync();
    }

    private IEnumerable<string> ResultNames() =>
        (Query.IsListing ? ["COUNT"] : Query.Calculations.Select(c => c.Name is null ? QueryText.Format(c with { Where = null }) : QueryText.FormatColumn(c.Name)))
            .Concat(Query.Formulas.Select(f => QueryText.FormatColumn(f.Name))).Concat(Clause == Clause.Order ? Query.Breakdowns.Select(QueryText.FormatColumn) : []);

    private RenderFragment Highlighted(string text) => builder =>
    {
        var prefix = _context?.Prefix ?? "";
        var at = prefix.Length == 0 ? -1 : text.IndexOf(prefix, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            builder.AddContent(0, text);
            return;
        }

        builder.AddContent(1, text[..at]);
        builder.OpenElement(2, "b");
        builder.AddAttribute(3, "class", "accent");
        builder.AddContent(4, text[at..(at + prefix.Length)]);
        builder.CloseElement();
        builder.AddContent(5, text[(at + prefix.Length)..]);
    };
}
