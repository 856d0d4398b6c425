using System.Globalization;

namespace Storage.Compile;

/// <summary>
/// Writes the statements of a listing: how many events match; which are on the page, reading only the sort keys; then these whole. The third
/// touches only the page's own stretch of time, so that a listing of a day does not read all columns of a day.
/// </summary>
internal sealed class ListingCompiler(BoundListing listing, SqlDialect dialect)
{
    /// <summary>One row: how many events match, and their weight.</summary>
    public SqlStatement Count(string source)
    {
        var (parameters, selection) = Begin(source);
        return parameters.Statement($"""
            SELECT {string.Join(", ", QueryCompiler.Matched(dialect, selection))}
            {selection.From([], [], [])}
            """);
    }

    /// <summary>The page's events in order, one more than the limit: time, seq, then the sort keys.</summary>
    public SqlStatement Keys(string source)
    {
        var (parameters, selection) = Begin(source);
        var keys = listing.Orders.Select((o, i) => string.Create(CultureInfo.InvariantCulture, $"e.{o.Column.Alias} AS o{i}"));
        var orders = listing.Orders.Select(o => $"e.{o.Column.Alias} {(o.Descending ? "DESC" : "ASC")} NULLS LAST");
        string[] after = listing.After is { } cursor ? [$"({After(cursor, 0, parameters)})"] : [];
        return parameters.Statement(string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {string.Join(", ", keys.Prepend("e.time, e.seq"))}
            {selection.Events(after)}
            ORDER BY {string.Join(", ", orders.Append("e.time DESC, e.seq DESC"))}
            LIMIT {listing.Limit + 1}
            """));
    }

    /// <summary>The events of the page, in any order: seq, time, then the shown columns by their aliases.</summary>
    /// <param name="source">The relation over the page's time, with the shown columns and what the calculated fields among them need.</param>
    /// <param name="first">Least time of the page, Unix nanoseconds.</param>
    /// <param name="last">Greatest time of the page.</param>
    /// <param name="seqs">The page's events.</param>
    public SqlStatement Rows(string source, long first, long last, IEnumerable<long> seqs)
    {
        var parameters = new SqlParameters();
        var fields = BoundColumns.For(listing.Shown).Fields;
        var list = parameters.Add(string.Join(',', seqs.Select(s => s.ToString(CultureInfo.InvariantCulture))));
        return parameters.Statement($"""
            SELECT {string.Join(", ", listing.Shown.Select(c => $"e.{c.Alias}").Prepend("e.seq, e.time"))}
            FROM {ExpressionCompiler.WithFields(source, fields, dialect, parameters)} AS e
            WHERE e.time >= {parameters.Add(first)} AND e.time <= {parameters.Add(last)} AND e.seq IN ({dialect.Int64List(list)})
            """);
    }

    private (SqlParameters Parameters, SelectionCompiler Selection) Begin(string source)
    {
        var parameters = new SqlParameters();
        return (parameters, new SelectionCompiler(listing, dialect, source, parameters));
    }

    /// <summary>True for events behind the cursor: behind it by this key, or equal in it and behind by the next.</summary>
    private string After(ListingCursor cursor, int index, SqlParameters parameters)
    {
        if (index == listing.Orders.Length)
        {
            var time = parameters.Add(cursor.TimeUnixNs);
            return $"e.time < {time} OR e.time = {time} AND e.seq < {parameters.Add(cursor.Seq)}";
        }

        var (order, key) = (listing.Orders[index], cursor.Keys[index]);
        var column = $"e.{order.Column.Alias}";
        var next = After(cursor, index + 1, parameters);
        // Missing values come last, so nothing lies behind one, and it lies behind every value.
        if (key.IsNull) return $"{column} IS NULL AND ({next})";
        var value = parameters.Add(key);
        return $"{column} {(order.Descending ? "<" : ">")} {value} OR {column} IS NULL OR {column} = {value} AND ({next})";
    }
}
