using System.Collections.Immutable;

namespace Storage.Queries;

/// <summary>A part of a query's time, and which share of the traces is read there.</summary>
/// <param name="Window">The part.</param>
/// <param name="Shares">For each condition of the request, the share of traces whose events are read when it holds: 0 for none, 1 for all.</param>
public sealed record SampleSlice(TimeWindow Window, ValueList<double> Shares);

/// <summary>Which events to read into columns of codes, and what of them.</summary>
public sealed record SampleRequest
{
    /// <summary>Columns of one part of the answer.</summary>
    public const int PartColumns = 64;

    /// <summary>Conditions of one request.</summary>
    public const int MaxMarks = 8;

    /// <summary>Its time, where and calculated fields say which events; everything else is ignored.</summary>
    public required Query Query { get; init; }

    /// <summary>
    /// Conditions, 1 to <see cref="MaxMarks"/>: the sample says for each event which of them hold. Events for which none holds are left out.
    /// </summary>
    public required ValueList<Filter> Marks { get; init; }

    /// <summary>
    /// What is read; empty means all events of the query's time. Which traces make a share, their ids decide, and of a smaller share all are in a
    /// larger one; an event without a trace is chosen by its number. Slices do not overlap.
    /// </summary>
    public ValueList<SampleSlice> Slices { get; init; }

    /// <summary>Columns to read.</summary>
    public ValueList<string> Columns { get; init; }

    /// <summary>Columns of which only a hash is wanted, such as ids; equal values have equal hashes in all of them.</summary>
    public ValueList<string> Keys { get; init; }

    /// <summary>Events of the answer. When there are more, as of a trace without end, a share of the events is left out.</summary>
    public int MaxEvents { get; init; } = 1_000_000;
}

/// <summary>
/// Events in columns: the i-th entry of each array belongs to the i-th event. An answer with many columns comes in parts: each has other columns of the
/// same events in the same order.
/// </summary>
public sealed class EventSample
{
    /// <summary>Distinct values of a column that get codes of their own.</summary>
    public const int MaxValues = 1 << 17;

    /// <summary>Times, Unix nanoseconds.</summary>
    public required long[] Times { get; init; }

    /// <summary>Hashes of the trace ids; 0 for an event without a trace.</summary>
    public required ulong[] Traces { get; init; }

    /// <summary>How many real events each stands for; at least 1.</summary>
    public required double[] Weights { get; init; }

    /// <summary>Bit i is set where the i-th condition of the request holds.</summary>
    public required byte[] Marks { get; init; }

    /// <summary>The request's keys, hashed; 0 where the event has no value.</summary>
    public required ImmutableArray<ulong[]> Keys { get; init; }

    /// <summary>Some of the request's columns, in its order.</summary>
    public required ImmutableArray<SampleColumn> Columns { get; init; }

    /// <summary>Share of the events that was kept for the bound on events; 1 when all were.</summary>
    public double Kept { get; init; } = 1;

    public int Count => Times.Length;

    /// <summary>Other columns of the same events.</summary>
    internal EventSample With(ImmutableArray<SampleColumn> columns) =>
        new() { Times = Times, Traces = Traces, Weights = Weights, Marks = Marks, Keys = Keys, Columns = columns, Kept = Kept };
}
