using System.Collections.Immutable;
using Explorer.Client.Display;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>A named place on the time axes.</summary>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Text">What happened then.</param>
public sealed record ChartMarker(double AtMs, string Text);

/// <summary>
/// Finds when versions of services were first seen in a window: a service that was there before, with a <c>service.version</c> that was not.
/// </summary>
internal static class VersionMarkers
{
    private const string Version = "service.version";

    /// <summary>Markers on one axis; more cannot be read.</summary>
    public const int Max = 12;

    private const int MaxVersions = 500;

    /// <summary>Services of a marker that are named; the others are counted.</summary>
    private const int MaxNamed = 2;

    /// <summary>The markers for an answered question, in the order of time; none when the data has no versions.</summary>
    public static async Task<ImmutableArray<ChartMarker>> FindAsync(IEventStore store, Query asked, TimeWindow window, CancellationToken cancellationToken)
    {
        if (window.LengthNs <= 0 || !store.Schema.Contains(Version) || !store.Schema.Contains(WellKnownColumns.ServiceName)) return [];
        try
        {
            // As long again before the window: what ran then already is not new.
            var before = window with { StartUnixNs = Math.Max(0, window.StartUnixNs - window.LengthNs) };
            var result = await store.RunAsync(FirstSeen(asked, before), cancellationToken);
            return Of(result.Results, window);
        }
        catch (QueryException)
        {
            // A column of that name which holds something else gives no markers.
            return [];
        }
    }

    /// <summary>The markers in a table of service, version and first time.</summary>
    public static ImmutableArray<ChartMarker> Of(ResultTable firstSeen, TimeWindow window)
    {
        if (firstSeen.Columns.Length < 3) return [];
        var rows = Enumerable.Range(0, firstSeen.RowCount).Where(r => firstSeen.Columns[2][r].Kind == ValueKind.Int64)
            .Select(r => (Service: firstSeen.Columns[0][r].ToString(), Version: firstSeen.Columns[1][r].ToString(), At: firstSeen.Columns[2][r].AsInt64())).ToList();
        // Two versions that were there from the start are seen within moments of each other.
        var moments = window.LengthNs / 50;
        var fresh = rows.GroupBy(r => r.Service, StringComparer.Ordinal)
            .SelectMany(service => service.Where(r => r.At > service.Min(other => other.At) + moments && r.At >= window.StartUnixNs && r.At < window.EndUnixNs));
        var markers = fresh.GroupBy(r => r.Version, StringComparer.Ordinal).SelectMany(version => Together([.. version.OrderBy(r => r.At)], moments))
            .OrderBy(m => m.AtMs).ToList();
        return [.. markers.Take(Max)];
    }

    // Services that get a version within moments of each other got it together.
    private static IEnumerable<ChartMarker> Together(List<(string Service, string Version, long At)> rows, long moments)
    {
        for (var i = 0; i < rows.Count;)
        {
            var first = rows[i];
            var services = rows.Skip(i).TakeWhile(r => r.At <= first.At + moments).Select(r => Format.Text(r.Service, 40)).ToList();
            var names = services.Count <= MaxNamed ? string.Join(", ", services) : $"{services[0]} and {services.Count - 1} more";
            yield return new ChartMarker(first.At / 1e6, $"deploy {names} {Format.Text(first.Version, 40)}");
            i += services.Count;
        }
    }

    private static Query FirstSeen(Query asked, TimeWindow window) => new()
    {
        Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs),
        Calculations = [new Calculation(CalculationOp.Min, WellKnownColumns.Time)],
        Breakdowns = [WellKnownColumns.ServiceName, Version],
        Where = new Filter.And([new Filter.Condition(Version, FilterOp.Exists), .. OfServices(asked.Where)]),
        Limit = MaxVersions,
        Series = false,
    };

    // A question about one service has that service's markers; other conditions say nothing about versions.
    private static IEnumerable<Filter> OfServices(Filter? where) => where switch
    {
        Filter.And all => all.Parts.Where(p => p is Filter.Condition { Column: WellKnownColumns.ServiceName }),
        Filter.Condition { Column: WellKnownColumns.ServiceName } => [where],
        _ => [],
    };
}
