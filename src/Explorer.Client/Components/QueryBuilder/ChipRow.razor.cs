using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components.Web;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>A row of chips that makes new questions of what is typed into them.</summary>
public sealed partial class ChipRow
{
    private int? _open;
    private int? _openUnread;
    private int? _dragged;

    private IReadOnlyList<string> Texts => QueryEdit.Texts(State.Query, Clause);

    private List<object> Parts => Clause switch
    {
        Clause.Visualize => [.. State.Query.Calculations, .. State.Query.Formulas],
        Clause.Having => [.. State.Query.Havings],
        Clause.Order => [.. State.Query.Orders],
        Clause.Fields => [.. State.Query.CalculatedFields],
        Clause.GroupBy => [.. State.Query.Breakdowns],
        _ => [.. Texts],
    };

    private List<UnreadPart> Unread => State.Unread.Where(part => part.Parameter == Clause.Parameter()).ToList();

    private bool IsListed => _open is null && _openUnread is null && (Parts.Count > 0 || Unread.Count > 0 || (Clause.IsSingle() && Clause != Clause.Compare));

    private bool HasAdd => !(_open >= Parts.Count) && (!Clause.IsSingle() || (Clause == Clause.Compare && Parts.Count == 0 && Unread.Count == 0));

    private string CompareText => State.Query.CompareOffsetSeconds switch
    {
        3600 => "previous hour",
        86_400 => "previous day",
        7 * 86_400 => "previous week",
        { } offset when State.Query.Time is TimeRange.Last last && last.Length.TotalSeconds == offset => "previous period",
        { } offset => Format.Length(TimeSpan.FromSeconds(offset)) + " before",
        null => "",
    };

    /// <summary>Opens an empty slot at the end of the row.</summary>
    public void Add()
    {
        Edit(Parts.Count);
        StateHasChanged();
    }

    private QueryError? FaultOf(int index) =>
        Errors.FirstOrDefault(e => e.Parameter == Clause.Parameter() && (e.Index == index || (e.Index < 0 && e.Text.Length == 0 && Clause.IsSingle()))) is { } error
            ? new QueryError("", error.Message, error.Position, error.Length)
            : null;

    private void Edit(int index) => (_open, _openUnread) = (Clause.IsSingle() ? 0 : index, null);

    private void EditUnread(int index) => (_open, _openUnread) = (null, index);

    private void EditLast()
    {
        if (Parts.Count > 0) Edit(Parts.Count - 1);
        else Close();
    }

    private void Close() => (_open, _openUnread) = (null, null);

    private async Task<QueryError?> CommitAsync(int index, int? unread, string text, bool goOn)
    {
        try
        {
            var next = QueryEdit.Set(State, Clause, index, text, unread);
            Close();
            if (goOn && !Clause.IsSingle()) _open = index == int.MaxValue ? int.MaxValue : index + 1;
            if (next != State) await OnAsk.InvokeAsync(next);
            return null;
        }
        catch (QueryException fault)
        {
            return fault.Errors[0];
        }
    }

    private Task RemoveAsync(int index)
    {
        Close();
        return index < Texts.Count ? OnAsk.InvokeAsync(State.Ask(QueryEdit.Remove(State.Query, Clause, index))) : Task.CompletedTask;
    }

    private Task ForgetAsync(int index)
    {
        Close();
        return OnAsk.InvokeAsync(State.Forget(Clause.Parameter(), index));
    }

    private async Task KeyAsync(KeyboardEventArgs key, int index)
    {
        if (key is { Key: "Enter", CtrlKey: false }) Edit(index);
        else if (key.Key is "Delete" or "Backspace") await RemoveAsync(index);
        else if (key is { AltKey: true, Key: "ArrowLeft" or "ArrowRight" }) await MoveAsync(index, key.Key == "ArrowLeft" ? -1 : 1);
    }

    private async Task UnreadKeyAsync(KeyboardEventArgs key, int index)
    {
        if (key is { Key: "Enter", CtrlKey: false }) EditUnread(index);
        else if (key.Key is "Delete" or "Backspace") await ForgetAsync(index);
    }

    private Task MoveAsync(int index, int by)
    {
        var moved = QueryEdit.Move(State.Query, Clause, index, by);
        return moved == State.Query ? Task.CompletedTask : OnAsk.InvokeAsync(State.Ask(moved));
    }

    private Task DropAsync(int target)
    {
        if (_dragged is not { } from || from == target) return Task.CompletedTask;
        _dragged = null;
        var query = State.Query;
        for (var at = from; at != target; at += Math.Sign(target - from)) query = QueryEdit.Move(query, Clause, at, Math.Sign(target - from));
        return query == State.Query ? Task.CompletedTask : OnAsk.InvokeAsync(State.Ask(query));
    }
}
