using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>What one run of a query may use of an engine: a snapshot of its schema and data, and a connection.</summary>
/// <param name="Schema">The columns.</param>
/// <param name="Source">
/// Makes a relation over the parts of the store that can hold events of the window. It yields <c>time</c>
/// (BIGINT, Unix nanoseconds, never null), <c>seq</c> (BIGINT, unique, stable) and one column per bound column, named by its alias and of
/// its type, null where the event has no value. Events outside the window, and such that the condition is not true for, may be among them:
/// the condition, where one is given, only says which parts need not be read.
/// </param>
/// <param name="Reaching">The same, with the parts besides that can hold spans which began before the window and reach into it.</param>
/// <param name="Execute">Runs a statement and reads its whole result.</param>
internal sealed record SqlSession(
    Schema Schema,
    Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, SqlRelation> Source,
    Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, SqlRelation> Reaching,
    Func<SqlStatement, CancellationToken, ResultTable> Execute)
{
    /// <summary>
    /// Events that are looked at before their traces are. More than these take as long to read twice as the traces of the whole store take to group.
    /// </summary>
    public int NearEvents { get; init; } = 50_000;

    /// <summary>Matching events above which percentiles and counts of different values are estimates.</summary>
    public long ExactEvents { get; init; } = long.MaxValue;

    /// <summary>The same for percentiles of events that are counted without the engine, which is quicker than an estimate; of several as many in all.</summary>
    public long CountedEvents { get; init; } = long.MaxValue;

    /// <summary>The number under which aggregates keep values for the run; 0 when they cannot.</summary>
    public long Run { get; init; }

    /// <summary>True when the time limit has stopped a statement: what is known by then is still an answer.</summary>
    public Func<bool> IsOutOfTime { get; init; } = () => false;

    /// <summary>True once a statement has failed or was stopped: then the connection goes with the run, and its temporary tables with it.</summary>
    public Func<bool> HasFailed { get; init; } = () => false;

    /// <summary>Counts events without the engine; null where there is nothing that it could count.</summary>
    public Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, EventTally?> Tally { get; init; } = (_, _, _) => null;

    /// <summary>Reads a listing without statements; null where that takes the engine.</summary>
    public Func<BoundListing, ListedEvents?> Lookup { get; init; } = _ => null;
}

/// <summary>A page of events that was read without a statement.</summary>
/// <param name="Table">The events in their order: the time, then the columns that are shown.</param>
/// <param name="Matched">Events that match, on all pages.</param>
/// <param name="Weight">How many events these stand for.</param>
/// <param name="LastSeq">The number of the page's last event when there are more; else null.</param>
internal sealed record ListedEvents(ResultTable Table, long Matched, double Weight, long? LastSeq);
