using Explorer.Client.State;
using Microsoft.AspNetCore.Components.Web;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>The conditions of the question. What is open, marked or half typed is all that is kept here.</summary>
public sealed partial class WhereRow
{
    private readonly List<int[]> _marked = [];
    private ChipEditor? _whole;
    private int[]? _open;
    private int[]? _dragged;
    private bool _isAdding;
    private string? _draft;

    /// <summary>A text that cannot be read has no chips: it is shown as text whatever was chosen.</summary>
    public bool IsText => State.IsText || Broken is not null;

    private string? Broken => State.Unread.FirstOrDefault(part => part.Parameter == "where")?.Text;

    private string TextOfWhere => Broken ?? (State.Query.Where is { } where ? QueryText.Format(where) : "");

    private bool IsListed => State.Query.Where is not null && _open is null && !_isAdding;

    private QueryError? TextFault => Errors.FirstOrDefault(e => e.Parameter == "where" && e.Position is not null && e.Text == TextOfWhere) is { } error
        ? new QueryError("", error.Message, error.Position, error.Length)
        : null;

    /// <summary>Takes what stands in the text field, when it differs from the question; false when there is nothing to take.</summary>
    public async Task<bool> RunDraftAsync()
    {
        if (!IsText || _draft is null || _draft.Trim() == TextOfWhere) return false;
        await CommitTextAsync(_draft.Trim());
        return true;
    }

    private UrlError? FaultOf(int[] path) => Errors.FirstOrDefault(e => e.Parameter == "where" && e.Path is { } at && at.AsSpan().SequenceEqual(path));

    private bool IsOpen(int[] path) => _open is not null && _open.AsSpan().SequenceEqual(path);

    private bool IsMarked(int[] path) => _marked.Exists(m => m.AsSpan().SequenceEqual(path));

    private void Add()
    {
        Close();
        _isAdding = !IsText;
    }

    private void Edit(int[] path)
    {
        Close();
        _open = path;
    }

    private void EditLast()
    {
        var last = WherePart.Of(State.Query.Where).LastOrDefault(p => p.Kind == WherePartKind.Chip);
        Close();
        _open = last?.Path;
    }

    private void Close()
    {
        (_open, _isAdding) = (null, false);
        _marked.Clear();
    }

    private Task<QueryError?> CommitAsync(int[] path, string text, bool goOn) => TakeAsync(text, part => FilterEdit.Replace(State.Query.Where!, path, part), goOn);

    private Task<QueryError?> CommitNewAsync(string text, bool goOn) => TakeAsync(text, part => FilterEdit.And(State.Query.Where, part), goOn);

    private async Task<QueryError?> TakeAsync(string text, Func<Filter, Filter> put, bool goOn)
    {
        try
        {
            var where = put(QueryText.ParseWhere(text));
            Close();
            _isAdding = goOn;
            await AskAsync(where);
            return null;
        }
        catch (QueryException fault)
        {
            return fault.Errors[0];
        }
    }

    private async Task<QueryError?> CommitTextAsync(string text)
    {
        try
        {
            var where = text.Length == 0 ? null : QueryText.ParseWhere(text);
            _draft = null;
            await OnTextError.InvokeAsync(null);
            await AskAsync(where);
            return null;
        }
        catch (QueryException fault)
        {
            var error = fault.Errors[0];
            await OnTextError.InvokeAsync(new UrlError("where", text, error.Message, error.Position, error.Length, error.Suggestions));
            return error;
        }
    }

    private async Task DraftAsync(string text)
    {
        var wasWrong = _draft is not null && Errors.Count > 0;
        _draft = text;
        if (wasWrong) await OnTextError.InvokeAsync(null);
    }

    private Task RemoveAsync(int[] path)
    {
        Close();
        return AskAsync(FilterEdit.Remove(State.Query.Where!, path));
    }

    private Task ClickAsync(MouseEventArgs click, int[] path)
    {
        if (click.CtrlKey || click.MetaKey) Mark(path);
        else Edit(path);
        return Task.CompletedTask;
    }

    private async Task KeyAsync(KeyboardEventArgs key, int[] path)
    {
        if (key is { Key: "Enter", CtrlKey: false }) Edit(path);
        else if (key.Key is "Delete" or "Backspace") await RemoveAsync(path);
        else if (key.Key == " ") Mark(path);
        else if (key is { AltKey: true, Key: "ArrowLeft" or "ArrowRight" }) await AskAsync(FilterEdit.Move(State.Query.Where!, path, key.Key == "ArrowLeft" ? -1 : 1));
        else if (key is { AltKey: true, Key: "g" or "G" }) await GroupAsync();
    }

    private Task WordKeyAsync(KeyboardEventArgs key, Filter changed) => key is { Key: "Enter" or " ", CtrlKey: false } ? AskAsync(changed) : Task.CompletedTask;

    // Only neighbours in one bracket can be grouped: marking elsewhere begins anew.
    private void Mark(int[] path)
    {
        if (path.Length == 0 || _marked.RemoveAll(m => m.AsSpan().SequenceEqual(path)) > 0) return;
        if (_marked.Count > 0 && !_marked[0].AsSpan()[..^1].SequenceEqual(path.AsSpan()[..^1])) _marked.Clear();
        _marked.Add(path);
    }

    private Task GroupAsync()
    {
        if (_marked.Count < 2) return Task.CompletedTask;
        var grouped = FilterEdit.Group(State.Query.Where!, _marked[0].AsSpan()[..^1], [.. _marked.Select(m => m[^1])]);
        Close();
        return AskAsync(grouped);
    }

    private Task DropAsync(int[] target)
    {
        if (_dragged is not { Length: > 0 } from || target.Length != from.Length || !target.AsSpan()[..^1].SequenceEqual(from.AsSpan()[..^1])) return Task.CompletedTask;
        _dragged = null;
        var where = State.Query.Where!;
        var by = Math.Sign(target[^1] - from[^1]);
        for (var at = from[^1]; at != target[^1]; at += by) where = FilterEdit.Move(where, [.. from[..^1], at], by);
        return AskAsync(where);
    }

    private Filter WithoutNot(WherePart part) => FilterEdit.Replace(State.Query.Where!, part.Path, ((Filter.Not)part.Part).Part);

    private Task AskAsync(Filter? where)
    {
        var next = State.Forget("where");
        if (where != State.Query.Where || next != State) next = next.Ask(State.Query with { Where = where });
        return next == State ? Task.CompletedTask : OnAsk.InvokeAsync(next);
    }
}
