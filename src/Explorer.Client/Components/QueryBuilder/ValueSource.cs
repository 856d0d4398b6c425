using Storage;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>
/// The values of columns for completion, counted by the store within the query's time. One query runs at a time; a newer question cancels
/// the older one, and one that takes too long gives nothing rather than a wait.
/// </summary>
internal sealed class ValueSource(IEventStore store, TimeProvider time) : IDisposable
{
    /// <summary>Values that are fetched per question.</summary>
    public const int MaxValues = 200;

    /// <summary>Completion is help while typing: later than this it helps nobody.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly Dictionary<(string Column, string Prefix), IReadOnlyList<ValueCount>> _known = [];
    private CancellationTokenSource? _running;
    private TimeRange? _range;

    /// <summary>The most frequent values that contain the prefix; null when the question was outdated or took too long.</summary>
    public async Task<IReadOnlyList<ValueCount>?> FindAsync(string column, string prefix, TimeRange range)
    {
        Cancel();
        if (range != _range) _known.Clear();
        _range = range;
        // The values of another span's column are those of the column.
        if (RelationalColumns.TrySplit(column, out _, out var rest) && store.Schema.Contains(rest)) column = rest;
        if (Known(column, prefix) is { } known) return known;
        if (store.Schema.Find(column) is null) return [];

        using var running = new CancellationTokenSource(Limit, time);
        _running = running;
        try
        {
            var result = await store.RunAsync(Counts(column, prefix, range), running.Token);
            var values = Read(result.Results);
            if (_known.Count >= 100) _known.Clear();
            _known[(column, prefix)] = values;
            return values;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException)
        {
            return [];
        }
        finally
        {
            if (_running == running) _running = null;
        }
    }

    /// <summary>Stops the question that runs, if one does.</summary>
    public void Cancel()
    {
        _running?.Cancel();
        _running = null;
    }

    public void Dispose() => Cancel();

    // All values of a column are known when the answer to a shorter prefix was not cut.
    private IReadOnlyList<ValueCount>? Known(string column, string prefix)
    {
        if (_known.TryGetValue((column, prefix), out var exact)) return exact;
        for (var length = prefix.Length - 1; length >= 0; length--)
            if (_known.TryGetValue((column, prefix[..length]), out var shorter) && shorter.Count < MaxValues) return shorter;
        return null;
    }

    private static Query Counts(string column, string prefix, TimeRange range) => new()
    {
        Time = range,
        Calculations = [new Calculation(CalculationOp.Count)],
        Breakdowns = [column],
        Where = prefix.Length == 0 ? new Filter.Condition(column, FilterOp.Exists) : new Filter.Condition(column, FilterOp.Contains, prefix),
        Limit = MaxValues,
        Series = false,
    };

    private static ValueCount[] Read(ResultTable table)
    {
        var values = new ValueCount[table.RowCount];
        for (var i = 0; i < values.Length; i++) values[i] = new ValueCount(table.Columns[0][i], table.Columns[1][i].AsDouble());
        return values;
    }
}
