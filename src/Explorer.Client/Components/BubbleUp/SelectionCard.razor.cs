using Analysis.BubbleUp;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Storage.Queries;

namespace Explorer.Client.Components.BubbleUp;

/// <summary>What is compared with what: read, and changed by a menu or as text.</summary>
public sealed partial class SelectionCard
{
    private const long Day = 86_400_000_000_000;

    private Part? _editing;
    private (double X, double Y)? _menu;

    private enum Part
    {
        Selection,
        Baseline,
    }

    [Inject] private TimeProvider Now { get; set; } = null!;

    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    [Parameter, EditorRequired] public ExplorerState State { get; set; } = new();

    /// <summary>What was counted, when it was.</summary>
    [Parameter] public Comparison? Result { get; set; }

    /// <summary>Events of the question.</summary>
    [Parameter] public double Total { get; set; }

    /// <summary>The question's absolute time.</summary>
    [Parameter] public TimeWindow Window { get; set; }

    /// <summary>The column that a box's values are of.</summary>
    [Parameter] public string Column { get; set; } = "";

    /// <summary>Takes another comparison in place of this one.</summary>
    [Parameter] public EventCallback<ExplorerState> OnAdjust { get; set; }

    /// <summary>Narrows the question to the selection; true takes its time as well.</summary>
    [Parameter] public EventCallback<bool> OnNarrow { get; set; }

    /// <summary>Opens the slowest trace of the selection.</summary>
    [Parameter] public EventCallback OnSlowest { get; set; }

    /// <summary>Lists the selection's events.</summary>
    [Parameter] public EventCallback OnEvents { get; set; }

    private TimeWindow? Time => State.Selection switch
    {
        HeatmapBox box => new TimeWindow(box.StartUnixNs, box.EndUnixNs),
        SelectedEvents events => events.Window,
        _ => null,
    };

    private string Kind => State.Selection switch
    {
        HeatmapBox => "box",
        SelectedEvents { Window: not null, Where: null } => "time",
        SelectedEvents { Where: { } where } when IsGroup(where) => "group",
        _ => "filter",
    };

    private string SelectionWords => State.Selection is SelectedEvents events ? Words(events) : "";

    // As long a time right before the selected one, or before all of the question's.
    private TimeWindow Before
    {
        get
        {
            var (start, length) = Time is { } time ? (time.StartUnixNs, time.LengthNs) : (Window.StartUnixNs, Window.LengthNs);
            return new TimeWindow(Math.Max(0, start - length), start);
        }
    }

    private TimeWindow Yesterday
    {
        get
        {
            var time = Time ?? Window;
            return new TimeWindow(Math.Max(0, time.StartUnixNs - Day), Math.Max(0, time.EndUnixNs - Day));
        }
    }

    private List<ActionMenu.Line> Choices =>
    [
        new("The rest of the query", "r", "baseline-rest", () => ChooseAsync(null)),
        new($"Before: {TimeLabel.Window(Before, Now.GetUtcNow(), Zone.Zone)}", "b", "baseline-before", () => ChooseAsync(Before)),
        new("The same time a day earlier", "d", "baseline-yesterday", () => ChooseAsync(Yesterday)),
        new("Another time or condition…", "o", "baseline-other", () =>
        {
            (_menu, _editing) = (null, Part.Baseline);
            return Task.CompletedTask;
        }),
    ];

    private static bool IsGroup(Filter where) => (where is Filter.And and ? and.Parts : [where]).All(p => p is Filter.Condition { Op: FilterOp.Equal or FilterOp.DoesNotExist });

    private static string Words(SelectedEvents events) => SelectionText.Format(events);

    private void Close() => _editing = null;

    private Task ChooseAsync(TimeWindow? window)
    {
        _menu = null;
        return OnAdjust.InvokeAsync(State with { Baseline = window is { } time ? new SelectedEvents(time, null) : null });
    }

    private async Task<QueryError?> TakeAsync(string text, Part part)
    {
        try
        {
            // A time as a person types it, else the text of the address.
            var typed = TimeText.TryParse(text, Now.GetUtcNow(), Zone.Zone, out var range) ? new SelectedEvents(range.Resolve(Now.GetUtcNow()), null) : null;
            var state = part == Part.Baseline
                ? State with { Baseline = typed ?? SelectionText.ParseBaseline(text) }
                : State with { Selection = typed ?? SelectionText.Parse(text) };
            _editing = null;
            await OnAdjust.InvokeAsync(state);
            return null;
        }
        catch (QueryException fault)
        {
            return fault.Errors[0];
        }
    }
}
