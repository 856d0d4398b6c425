using Microsoft.AspNetCore.Components;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The traces behind an answer.</summary>
public sealed partial class TracesTable
{
    private QueryResult? _shown;
    private double _longest;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private QueryResult Result => Answer.Result;

    private long Now => UnixTime.FromDateTimeOffset(Time.GetUtcNow());

    protected override void OnParametersSet()
    {
        if (ReferenceEquals(_shown, Result)) return;
        _shown = Result;
        _longest = Result.Results.Columns.Length > 1 ? Result.Results.Columns[1].ToDoubles().Where(double.IsFinite).DefaultIfEmpty().Max() : 0;
    }

    private Value At(int column, int row) => column < Result.Results.Columns.Length ? Result.Results.Columns[column][row] : Value.Null;
}
