using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>Decides how a segment stores columns.</summary>
internal static class SegmentLayout
{
    /// <summary>
    /// One stored column per name: its only type, or the widened one. The engine tells names apart without regard to case, so some are
    /// stored under another. The counts are 0.
    /// </summary>
    public static ImmutableArray<SegmentColumn> Of(IEnumerable<(string Name, StorageType Type)> stored)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { WellKnownColumns.Time, RelationText.SeqColumn };
        var columns = ImmutableArray.CreateBuilder<SegmentColumn>();
        foreach (var name in stored.GroupBy(c => c.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var types = name.Select(c => c.Type).Distinct().ToArray();
            var type = types.Length == 1 ? types[0] : (StorageType)types.Select(ColumnTypes.Logical).Aggregate(ColumnTypes.Widen);
            var plain = name.Key.Replace("\0", "\u2400", StringComparison.Ordinal);
            var storedAs = plain;
            for (var k = 2; name.Key != WellKnownColumns.Time && !taken.Add(storedAs); k++) storedAs = string.Create(CultureInfo.InvariantCulture, $"{plain}~{k}");
            columns.Add(new SegmentColumn(name.Key, storedAs, type, 0));
        }

        return columns.ToImmutable();
    }
}
