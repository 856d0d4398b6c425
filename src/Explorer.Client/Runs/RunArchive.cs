using Explorer.Client.Components;
using Explorer.Client.Components.Charts;

namespace Explorer.Client.Runs;

/// <summary>What the history shows of a run.</summary>
/// <param name="Id">Its id; its page is <c>/r/{id}</c>.</param>
/// <param name="At">When it was answered.</param>
/// <param name="Address">The question and its view as an address of the Explore page, with the time as it was asked.</param>
/// <param name="Name">What a person called it; empty for nothing.</param>
/// <param name="IsStarred">Whether a person marked it.</param>
/// <param name="IsShared">Whether its link was given to others.</param>
/// <param name="Events">Events that matched.</param>
/// <param name="ElapsedMs">Time in the store, milliseconds.</param>
/// <param name="Preview">Its first calculation over time in a few points; null where there is nothing.</param>
public sealed record RunEntry(
    string Id, DateTimeOffset At, string Address, string Name, bool IsStarred, bool IsShared, long Events, double ElapsedMs, IReadOnlyList<double?> Preview)
{
    /// <summary>Characters of a name at most.</summary>
    public const int MaxName = 120;

    /// <summary>True for a run that is kept longer than others: it has a name, a star, or readers elsewhere.</summary>
    public bool IsPinned => IsStarred || IsShared || Name.Length > 0;
}

/// <summary>A run as it was.</summary>
/// <param name="Entry">What the history says of it.</param>
/// <param name="Answer">The question at its absolute time, the view and the answer; null when the answer was too large to keep.</param>
/// <param name="Omitted">Why there is no answer; empty when there is one.</param>
/// <param name="Markers">The markers that stood on its charts.</param>
public sealed record KeptRun(RunEntry Entry, Answer? Answer, string Omitted, IReadOnlyList<ChartMarker> Markers)
{
    /// <summary>The comparison that was shown with the answer; null when there was none, or it was too large to keep.</summary>
    public KeptComparison? Comparison { get; init; }
}

/// <summary>The runs of questions, kept with their answers by the server, so that a link shows what its sender saw. Safe to call concurrently.</summary>
public abstract class RunArchive
{
    /// <summary>Told after a run was kept or changed, from any thread. Handlers return at once.</summary>
    public event EventHandler? Changed;

    /// <summary>Keeps an answer as it is shown; null when it could not be kept.</summary>
    /// <param name="answer">The answer, with the state that it is shown in.</param>
    /// <param name="markers">The markers on its charts.</param>
    /// <param name="comparison">The comparison beside it; null without one. Left out when it would make the run too large.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public abstract Task<string?> KeepAsync(Answer answer, IReadOnlyList<ChartMarker> markers, KeptComparison? comparison, CancellationToken cancellationToken);

    /// <summary>The run of that id with its answer, or null when there is none.</summary>
    public abstract Task<KeptRun?> OpenAsync(string id, CancellationToken cancellationToken);

    /// <summary>What is known of the run of that id, or null when there is none. Does no I/O.</summary>
    public abstract RunEntry? Find(string id);

    /// <summary>The newest runs whose name or question holds every word of a text, newest first. Does no I/O.</summary>
    /// <param name="text">Words; empty for all runs.</param>
    /// <param name="onlyStarred">True to leave out those without a star.</param>
    /// <param name="most">Entries at most.</param>
    public abstract IReadOnlyList<RunEntry> Search(string text, bool onlyStarred, int most);

    /// <summary>Changes the name, star or sharing of a run; does nothing when it is gone.</summary>
    public abstract Task ChangeAsync(string id, Func<RunEntry, RunEntry> change, CancellationToken cancellationToken);

    /// <summary>Tells that a run was kept or changed.</summary>
    protected void Tell() => Changed?.Invoke(this, EventArgs.Empty);
}
