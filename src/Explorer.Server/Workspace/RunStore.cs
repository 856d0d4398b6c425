using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>
/// Keeps query runs, each with its question, the window it meant and its answer, so that a link shows what its sender saw. One
/// compressed file a run. Bounded by count and by bytes; at either bound the oldest runs make room. A run whose answer is too large is kept without
/// it. Safe to call concurrently.
/// </summary>
internal sealed partial class RunStore
{
    private const string Extension = ".json.gz";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 8;

    private readonly Lock _lock = new();
    private readonly Queue<(string Id, long Bytes)> _oldestFirst = new();
    private readonly string _directory;
    private readonly ExplorerOptions.RunsSection _bounds;
    private readonly IEventStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<RunStore> _logger;
    private long _bytes;

    /// <summary>Opens the directory <c>runs</c> of the data directory and counts what is in it.</summary>
    public RunStore(ExplorerOptions options, IEventStore store, TimeProvider time, ILogger<RunStore> logger)
    {
        _directory = Path.Combine(options.DataDirectory, "runs");
        _bounds = options.Runs;
        _store = store;
        _time = time;
        _logger = logger;
        var directory = Directory.CreateDirectory(_directory);
        foreach (var unfinished in directory.EnumerateFiles("*.tmp")) unfinished.Delete();
        foreach (var file in directory.EnumerateFiles("*" + Extension).OrderBy(f => f.LastWriteTimeUtc))
        {
            _oldestFirst.Enqueue((file.Name[..^Extension.Length], file.Length));
            _bytes += file.Length;
        }

        MakeRoom();
    }

    /// <summary>The address of a run's page.</summary>
    public static string UrlOf(string id) => "/r/" + id;

    /// <summary>
    /// Keeps a run and answers its id. Null when it could not be written: the answer is good without a link to it.
    /// </summary>
    public async Task<string?> KeepAsync(Query query, QueryResult result, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        var bytes = Compress(id, query, result, withAnswer: true);
        if (bytes.Length > _bounds.MaxRunBytes) bytes = Compress(id, query, result, withAnswer: false);
        var temporary = Path.Combine(_directory, id + ".tmp");
        try
        {
            await File.WriteAllBytesAsync(temporary, bytes, cancellationToken);
            File.Move(temporary, PathOf(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(_logger, e);
            return null;
        }

        lock (_lock)
        {
            _oldestFirst.Enqueue((id, bytes.Length));
            _bytes += bytes.Length;
            MakeRoom();
        }

        return id;
    }

    /// <summary>The kept run as JSON in UTF-8, or null when there is none of that id.</summary>
    public Stream? Open(string id)
    {
        // Only characters of an id reach the file system.
        if (id.Length != IdLength || id.AsSpan().ContainsAnyExcept(Alphabet)) return null;
        try
        {
            return new GZipStream(File.OpenRead(PathOf(id)), CompressionMode.Decompress);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private byte[] Compress(string id, Query query, QueryResult result, bool withAnswer)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        using (var json = new Utf8JsonWriter(gzip, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("created", UnixTime.ToRfc3339(UnixTime.FromDateTimeOffset(_time.GetUtcNow())));
            json.WritePropertyName("query");
            QueryJson.Write(json, query);
            json.WriteString("start_time", UnixTime.ToRfc3339(result.Meta.Window.StartUnixNs));
            json.WriteString("end_time", UnixTime.ToRfc3339(result.Meta.Window.EndUnixNs));
            WriteVersion(json);
            json.WritePropertyName("result");
            if (withAnswer) QueryJson.WriteResult(json, query, result);
            else json.WriteNullValue();
            if (!withAnswer) json.WriteString("omitted", $"the answer takes more than {SettingText.FormatBytes(_bounds.MaxRunBytes)} compressed, the bound of Runs:MaxRunBytes");
            json.WriteEndObject();
        }

        return file.ToArray();
    }

    /// <summary>What the store held when the question was answered: who asks it again can tell whether there is more now.</summary>
    private void WriteVersion(Utf8JsonWriter json)
    {
        var statistics = _store.Statistics;
        json.WriteStartObject("data_version");
        json.WriteNumber("events", statistics.Events);
        json.WriteString("latest", UnixTime.ToRfc3339(statistics.MaxTimeUnixNs));
        json.WriteEndObject();
    }

    private string PathOf(string id) => Path.Combine(_directory, id + Extension);

    private void MakeRoom()
    {
        while (_oldestFirst.Count > _bounds.MaxCount || _bytes > _bounds.MaxBytes)
        {
            var (id, bytes) = _oldestFirst.Dequeue();
            _bytes -= bytes;
            try
            {
                File.Delete(PathOf(id));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotRemoved(_logger, e);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "A query run could not be kept")]
    private static partial void LogNotKept(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "An old query run could not be removed")]
    private static partial void LogNotRemoved(ILogger logger, Exception exception);
}
