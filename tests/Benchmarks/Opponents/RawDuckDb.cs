using System.Diagnostics;
using System.Globalization;
using Benchmarks.Harness;
using Benchmarks.Workloads;
using Storage.DuckDb.Native;

namespace Benchmarks.Opponents;

/// <summary>
/// The limit of a store on DuckDB tables: its appender alone, fed with vectors that are ready, one commit a row group. No socket, no
/// decoding, no journal.
/// </summary>
internal static class RawDuckDb
{
    public const int RowGroup = 122_880;

    /// <summary>Appends all events to a new database file.</summary>
    /// <param name="directory">An empty directory.</param>
    /// <param name="columns">The columns of the events.</param>
    /// <param name="requests">The events.</param>
    /// <param name="commitRows">Events of a commit.</param>
    /// <param name="limit">Stops after this many events.</param>
    public static RawDuckDbLoad Append(string directory, SpanColumns columns, IEnumerable<byte[]> requests, int commitRows = RowGroup, long limit = long.MaxValue)
    {
        var path = Path.Combine(directory, "raw.duckdb");
        using var database = DuckDbDatabase.Open(null, new Dictionary<string, string>(StringComparer.Ordinal) { ["threads"] = "2", ["memory_limit"] = "4GB" });
        using var connection = database.Connect();
        connection.Execute($"ATTACH '{path}' AS raw (STORAGE_VERSION 'v1.5.0'); USE raw; {columns.CreateTable("spans")}");
        var commits = new LatencyHistogram();
        var clock = new CpuClock();
        var reader = new RequestReader();
        long rows = 0, open = 0;
        columns.Clear();
        connection.Execute("BEGIN");
        var appender = connection.CreateAppender("spans");
        foreach (var request in requests)
        {
            for (reader.Open(request); rows < limit && reader.Read();)
            {
                columns.Add(reader);
                rows++;
                var full = open + columns.Rows == commitRows;
                if (!columns.IsFull && !full) continue;
                open += columns.Rows;
                Count(() => columns.AppendTo(appender));
                columns.Clear();
                if (full) Commit(again: true);
            }
        }

        if (columns.Rows > 0) Count(() => columns.AppendTo(appender));
        Commit(again: false);
        Count(() => connection.Execute("CHECKPOINT raw"));
        return new RawDuckDbLoad(rows, clock.Cost, new FileInfo(path).Length, commits);

        void Commit(bool again)
        {
            var watch = Stopwatch.StartNew();
            Count(() =>
            {
                appender.Complete();
                connection.Execute("COMMIT");
            });
            commits.Add(watch.Elapsed);
            appender.Dispose();
            open = 0;
            if (!again) return;
            connection.Execute("BEGIN");
            appender = connection.CreateAppender("spans");
        }

        void Count(Action work)
        {
            clock.Start();
            work();
            clock.Stop();
        }
    }

    /// <summary>Deletes the oldest part of a table as time goes, and gives the space back.</summary>
    public static (double Seconds, long Before, long After) DeleteOldest(string directory, double share)
    {
        var path = Path.Combine(directory, "raw.duckdb");
        using var database = DuckDbDatabase.Open(null, new Dictionary<string, string>(StringComparer.Ordinal) { ["threads"] = "2", ["memory_limit"] = "4GB" });
        using var connection = database.Connect();
        connection.Execute($"ATTACH '{path}' AS raw; USE raw");
        var before = new FileInfo(path).Length;
        var watch = Stopwatch.StartNew();
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM spans WHERE time < (SELECT min(time) + (max(time) - min(time)) * {share} FROM spans)"));
        connection.Execute("CHECKPOINT raw");
        connection.Execute("CHECKPOINT raw"); // what the first one freed at the end of the file goes with the second
        return (watch.Elapsed.TotalSeconds, before, new FileInfo(path).Length);
    }
}

/// <summary>What appending to a DuckDB file took.</summary>
/// <param name="Events">How many.</param>
/// <param name="Cost">Of append, commits and the last checkpoint.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Commits">How long each commit took.</param>
internal sealed record RawDuckDbLoad(long Events, Cost Cost, long Bytes, LatencyHistogram Commits);
