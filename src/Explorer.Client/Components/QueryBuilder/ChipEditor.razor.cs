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
    private string? _given;
    private QueryError? _error;
    private QueryError? _fault;
    private string _note = "";
    private int _marked = -1;
    private bool _isOpen = true;
    private bool _isDone;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    private bool IsPopup => _isOpen && (_error is not null || _items.Count > 0);

    /// <summary>What is wrong with the text: what the last try to take it said, else what cannot become right by typing on.</summary>
    private QueryError? Marked => _error ?? (_text == Text ? Fault : null) ?? (_fault is { Position: { } at } fault && at + Math.Max(1, fault.Length) < _text.Length ? fault : null);

    /// <summary>Called by the browser on every change of text or caret.</summary>
    [JSInvokable]
    public async Task OnText(string text, int caret)
    {
        if (_isDone) return;
        (_text, _error, _isOpen) = (text, null, true);
        _fault = Check();
        _context = CompletionContext.At(Clause, text, caret);
        if (Stays) await OnDraft.InvokeAsync(text);
        if (_context is { Part: CompletionPart.Value, Column: { } column }) await CompleteValuesAsync(_context, column);
        else Show(Completion.Items(_context, Names()));
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
            case "Escape" when Stays || (IsPopup && _text.Length > 0):
                (_isOpen, _error) = (false, null);
                break;
            case "Escape":
                await EndAsync(OnCancel);
                return;
            case "Backspace" when Stays:
                break;
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
        if (!Stays) await FinishAsync(goOn: false);
        _isOpen = false;
        StateHasChanged();
    }

    protected override void OnInitialized()
    {
        (_text, _given, _isOpen) = (Text, Text, !Stays);
        _fault = Stays ? Check() : null;
    }

    // A field that stays follows what others do to the question: a verb, the way back.
    protected override async Task OnParametersSetAsync()
    {
        if (!Stays || _given == Text) return;
        _given = Text;
        if (_text == Text) return;
        (_text, _error, _fault, _isOpen) = (Text, null, null, false);
        if (_field is not null) await _field.InvokeVoidAsync("replace", Text);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _values = new ValueSource(Store, Time);
        _browser = new BrowserModule(Js);
        _self = DotNetObjectReference.Create(this);
        _field = await _browser.AttachAsync("chipEditor", _input, _self, Text, Stays);
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
        Show(Completion.Values(context, [], RelationalColumns.TypeOf(column, Store.Schema)));
        StateHasChanged();
        var counts = await _values!.FindAsync(column, context.Prefix, Query.Time);
        if (_isDone || _context != context) return;
        _note = counts is null ? "no counts in time" : counts.Count >= ValueSource.MaxValues ? $"the {ValueSource.MaxValues} most frequent" : $"{counts.Count} in the time range";
        Show(Completion.Values(context, counts ?? [], RelationalColumns.TypeOf(column, Store.Schema)));
    }

    /// <summary>A key that overtook its text: completes for the text as it is, without waiting for counts.</summary>
    private void CatchUp(string text, int caret)
    {
        _text = text;
        _context = CompletionContext.At(Clause, text, caret);
        var isValue = _context is { Part: CompletionPart.Value, Column: not null };
        _fault = Check();
        Show(isValue ? [] : Completion.Items(_context, Names()));
    }

    // Nothing is marked when the text is complete as it stands: Enter then takes what was typed.
    private void Show(IReadOnlyList<CompletionItem> items)
    {
        _items = items;
        _marked = items.Count == 0 || (IsComplete() && !IsHalfName()) ? -1 : 0;
    }

    // Any name makes an expression complete; one that there is not is one that is still being typed.
    private bool IsHalfName() =>
        _context is { Part: CompletionPart.FormulaName or CompletionPart.FieldName, Prefix: { Length: > 0 } prefix } && _items.All(i => i.Label != prefix);

    private bool IsComplete() => _text.Trim().Length == 0 || (_fault is null && (Clause != Clause.GroupBy || RelationalColumns.TypeOf(_text.Trim(), Store.Schema) is not null || Query.CalculatedFields.Any(f => f.Name == _text.Trim())));

    /// <summary>Why the text is not yet what it should be; null when it is, or is empty.</summary>
    private QueryError? Check()
    {
        if (_text.Trim().Length == 0) return null;
        try
        {
            QueryEdit.Set(Query, Clause, int.MaxValue, _text);
            return null;
        }
        catch (QueryException fault)
        {
            return fault.Errors[0];
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
        // Behind a value of a list stands what leads on: its end, or another value.
        if (context.IsListed && tail.TrimStart() is not [',' or ')', ..]) head += " ";
        _text = head + tail;
        _fault = Check();
        if (item.Completes && IsComplete() && !Stays)
        {
            await FinishAsync(goOn);
            return;
        }

        await _field.InvokeVoidAsync("set", seen, _text, head.Length);
    }

    private async Task FinishAsync(bool goOn)
    {
        if (_text.Trim().Length == 0 && !Stays)
        {
            await EndAsync(OnCancel);
            return;
        }

        _isDone = !Stays;
        _error = await Commit(_text.Trim(), goOn);
        if (_error is null) _isOpen = false;
        else (_isDone, _isOpen) = (false, true);
    }

    private async Task EndAsync(EventCallback how)
    {
        _isDone = true;
        await how.InvokeAsync();
    }

    private CompletionNames Names() => new(
        Store.Schema, Store.Statistics.Events,
        [.. Query.IsListing ? ["COUNT"] : Query.Calculations.Where(c => c.Op != CalculationOp.Heatmap).Select(c => c.ResultName), .. Query.Formulas.Select(f => f.Name)],
        [.. Clause == Clause.Order ? Query.Breakdowns : []], [.. Query.CalculatedFields.Select(f => f.Name)], Recent,
        Query.Time switch
        {
            TimeRange.Last last => last.Length,
            TimeRange.Between between when Query.Time != TimeRange.All => TimeSpan.FromTicks((between.EndUnixNs - between.StartUnixNs) / 100),
            _ => TimeSpan.Zero,
        });

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
