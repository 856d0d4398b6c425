using System.Collections.Immutable;

namespace Storage.Queries;

/// <summary>Which events to read into columns of codes, and what of them.</summary>
public sealed record SampleRequest
{
    /// <summary>Columns of one request; more are asked for in several, over the same events.</summary>
    public const int MaxColumns = 64;

    /// <summary>Conditions of one request.</summary>
    public const int MaxMarks = 8;

    /// <summary>Its time, where and calculated fields say which events; everything else is ignored.</summary>
    public required Query Query { get; init; }

    /// <summary>Parts of the query's time that are read; empty means all of it.</summary>
    public ValueList<TimeWindow> Slices { get; init; }

    /// <summary>Conditions, at most <see cref="MaxMarks"/>: the sample says for each event which of them hold. Events for which none holds are left out.</summary>
    public ValueList<Filter> Marks { get; init; }

    /// <summary>Columns to read, at most <see cref="MaxColumns"/>.</summary>
    public ValueList<string> Columns { get; init; }

    /// <summary>Columns of which only a hash is wanted, such as ids; equal values have equal hashes in all of them.</summary>
    public ValueList<string> Keys { get; init; }

    /// <summary>Share of the traces to read, above 0 to 1. Which, their ids decide; an event without a trace is chosen by its number.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Events above which the sample is cut.</summary>
    public int MaxEvents { get; init; } = 1_000_000;
}

/// <summary>Events in columns, in no particular order: the i-th entry of each array belongs to the i-th event.</summary>
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

    /// <summary>The request's columns.</summary>
    public required ImmutableArray<SampleColumn> Columns { get; init; }

    /// <summary>True when there were more events than the request allows.</summary>
    public bool IsCut { get; init; }

    public int Count => Times.Length;
}
