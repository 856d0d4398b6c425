using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>Turns a hot tier into a Parquet file, straight from its batches, in arrival order.</summary>
internal static class SegmentWriter
{
    private const int RowGroupRows = 122_880;

    /// <summary>Writes and syncs the segment under its final name; until the rename nothing of it counts.</summary>
    /// <param name="connection">A connection that nothing else uses.</param>
    /// <param name="registerPlan">Registers a scan plan and returns its number.</param>
    /// <param name="view">The batches; the tier takes no more.</param>
    /// <param name="directory">Directory of the segments.</param>
    public static Segment Write(DuckDbConnection connection, Func<HotScanPlan, long> registerPlan, HotView view, string directory)
    {
        var counts = new Dictionary<HotColumn, long>();
        foreach (var hot in view.Batches)
        {
            for (var i = 0; i < hot.Columns.Length; i++)
            {
                var column = hot.Batch.Columns[i];
                var key = new HotColumn(column.Name, column.Type, hot.Columns[i]);
                counts[key] = counts.GetValueOrDefault(key) + column.ValueCount;
            }
        }

        var stored = counts.Keys.ToImmutableArray();
        var footer = new SegmentFooter(
            view.Tier.Number, view.Events, view.Tier.MinTime, view.Tier.MaxTime, view.Tier.LastArrival, Layout(stored, counts));
        var path = Path.Combine(directory, FileName(footer));
        var unfinished = path + ".tmp";
        var plan = registerPlan(new HotScanPlan(stored, view.Batches, inOrder: true));
        connection.Execute(CopyText(plan, stored, footer, unfinished));
        using (var file = File.OpenHandle(unfinished, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(file);
        File.Move(unfinished, path, overwrite: true);
        DirectorySync.Flush(directory);
        return new Segment(path, new FileInfo(path).Length, footer);
    }

    private static string FileName(SegmentFooter footer) =>
        string.Create(CultureInfo.InvariantCulture, $"{footer.MinTime / 1_000_000_000:D10}-{footer.Number:D10}.parquet");

    /// <summary>One stored column per name: its only type, or the widened one. The engine tells names apart without regard to case.</summary>
    private static ImmutableArray<SegmentColumn> Layout(ImmutableArray<HotColumn> stored, Dictionary<HotColumn, long> counts)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { WellKnownColumns.Time, RelationText.SeqColumn };
        var columns = ImmutableArray.CreateBuilder<SegmentColumn>();
        foreach (var name in stored.GroupBy(c => c.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var types = name.Select(c => c.Type).ToArray();
            var type = types.Length == 1 ? types[0] : (StorageType)types.Select(ColumnTypes.Logical).Aggregate(ColumnTypes.Widen);
            var storedAs = name.Key == WellKnownColumns.Time ? name.Key : name.Key.Replace("\0", "\u2400", StringComparison.Ordinal);
            for (var k = 2; name.Key != WellKnownColumns.Time && !taken.Add(storedAs); k++)
                storedAs = string.Create(CultureInfo.InvariantCulture, $"{name.Key.Replace("\0", "\u2400", StringComparison.Ordinal)}~{k}");
            columns.Add(new SegmentColumn(name.Key, storedAs, type, name.Sum(c => counts[c])));
        }

        return columns.ToImmutable();
    }

    private static string CopyText(long plan, ImmutableArray<HotColumn> stored, SegmentFooter footer, string path)
    {
        var text = new StringBuilder("COPY (SELECT seq AS ").Append(RelationText.Quote(RelationText.SeqColumn));
        foreach (var column in footer.Columns)
        {
            var parts = new List<(string, StorageType)>();
            for (var i = 0; i < stored.Length; i++)
                if (stored[i].Name == column.Name) parts.Add(("h" + i.ToString(CultureInfo.InvariantCulture), stored[i].Type));
            var expression = column.Type == StorageType.Id ? parts[0].Item1 : RelationText.Merge(parts, (ColumnType)column.Type);
            text.Append(", ").Append(expression).Append(" AS ").Append(RelationText.Quote(column.StoredAs));
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM {RelationText.HotFunction}({plan})) TO {RelationText.Literal(path)} ");
        text.Append(CultureInfo.InvariantCulture, $"(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION lz4_raw, ROW_GROUP_SIZE {RowGroupRows}, ");
        text.Append(CultureInfo.InvariantCulture, $"KV_METADATA {{{SegmentFooter.Key}: {RelationText.Literal(footer.ToJson())}}})");
        return text.ToString();
    }
}
