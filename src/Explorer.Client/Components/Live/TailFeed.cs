using Storage;
using Storage.Queries;

namespace Explorer.Client.Components.Live;

/// <summary>An event of the tail.</summary>
/// <param name="Number">Its place in the order of arrival.</param>
/// <param name="Row">The event.</param>
public sealed record TailEvent(long Number, EventRow Row);

/// <summary>
/// The matching events of a store as they arrive. The store is asked once a second for the newest events of the last minutes, when it has grown;
/// what was seen before is left out. So all of the query language holds here, late events are seen as well, and however many arrive, a look
/// costs one bounded question. What arrives beyond the rate is counted, and told as left out.
/// </summary>
public sealed class TailFeed(IEventStore store, TimeProvider time)
{
    /// <summary>Events that are held at most; the oldest make room.</summary>
    public const int MaxHeld = 500;

    /// <summary>Events that one look reads: a second of the highest rate, and as many that come late.</summary>
    private const int MaxRead = 400;

    /// <summary>Events that are remembered as seen: more than any look can bring back.</summary>
    private const int MaxSeen = 8 * MaxRead;

    /// <summary>How late an event may be and still be seen, and how far ahead a clock may go.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    private readonly LinkedList<TailEvent> _held = new();
    private readonly SeenEvents _seen = new(MaxSeen);
    private DateTimeOffset _start;
    private DateTimeOffset _last;
    private long _events = -1;
    private long? _matched;
    private long _number;

    /// <summary>What is held, newest arrival first.</summary>
    public IReadOnlyCollection<TailEvent> Held => _held;

    /// <summary>Matching events that arrived since the start, as far as is known.</summary>
    public long Arrived { get; private set; }

    /// <summary>Of these, those that were not taken because more arrived than the rate allows, or while taking was paused.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Matching events a second, over the last look.</summary>
    public double PerSecond { get; private set; }

    /// <summary>Forgets everything: the next look is the first.</summary>
    public void Clear()
    {
        _held.Clear();
        _seen.Clear();
        (_events, _matched, _start, Arrived, LeftOut, PerSecond) = (-1, null, default, 0, 0, 0);
    }

    /// <summary>Takes what is new. The first look takes the newest events there are.</summary>
    /// <param name="where">The condition; null for all events.</param>
    /// <param name="fields">Calculated fields that it uses.</param>
    /// <param name="rate">Events that are taken a second, at most.</param>
    /// <param name="takes">False while paused: what arrives is counted only.</param>
    /// <param name="cancellationToken">Gives the look up.</param>
    /// <returns>False when nothing has changed.</returns>
    /// <exception cref="QueryException">The condition is at fault.</exception>
    /// <exception cref="EventStoreException">The store is at fault; the next look may succeed.</exception>
    public async Task<bool> LookAsync(Filter? where, ValueList<CalculatedField> fields, int rate, bool takes, CancellationToken cancellationToken)
    {
        var events = store.Statistics.Events;
        var now = time.GetUtcNow();
        if (events == _events)
        {
            var wasBusy = PerSecond > 0;
            (PerSecond, _last) = (0, now);
            return wasBusy;
        }

        var isFirst = _events < 0;
        // Counted from one place for a while, so that the difference of two counts is what arrived between.
        if (now - _start > 2 * Late) (_start, _matched) = (now - Late, null);
        var result = await store.RunAsync(Newest(where, fields, now), cancellationToken);
        var table = result.Events!.Table;
        var fresh = _seen.Take(table);
        var arrived = _matched is { } before ? Math.Max(fresh.Count, result.Meta.EventsMatched - before) : fresh.Count;
        var seconds = Math.Clamp((now - _last).TotalSeconds, 1, 10);
        var room = takes ? (int)(rate * (isFirst ? 1 : seconds)) : 0;
        // What is held is copied out of the answer, which is let go.
        foreach (var row in fresh.Take(room).Reverse()) _held.AddFirst(new TailEvent(_number++, new EventRow(table, row).Alone()));
        while (_held.Count > MaxHeld) _held.RemoveLast();
        if (!isFirst)
        {
            Arrived += arrived;
            LeftOut += Math.Max(0, arrived - Math.Min(room, fresh.Count));
            PerSecond = arrived / seconds;
        }

        (_events, _matched, _last) = (events, result.Meta.EventsMatched, now);
        return true;
    }

    private Query Newest(Filter? where, ValueList<CalculatedField> fields, DateTimeOffset now) => new()
    {
        Time = new TimeRange.Between(UnixTime.FromDateTimeOffset(_start), UnixTime.FromDateTimeOffset(now + Ahead)),
        Where = where,
        CalculatedFields = fields,
        Limit = MaxRead,
    };
}
