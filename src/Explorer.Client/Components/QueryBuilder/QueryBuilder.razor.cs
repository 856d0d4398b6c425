using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>Shows a query as chips and makes new queries of what is typed into them. Its own fields only say which chip is open.</summary>
#pragma warning disable MA0049 // The folder is named after its component.
public sealed partial class QueryBuilder
#pragma warning restore MA0049
{
    private Clause? _clause;
    private int _index;
    private int[]? _wherePath;
    private bool _isAddingWhere;
    private string? _draft;
    private QueryError? _draftError;

    /// <summary>What is shown.</summary>
    [Parameter, EditorRequired] public ExplorerState State { get; set; } = new();

    /// <summary>Width of a bucket in the shown answer, nanoseconds; 0 when there is none.</summary>
    [Parameter] public long ChosenStepNs { get; set; }

    /// <summary>Takes a new question.</summary>
    [Parameter] public EventCallback<ExplorerState> OnAsk { get; set; }

    /// <summary>Takes a change that asks nothing new.</summary>
    [Parameter] public EventCallback<ExplorerState> OnAdjust { get; set; }

    /// <summary>Takes what is wrong with a text that was to be run; null when it is repaired.</summary>
    [Parameter] public EventCallback<UrlError?> OnTextError { get; set; }

    private Query Query => State.Query;

    private string WhereAsText => Query.Where is { } where ? QueryText.Format(where) : "";

    private string StepText => ChosenStepNs > 0 ? Format.Length(TimeSpan.FromTicks(ChosenStepNs / 100)) : "";

    /// <summary>Runs what stands in the text field, when it differs from the query; false when there is nothing to run there.</summary>
    public async Task<bool> RunDraftAsync()
    {
        if (_draft is null || _draft.Trim() == WhereAsText) return false;
        await RunTextAsync(_draft);
        return true;
    }

    private bool IsEditing(Clause clause, int? index = null) => _clause == clause && (index is null || _index == index);

    private bool IsEditing(int[] path) => _wherePath is not null && _wherePath.AsSpan().SequenceEqual(path);

    private void Edit(Clause clause, int index)
    {
        Close();
        if (clause == Clause.Where && State.IsText) return;
        if (clause == Clause.Where) _isAddingWhere = true;
        else (_clause, _index) = (clause, index);
    }

    private void EditLast(Clause clause, int count)
    {
        if (count > 0) Edit(clause, count - 1);
        else Close();
    }

    private void EditWhere(int[] path)
    {
        Close();
        _wherePath = path;
    }

    private void EditLastWhere()
    {
        var last = WherePart.Of(Query.Where).LastOrDefault(p => p.Kind == WherePartKind.Chip);
        Close();
        _wherePath = last?.Path;
    }

    private void Close() => (_clause, _wherePath, _isAddingWhere) = (null, null, false);

    private async Task<string?> CommitAsync(Clause clause, int index, string text, bool goOn)
    {
        try
        {
            var query = QueryEdit.Set(Query, clause, index, text);
            Close();
            if (goOn && !clause.IsSingle()) (_clause, _index) = (clause, index + 1);
            await AskAsync(query);
            return null;
        }
        catch (QueryException fault)
        {
            return Sentence(fault);
        }
    }

    private async Task<string?> CommitWhereAsync(int[] path, string text, bool goOn)
    {
        try
        {
            var where = FilterEdit.Replace(Query.Where!, path, QueryText.ParseWhere(text));
            Close();
            _isAddingWhere = goOn;
            await AskAsync(Query with { Where = where });
            return null;
        }
        catch (QueryException fault)
        {
            return Sentence(fault);
        }
    }

    private async Task<string?> CommitNewWhereAsync(string text, bool goOn)
    {
        try
        {
            var where = FilterEdit.And(Query.Where, QueryText.ParseWhere(text));
            Close();
            _isAddingWhere = goOn;
            await AskAsync(Query with { Where = where });
            return null;
        }
        catch (QueryException fault)
        {
            return Sentence(fault);
        }
    }

    private Task RemoveAsync(Clause clause, int index)
    {
        Close();
        return index < QueryEdit.Texts(Query, clause).Count ? AskAsync(QueryEdit.Remove(Query, clause, index)) : Task.CompletedTask;
    }

    private Task RemoveWhereAsync(int[] path)
    {
        Close();
        return AskAsync(Query with { Where = FilterEdit.Remove(Query.Where!, path) });
    }

    private async Task KeyAsync(KeyboardEventArgs key, Clause clause, int index)
    {
        if (key is { Key: "Enter", CtrlKey: false }) Edit(clause, index);
        else if (key.Key is "Delete" or "Backspace") await RemoveAsync(clause, index);
        else if (key is { AltKey: true, Key: "ArrowLeft" or "ArrowRight" }) await AskAsync(QueryEdit.Move(Query, clause, index, key.Key == "ArrowLeft" ? -1 : 1));
    }

    private async Task WhereKeyAsync(KeyboardEventArgs key, int[] path)
    {
        if (key is { Key: "Enter", CtrlKey: false }) EditWhere(path);
        else if (key.Key is "Delete" or "Backspace") await RemoveWhereAsync(path);
    }

    private async Task SwitchAsync(bool text)
    {
        Close();
        (_draft, _draftError) = (null, null);
        await OnTextError.InvokeAsync(null);
        await OnAdjust.InvokeAsync(State with { IsText = text });
    }

    private async Task ChangeTextAsync(string text)
    {
        _draft = text;
        if (_draftError is null) return;
        _draftError = null;
        await OnTextError.InvokeAsync(null);
    }

    private async Task RunTextAsync(string text)
    {
        try
        {
            var where = text.Trim().Length == 0 ? null : QueryText.ParseWhere(text);
            (_draft, _draftError) = (null, null);
            await OnTextError.InvokeAsync(null);
            await AskAsync(Query with { Where = where });
        }
        catch (QueryException fault)
        {
            (_draft, _draftError) = (text, fault.Errors[0]);
            await OnTextError.InvokeAsync(new UrlError("where", text, fault.Errors[0].Message, fault.Errors[0].Position, fault.Errors[0].Length, fault.Errors[0].Suggestions));
        }
    }

    private Task AskAsync(Query query) => query == Query ? Task.CompletedTask : OnAsk.InvokeAsync(State.Ask(query));

    private static string Sentence(QueryException fault)
    {
        var error = fault.Errors[0];
        return error.Position is { } position ? $"{error.Message} (character {position + 1})" : error.Message;
    }
}
