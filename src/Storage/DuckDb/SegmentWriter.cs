using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.DuckDb.Native;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Turns a hot tier into Parquet files, one for each kind of signal in it, straight from its batches, in arrival order. Until the last of
/// them has its name nothing of them counts: the journal is still there.
/// </summary>
internal sealed class SegmentWriter(EventStoreOptions options, string directory)
{
    /// <summary>Writes and syncs the segments of a tier under their final names.</summary>
    /// <param name="engine">Writes what we cannot.</param>
    /// <param name="view">The batches; the tier takes no more.</param>
    /// <param name="pace">Of the writing of events; where it is stopped, what is finished is discarded.</param>
    /// <exception cref="OperationCanceledException">It was stopped; nothing of it counts.</exception>
    public ImmutableArray<Segment> Write(LazyEngine engine, HotView view, WorkPace pace)
    {
        var parts = SealedPart.Split(view, pace);
        var kinds = parts.Select(p => p.Signal).ToImmutableArray();
        var files = new List<SegmentFile>();
        try
        {
            foreach (var part in parts)
            {
                var footer = part.Footer(view.Tier) with { Parts = kinds };
                var file = new SegmentFile(directory, footer);
                files.Add(file);
                Write(file, part, footer, engine, pace);
            }
        }
        catch
        {
            // A full disk most of all: what is unfinished would keep the room that the next try needs.
            foreach (var file in files) file.Discard();
            throw;
        }

        options.Step?.Invoke("seal.written");
        foreach (var file in files)
        {
            file.Rename();
            options.Step?.Invoke("seal.renamed");
        }

        DirectorySync.Flush(directory);
        return [.. files.Select(f => f.ToSegment(options))];
    }

    private void Write(SegmentFile file, SealedPart part, SegmentFooter footer, LazyEngine engine, WorkPace pace)
    {
        if (ParquetWriter.CanWrite(part, footer))
        {
            file.Write(part, options.Step, pace);
            return;
        }

        // An id's name that is stored as text too: the engine makes one text of both, here as in queries.
        WriteByEngine(file, part, footer, engine.Connection, engine.Engine, pace.Stop);
    }

    /// <summary>Has the engine write a part: the same rows as <see cref="ParquetWriter"/> writes, at several times the cost.</summary>
    internal void WriteByEngine(SegmentFile file, SealedPart part, SegmentFooter footer, DuckDbConnection connection, Engine engine, CancellationToken cancellationToken)
    {
        var plan = engine.Register(new HotScanPlan(part.Stored, part.Batches, inOrder: true));
        try
        {
            file.Write(connection, Select(plan, part, footer), part.Statistics, options.Step, cancellationToken);
        }
        finally
        {
            engine.Forget(plan);
        }
    }

    private static string Select(long plan, SealedPart part, SegmentFooter footer)
    {
        var text = new StringBuilder("SELECT seq AS ").Append(RelationText.Quote(RelationText.SeqColumn));
        foreach (var column in footer.Columns)
        {
            var parts = part.Places(column.Name).ToList();
            var expression = column.Type == StorageType.Id ? parts[0].Column : RelationText.Merge(parts, (ColumnType)column.Type);
            if (column.IsScaled) expression = $"CAST({expression} AS {RelationText.StoredTypeOf(column)})";
            text.Append(", ").Append(expression).Append(" AS ").Append(RelationText.Quote(column.StoredAs));
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM {RelationText.HotFunction}({plan})");
        if (part.IsMixed) text.Append(" WHERE ").Append(KindTest(part));
        return text.ToString();
    }

    /// <summary>Picks the rows of a kind out of batches that hold several.</summary>
    private static string KindTest(SealedPart part)
    {
        var kind = RelationText.Merge([.. part.Places(WellKnownColumns.SignalType).Where(p => p.Type == StorageType.String)], ColumnType.String);
        var name = Signals.NameOf(part.Signal);
        return part.Signal == SignalKind.Other
            ? $"({kind} IN ({string.Join(", ", Signals.Names.Select(RelationText.Literal))})) IS NOT TRUE"
            : $"{kind} = {RelationText.Literal(name)}";
    }
}
