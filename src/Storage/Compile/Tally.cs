using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>What is computed over the events of a cell.</summary>
internal enum TallyKind
{
    /// <summary>How many there are, or of them those that have the column.</summary>
    Count,
    Sum,
    Min,
    Max,

    /// <summary>The values themselves, kept for the run; the result is their number there.</summary>
    Values,
}

/// <summary>One result of a cell.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Column">The column, a number except for a count; null for a count of events.</param>
/// <param name="Where">Only matching events take part.</param>
/// <param name="IsExact">True when a Float64 is to be computed as decimals of six places, which it is in every segment.</param>
internal sealed record TallyMeasure(TallyKind Kind, BoundColumn? Column, BoundFilter? Where, bool IsExact = false);

/// <summary>What to compute: for each time bucket and each combination of values the measures.</summary>
/// <param name="Window">The events' times.</param>
/// <param name="Where">The condition; null when all events match.</param>
/// <param name="BucketNs">Width of a time bucket; null for none.</param>
/// <param name="Keys">The columns whose values make cells; a missing value is one.</param>
/// <param name="Measures">What is computed of each cell.</param>
/// <param name="Run">The run that keeps values.</param>
internal sealed record TallyRequest(TimeWindow Window, BoundFilter? Where, long? BucketNs, ImmutableArray<BoundColumn> Keys, ImmutableArray<TallyMeasure> Measures, long Run);

/// <summary>
/// Cells that were counted, as a relation with the columns <c>t</c>, the bucket's start; <c>g0</c> and so on, the keys; <c>m0</c> and so on, the measures: Int64, units
/// of an exact one, Float64 of other numbers with fractions, null of no values. A cell may be there more than once: its rows are to be put together.
/// </summary>
/// <param name="Text">The relation, in parentheses.</param>
/// <param name="Rest">The events that are not in it.</param>
/// <param name="IsAll">True when there are none of these.</param>
internal sealed record TallyRelation(string Text, SqlRelation Rest, bool IsAll)
{
    /// <summary>The name of a key (g) or a measure (m).</summary>
    public static string Name(string kind, int place) => kind + place.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Cells that were counted, as batches with the columns of a <see cref="TallyRelation"/>; a column is missing where none of a batch's cells has a value.</summary>
internal abstract class TallyCells : IDisposable
{
    public abstract IEnumerable<EventBatch> Batches { get; }

    /// <summary>The smallest value with at least a share of all values at or below it, for several shares. Safe to call concurrently.</summary>
    /// <param name="measure">What was kept.</param>
    /// <param name="kept">Results of cells that have values.</param>
    /// <param name="shares">Thousandths, ascending.</param>
    /// <param name="results">Takes the values: an Int64, or the bits of a Float64.</param>
    /// <param name="cancellationToken">Then they are of no use.</param>
    public abstract void Rank(TallyMeasure measure, List<long> kept, ReadOnlySpan<int> shares, Span<long> results, CancellationToken cancellationToken);

    public abstract void Dispose();
}

/// <summary>Counts events by their codes, without a statement. An engine decodes each value into a vector and looks up the group of each row; a code is the group.</summary>
internal abstract class EventTally
{
    /// <summary>What is known of the relation of all events; it has no text.</summary>
    public abstract SqlRelation Known { get; }

    /// <summary>About how many events match.</summary>
    public abstract long Matching { get; }

    /// <summary>True when conditions leave so few events that nothing is read of the others.</summary>
    public abstract bool LooksUp { get; }

    /// <summary>Counts; null when the engine has to.</summary>
    /// <param name="request">What.</param>
    /// <param name="cancellationToken">Stops between row groups.</param>
    public abstract TallyRelation? Count(TallyRequest request, CancellationToken cancellationToken);

    /// <summary>Counts where nothing is left to the engine, not even to put cells together; null where something is.</summary>
    /// <inheritdoc cref="Count"/>
    public abstract TallyCells? Cells(TallyRequest request, CancellationToken cancellationToken);

    /// <summary>Opens what a heatmap is made of; null when the engine has to read it.</summary>
    /// <param name="window">The events' times.</param>
    /// <param name="where">The condition; null when all events match.</param>
    /// <param name="column">The column on the value axis.</param>
    /// <param name="bucketNs">Width of a time bucket.</param>
    public abstract HeatTally? Heat(TimeWindow window, BoundFilter? where, BoundColumn column, long bucketNs);
}

/// <summary>The range of finite values; NaN where there are none.</summary>
/// <param name="Least">The least.</param>
/// <param name="Greatest">The greatest.</param>
/// <param name="LeastAboveZero">The least that is above 0.</param>
/// <param name="Ranked">Those among which ranks are looked for, in any order.</param>
internal readonly record struct HeatRange(double Least, double Greatest, double LeastAboveZero, List<double> Ranked)
{
    public static HeatRange None => new(double.NaN, double.NaN, double.NaN, []);

    /// <summary>The range of these and of others, whose ranked values are added to these.</summary>
    public HeatRange With(HeatRange others)
    {
        Ranked.AddRange(others.Ranked);
        return new HeatRange(double.MinNumber(Least, others.Least), double.MaxNumber(Greatest, others.Greatest), double.MinNumber(LeastAboveZero, others.LeastAboveZero), Ranked);
    }
}

/// <summary>The events of a heatmap, read without a statement. What cannot be read so is told by null or false, and the engine reads all.</summary>
internal abstract class HeatTally : IDisposable
{
    /// <summary>Events in the parts of the store that are read, <see cref="Rest"/> included.</summary>
    public abstract long Events { get; }

    /// <summary>The events that are not read here; null when there are none.</summary>
    public abstract SqlRelation? Rest { get; }

    /// <summary>What range the values have.</summary>
    /// <param name="step">Of events, those whose number it divides are ranked; 0 for none.</param>
    /// <param name="cancellationToken">Stops between row groups.</param>
    public abstract HeatRange? Range(long step, CancellationToken cancellationToken);

    /// <summary>Counts the events in the cells of a grid. When it cannot, the grid is of no further use.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="cancellationToken">Stops between row groups.</param>
    public abstract bool TryCount(HeatmapGrid grid, CancellationToken cancellationToken);

    public abstract void Dispose();
}
