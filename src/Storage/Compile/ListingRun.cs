using System.Collections.Immutable;
using System.Diagnostics;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>One run of a listing: a page of events.</summary>
internal sealed class ListingRun(BoundListing listing, SqlSession session, Stopwatch watch, CancellationToken cancellationToken)
{
    private readonly ListingCompiler _compiler = new(listing, QueryRunner.Dialect);

    public QueryResult Answer()
    {
        if (listing.Relational.IsEmpty && session.Lookup(listing) is { } found) return Answer(found);
        var source = session.Source(listing.Columns, listing.Window, listing.Where);
        var total = Execute(_compiler.Count(source));
        var keys = Execute(_compiler.Keys(source));
        var count = Math.Min(keys.RowCount, listing.Limit);
        var table = count == 0 ? NoRows() : ReadRows(keys, count);
        var more = keys.RowCount > count;
        return new QueryResult
        {
            Events = new EventPage(table, more ? Cursor(keys, count - 1) : null),
            Meta = QueryRunner.Meta(listing, 0, total, watch) with { Columns = table.Columns.Select(c => new TypedColumn(c.Name, c.Type)).ToValueList() },
        };
    }

    private QueryResult Answer(ListedEvents found)
    {
        var times = ResultReader.Column(found.Table, WellKnownColumns.Time);
        string? cursor = null;
        if (found.LastSeq is { } seq)
        {
            var last = times[found.Table.RowCount - 1];
            cursor = new ListingCursor([.. listing.Orders.Select(_ => last)], last.AsInt64(), seq, listing.Window).ToText(listing.Orders);
        }

        return new QueryResult
        {
            Events = new EventPage(found.Table, cursor),
            Meta = QueryRunner.Meta(listing, 0, found.Matched, found.Weight, watch) with { Columns = found.Table.Columns.Select(c => new TypedColumn(c.Name, c.Type)).ToValueList() },
        };
    }

    private ResultTable ReadRows(ResultTable keys, int count)
    {
        var times = new long[count];
        var seqs = new long[count];
        var (time, seq) = (ResultReader.Column(keys, "time"), ResultReader.Column(keys, "seq"));
        for (var i = 0; i < count; i++) (times[i], seqs[i]) = (time[i].AsInt64(), seq[i].AsInt64());

        var (first, last) = (times.Min(), times.Max());
        var window = new TimeWindow(first, last == long.MaxValue ? last : last + 1);
        var rows = Execute(_compiler.Rows(session.Source(BoundColumns.For(listing.Shown).Stored, window, listing.Where), first, last, seqs));
        var places = new Dictionary<long, int>(rows.RowCount);
        var found = ResultReader.Column(rows, "seq");
        for (var row = 0; row < rows.RowCount; row++) places[found[row].AsInt64()] = row;
        var order = Array.ConvertAll(seqs, s => places[s]);
        var shown = listing.Shown.Select(c => ResultReader.Column(rows, c.Alias).Select(c.Name, order));
        return new ResultTable([ResultReader.Column(rows, "time").Select(WellKnownColumns.Time, order), .. shown]);
    }

    private ResultTable NoRows() => new([.. listing.Shown.Prepend(BoundColumn.Time).Select(c => new ResultColumn(c.Name, c.Type, NoValues(c.Type), null))]);

    private static Array NoValues(ColumnType type) => type switch
    {
        ColumnType.Bool => Array.Empty<bool>(),
        ColumnType.Int64 => Array.Empty<long>(),
        ColumnType.Float64 => Array.Empty<double>(),
        _ => Array.Empty<string>(),
    };

    private string Cursor(ResultTable keys, int row)
    {
        var values = listing.Orders.Select((_, i) => keys.Columns[2 + i][row]).ToImmutableArray();
        return new ListingCursor(values, ResultReader.Column(keys, "time")[row].AsInt64(), ResultReader.Column(keys, "seq")[row].AsInt64(), listing.Window).ToText(listing.Orders);
    }

    private ResultTable Execute(SqlStatement statement)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return session.Execute(statement, cancellationToken);
    }
}
