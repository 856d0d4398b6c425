using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>
/// Keeps query runs, each with its question, the window it meant and its answer, so that a link shows what its sender saw. One
/// compressed file a run, and an index of all for the history. Bounded by count and by bytes; at either bound the oldest make room, those with
/// a name, a star or a shared link last. A run that is too large is kept without its comparison, or without its answer. Safe to call concurrently.
/// </summary>
internal sealed partial class RunStore : RunArchive
{
    private const string Extension = ".json.gz";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 8;

    private readonly Lock _lock = new();
    private readonly RunIndex _index;
    private readonly string _directory;
    private readonly ExplorerOptions.RunsSection _bounds;
    private readonly IEventStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<RunStore> _logger;

    /// <summary>The last run could not be kept, which the log has said: on a full disk it would say it of every query.</summary>
    private volatile bool _isFailing;

    /// <summary>Opens the directory <c>runs</c> of the data directory and reads what is known of the runs in it.</summary>
    public RunStore(ExplorerOptions options, IEventStore store, TimeProvider time, ILogger<RunStore> logger)
    {
        _directory = Path.Combine(options.DataDirectory, "runs");
        _bounds = options.Runs;
        _store = store;
        _time = time;
        _logger = logger;
        var directory = Directory.CreateDirectory(_directory);
        foreach (var unfinished in directory.EnumerateFiles("*" + WholeFile.UnfinishedSuffix)) unfinished.Delete();
        _index = new RunIndex(Path.Combine(_directory, "index.ndjson"));
        var runs = directory.EnumerateFiles("*" + Extension).ToDictionary(f => f.Name[..^Extension.Length], f => f.Length, StringComparer.Ordinal);
        _index.Load(runs);
        foreach (var (id, bytes) in runs) Recover(id, bytes);
        MakeRoom();
        try
        {
            _index.Rewrite();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(_logger, e); // the file as it was says the same, in more lines
        }
    }

    /// <summary>The address of a run's page.</summary>
    public static string UrlOf(string id) => "/r/" + id;

    /// <summary>Keeps a run that no page asked for, and answers its id. Null when it could not be written: the answer is good without a link to it.</summary>
    /// <param name="query">The question.</param>
    /// <param name="result">Its answer.</param>
    /// <param name="json">The answer as <see cref="RunFile.ResultOf"/> makes it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public Task<string?> KeepAsync(Query query, QueryResult result, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        KeepAsync(RunFile.AddressOf(query), new Answer(query, new ExplorerState(), result, _time.GetUtcNow()), [], null, json, cancellationToken);

    public override Task<string?> KeepAsync(Answer answer, IReadOnlyList<ChartMarker> markers, KeptComparison? comparison, CancellationToken cancellationToken) =>
        KeepAsync(ExplorerUrl.Format(answer.State with { RefreshSeconds = 0, IsKept = true, GuideStep = 0 }), answer, markers, comparison, null, cancellationToken);

    public override async Task<KeptRun?> OpenAsync(string id, CancellationToken cancellationToken)
    {
        if (Open(id) is not { } file) return null;
        try
        {
            await using (file)
            {
                using var run = await JsonDocument.ParseAsync(file, cancellationToken: cancellationToken);
                return RunFile.Read(run.RootElement, Find(id));
            }
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidDataException or FormatException)
        {
            LogDamaged(_logger, id, damaged);
            return null;
        }
    }

    public override RunEntry? Find(string id)
    {
        lock (_lock) return _index.Find(id);
    }

    public override IReadOnlyList<RunEntry> Search(string text, bool onlyStarred, int most)
    {
        lock (_lock) return _index.Search(text, onlyStarred, most);
    }

    public override Task ChangeAsync(string id, Func<RunEntry, RunEntry> change, CancellationToken cancellationToken)
    {
        try
        {
            lock (_lock) _index.Change(id, change);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It holds as long as the process does.
            LogNotKept(_logger, e);
        }

        Tell();
        return Task.CompletedTask;
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

    private async Task<string?> KeepAsync(string address, Answer answer, IReadOnlyList<ChartMarker> markers, KeptComparison? comparison, ReadOnlyMemory<byte>? json, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        var entry = RunFile.EntryOf(id, _time.GetUtcNow(), address, answer.Asked, answer.Result);
        // Off the page's own thread: a large answer takes a while to compress.
        var bytes = await Task.Run(() => Bytes(entry, answer, markers, comparison, (json ?? RunFile.ResultOf(answer.Asked, answer.Result)).Span), cancellationToken);
        try
        {
            // Not synced: a power cut may cost the link to an answer, and waiting for the disk would cost every answer.
            await Task.Run(() => WholeFile.Write(PathOf(id), bytes, Durability.Os), cancellationToken);
            lock (_lock)
            {
                _index.Write(entry, bytes.Length);
                MakeRoom();
            }

            _isFailing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_isFailing) LogNotKept(_logger, e);
            _isFailing = true;
            return null;
        }

        Tell();
        return id;
    }

    // The comparison goes first: it can be made again, over the events that there are then.
    private byte[] Bytes(RunEntry entry, Answer answer, IReadOnlyList<ChartMarker> markers, KeptComparison? comparison, ReadOnlySpan<byte> json)
    {
        var bytes = RunFile.Write(entry, answer, markers, comparison, _store.Statistics, json, omitted: null);
        if (bytes.Length > _bounds.MaxRunBytes && comparison is not null) bytes = RunFile.Write(entry, answer, markers, null, _store.Statistics, json, omitted: null);
        return bytes.Length <= _bounds.MaxRunBytes
            ? bytes
            : RunFile.Write(entry, answer, markers, null, _store.Statistics, json, $"the answer takes more than {SettingText.FormatBytes(_bounds.MaxRunBytes)} compressed, the bound of Runs:MaxRunBytes");
    }

    // A run whose line of the index is lost says itself what it is.
    private void Recover(string id, long bytes)
    {
        if (_index.Find(id) is not null) return;
        try
        {
            using var file = Open(id);
            if (file is null) return;
            using var run = JsonDocument.Parse(file);
            _index.Set(RunFile.Read(run.RootElement, null).Entry, bytes);
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidDataException or FormatException)
        {
            LogDamaged(_logger, id, damaged);
            File.Delete(PathOf(id));
        }
    }

    private string PathOf(string id) => Path.Combine(_directory, id + Extension);

    private void MakeRoom()
    {
        while (_index.Count > _bounds.MaxCount || _index.Bytes > _bounds.MaxBytes)
        {
            try
            {
                File.Delete(PathOf(_index.RemoveOldest()));
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

    [LoggerMessage(3, LogLevel.Warning, "The file of run {Id} is damaged")]
    private static partial void LogDamaged(ILogger logger, string id, Exception exception);
}
