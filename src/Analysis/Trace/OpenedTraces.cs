using System.Security.Cryptography;
using Storage.Queries;

namespace Analysis.Trace;

/// <summary>
/// Traces that somebody opened from a file. They are in memory only, never in the store, and go after an hour, when newer ones need the room,
/// or with the process. Whoever has the id can look.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class OpenedTraces(TimeProvider time)
{
    /// <summary>What the ids of opened traces begin with; no trace id of a sender does.</summary>
    public const string Prefix = "file-";

    /// <summary>Traces that are kept; the oldest goes first.</summary>
    public const int MaxTraces = 16;

    /// <summary>Events of all of them together.</summary>
    public const int MaxEvents = 500_000;

    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly List<(string Id, ResultTable Events, DateTimeOffset Until)> _traces = [];

    /// <summary>Keeps a trace and gives it an id.</summary>
    public string Add(ResultTable events)
    {
        var id = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        lock (_lock)
        {
            _traces.Add((id, events, time.GetUtcNow() + Kept));
            while (_traces.Count > 1 && (_traces.Count > MaxTraces || _traces.Sum(t => (long)t.Events.RowCount) > MaxEvents || _traces[0].Until < time.GetUtcNow())) _traces.RemoveAt(0);
        }

        return id;
    }

    /// <summary>The events of an opened trace; null when there is none of that id, or none any more.</summary>
    public ResultTable? Find(string id)
    {
        lock (_lock) return _traces.Find(t => t.Id == id && t.Until >= time.GetUtcNow()).Events;
    }
}
