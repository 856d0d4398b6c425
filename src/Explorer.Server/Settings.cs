using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Explorer.Client;
using Storage;

namespace Explorer.Server;

/// <summary>
/// The table of all settings. Help, flags, environment variables, appsettings.json and validation are all read from it, so that none of
/// them can know a setting that another does not.
/// </summary>
internal static class Settings
{
    private const int MaxPort = 65_535;
    private const long LeastQueryMemory = 64L << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(36_500);

    public static ImmutableArray<Setting> All { get; } =
    [
        new("UiPort", "--ui-port", "PORT", "UI and HTTP API (OTLP/HTTP is taken here too)",
            o => Text(o.UiPort), (o, t) => SettingText.Int(t, 0, MaxPort, v => o.UiPort = v)),
        new("OtlpGrpcPort", "--otlp-grpc-port", "PORT", "OTLP over gRPC",
            o => Text(o.OtlpGrpcPort), (o, t) => SettingText.Int(t, 0, MaxPort, v => o.OtlpGrpcPort = v)),
        new("OtlpHttpPort", "--otlp-http-port", "PORT", "OTLP over HTTP",
            o => Text(o.OtlpHttpPort), (o, t) => SettingText.Int(t, 0, MaxPort, v => o.OtlpHttpPort = v)),
        new("Bind", "--bind", "ADDRESS", "address to listen on; 0.0.0.0 is every network",
            o => o.Bind.ToString(), (o, t) => SettingText.Address(t, v => o.Bind = v)),
        new("Data", "--data", "DIR", "directory of everything that is kept; one process at a time",
            o => o.Data, (o, t) => SetData(o, t)),
        new("Demo:Enabled", "--demo", "", "run the built-in traffic source",
            o => o.Demo.Enabled ? "true" : "false", (o, t) => SettingText.Switch(t, v => o.Demo.Enabled = v)),
        new("Demo:Seed", "--demo-seed", "N", "equal seeds make equal traffic",
            o => Text(o.Demo.Seed), (o, t) => SettingText.Int(t, 0, int.MaxValue, v => o.Demo.Seed = v)),
        new("Demo:SpansPerSecond", "--demo-rate", "N", "mean rate of spans of the traffic source",
            o => Text(o.Demo.SpansPerSecond), (o, t) => SettingText.Int(t, 1, 2_000, v => o.Demo.SpansPerSecond = v)),
        new("Demo:Backfill", "--demo-backfill", "TIME", "how far back the traffic source fills at the start; at most 2d",
            o => SettingText.FormatTime(o.Demo.Backfill), (o, t) => SettingText.Time(t, TimeSpan.Zero, TimeSpan.FromDays(2), v => o.Demo.Backfill = v)),

        new("Memory:Limit", "--memory", "SIZE", "memory for telemetry on its way in, unsealed events and queries; the process itself needs up to 350MB more (default: a quarter of the machine's)",
            o => SettingText.FormatBytes(o.Memory.Limit), (o, t) => SettingText.Bytes(t, MemorySection.LeastLimit, v => o.Memory.Limit = v)),

        new("Ingest:Keys", null, "KEY,...", "senders must present one of these as x-explorer-key; empty accepts everyone",
            o => string.Join(',', o.Ingest.Keys), (o, t) => SetKeys(o, t)) { Shown = o => CountOf(o.Ingest.Keys) },
        new("Ingest:MaxBodyBytes", null, "SIZE", "largest export request as sent",
            o => SettingText.FormatBytes(o.Ingest.MaxBodyBytes), (o, t) => SettingText.Bytes(t, 1 << 10, v => o.Ingest.MaxBodyBytes = v)),
        new("Ingest:MaxDecompressedBytes", null, "SIZE", "largest export request after decompression; below 1GiB",
            o => SettingText.FormatBytes(o.Memory.LargestRequest), (o, t) => SettingText.Bytes(t, 1 << 10, v => o.Memory.LargestRequest = v)),
        new("Ingest:MaxBufferedBytes", null, "SIZE", "export requests in memory at once; above it senders are told to retry (default: a share of the memory limit)",
            o => SettingText.FormatBytes(o.Memory.Buffered), (o, t) => SettingText.Bytes(t, 1 << 20, v => o.Memory.Buffered = v)),

        new("Store:Durability", "--durability", "sync|os", "acknowledge after the device has it, or after the operating system has it",
            o => o.Store.Durability == Durability.Os ? "os" : "sync", (o, t) => SetDurability(o, t)),
        new("Store:MaxColumns", null, "N", "attribute names that become columns; further ones go to meta.overflow",
            o => Text(o.Store.MaxColumns), (o, t) => SettingText.Int(t, 100, 100_000, v => o.Store.MaxColumns = v)),
        new("Store:MaxQueueBytes", null, "SIZE", "data that may wait for the disk; above it senders are told to retry (default: a share of the memory limit)",
            o => SettingText.FormatBytes(o.Memory.Queue), (o, t) => SettingText.Bytes(t, 1 << 20, v => o.Memory.Queue = v)),
        new("Store:MaxHotBytes", null, "SIZE", "events in memory that wait to become a segment; above it senders are told to retry (default: a share of the memory limit)",
            o => SettingText.FormatBytes(o.Memory.Hot), (o, t) => SettingText.Bytes(t, 4 << 20, v => o.Memory.Hot = v)),
        new("Store:SealBytes", null, "SIZE", "journal size at which it becomes a segment (default: a sixth of Store:MaxHotBytes, at most 256MiB)",
            o => SettingText.FormatBytes(o.Memory.Seal), (o, t) => SettingText.Bytes(t, 1 << 20, v => o.Memory.Seal = v)),
        new("Store:SealEvents", null, "N", "journal events at which it becomes a segment",
            o => Text(o.Store.SealEvents), (o, t) => SettingText.Int(t, 1_000, 10_000_000, v => o.Store.SealEvents = v)),
        new("Store:SealAge", null, "TIME", "journal age at which it becomes a segment",
            o => SettingText.FormatTime(o.Store.SealAge), (o, t) => SettingText.Time(t, TimeSpan.FromSeconds(1), MaxTime, v => o.Store.SealAge = v)),
        new("Store:CompressAfter", null, "TIME", "age from which on events are compressed for size rather than speed",
            o => SettingText.FormatTime(o.Store.CompressAfter), (o, t) => SettingText.Time(t, TimeSpan.FromMinutes(1), MaxTime, v => o.Store.CompressAfter = v)),

        new("Query:MemoryBytes", "--query-memory", "SIZE", "memory of queries; above it they spill to disk (default: what the others leave of the memory limit)",
            o => SettingText.FormatBytes(o.Memory.Query), (o, t) => SettingText.Bytes(t, 64 << 20, v => o.Memory.Query = v)),
        new("Query:MaxConcurrent", null, "N", "queries that run at once; others wait (default: twice the cores)",
            o => Text(o.Query.MaxConcurrent), (o, t) => SettingText.Int(t, 1, 1_000, v => o.Query.MaxConcurrent = v)),
        new("Query:MaxWaiting", null, "N", "queries that wait; further ones are told to try again",
            o => Text(o.Query.MaxWaiting), (o, t) => SettingText.Int(t, 1, 100_000, v => o.Query.MaxWaiting = v)),
        new("Query:CacheBytes", null, "SIZE", "answers that are kept in memory while they are true; 0 keeps none, nor what was read for them",
            o => SettingText.FormatBytes(o.Query.CacheBytes), (o, t) => SettingText.Bytes(t, 0, v => o.Query.CacheBytes = v)),
        new("Query:ExactEvents", null, "N", "matching events above which percentiles and counts of different values may be estimates, and the answer says so",
            o => o.Query.ExactEvents.ToString(CultureInfo.InvariantCulture), (o, t) => SettingText.Int(t, 0, int.MaxValue, v => o.Query.ExactEvents = v)),
        new("Query:Timeout", "--query-timeout", "TIME", "a query that takes longer is stopped; it answers with what it has by then, or with an error",
            o => SettingText.FormatTime(o.Query.Timeout), (o, t) => SettingText.Time(t, TimeSpan.FromSeconds(1), MaxTime, v => o.Query.Timeout = v)),

        new("Retention:MaxAge", "--retention-age", "TIME", "events that arrived longer ago are removed; empty keeps them",
            o => Text(o.Retention.MaxAge), (o, t) => SetAge(t, v => o.Retention.MaxAge = v)),
        new("Retention:SpansAge", "--retention-spans-age", "TIME", "the same for spans alone; empty is as for all",
            o => Text(o.Retention.SpansAge), (o, t) => SetAge(t, v => o.Retention.SpansAge = v)),
        new("Retention:LogsAge", "--retention-logs-age", "TIME", "the same for log records alone; empty is as for all",
            o => Text(o.Retention.LogsAge), (o, t) => SetAge(t, v => o.Retention.LogsAge = v)),
        new("Retention:MetricsAge", "--retention-metrics-age", "TIME", "the same for metric points alone; empty is as for all",
            o => Text(o.Retention.MetricsAge), (o, t) => SetAge(t, v => o.Retention.MetricsAge = v)),
        new("Retention:MaxBytes", "--retention-bytes", "SIZE", "size on disk above which the oldest events are removed; empty is no bound",
            o => o.Retention.MaxBytes is { } size ? SettingText.FormatBytes(size) : "", (o, t) => SetRetentionBytes(o, t)),

        new("Runs:MaxCount", null, "N", "kept query runs (/r/...); above it the oldest are removed, named, starred and shared ones last",
            o => Text(o.Runs.MaxCount), (o, t) => SettingText.Int(t, 1, 100_000, v => o.Runs.MaxCount = v)),
        new("Runs:MaxBytes", null, "SIZE", "size of kept query runs; above it the oldest are removed",
            o => SettingText.FormatBytes(o.Runs.MaxBytes), (o, t) => SettingText.Bytes(t, 1 << 20, v => o.Runs.MaxBytes = v)),
        new("Runs:MaxRunBytes", null, "SIZE", "size of one kept run; a larger one is kept without its answer",
            o => SettingText.FormatBytes(o.Runs.MaxRunBytes), (o, t) => SettingText.Bytes(t, 1 << 10, v => o.Runs.MaxRunBytes = v)),
    ];

    /// <summary>
    /// Builds the options from configuration and command line, the latter winning. Errors holds every fault found, one line each; the
    /// options are to be used only when it is empty.
    /// </summary>
    public static (ExplorerOptions Options, IReadOnlyList<string> Errors) Read(IConfiguration configuration, CommandLine commandLine)
    {
        var options = new ExplorerOptions();
        var errors = new List<string>(commandLine.Errors);
        var section = configuration.GetSection("Explorer");
        foreach (var (key, text) in section.AsEnumerable(makePathsRelative: true))
        {
            if (text is null || key.Length == 0) continue;
            var setting = All.FirstOrDefault(s => string.Equals(s.Key, key, StringComparison.OrdinalIgnoreCase));
            if (setting is null) errors.Add($"Explorer:{key}: there is no such setting{Nearest.Hint(key, All.Select(s => s.Key))}");
            else if (!commandLine.Values.ContainsKey(setting)) Apply(setting, text);
        }

        foreach (var (setting, text) in commandLine.Values) Apply(setting, text);
        AddCombined(options, errors);
        return (options, errors);

        void Apply(Setting setting, string text)
        {
            if (setting.Set(options, text.Trim()) is { } fault) errors.Add($"{NamesOf(setting)}: {fault}");
        }
    }

    /// <summary>All settings as a page may show them.</summary>
    public static IReadOnlyList<ServerSetting> Shown(ExplorerOptions options)
    {
        var defaults = new ExplorerOptions();
        return [.. All.Select(s => new ServerSetting(s.Key, (s.Shown ?? s.Get)(options), s.Get(options) == s.Get(defaults), s.Description, s.Flag, s.EnvironmentVariable))];
    }

    /// <summary>The text of <c>--help</c>.</summary>
    public static string Help()
    {
        var help = new StringBuilder();
        help.Append("Usage: explorer [options]\n\nCollects OpenTelemetry traces and logs, and answers questions about them in the browser.\n\n");
        help.Append("Each setting is taken from its flag, else its environment variable, else its key in appsettings.json.\n");
        help.Append("SIZE is bytes or has a unit (512MiB); TIME has a unit (30s, 15m, 12h, 30d).\n\n");
        var defaults = new ExplorerOptions();
        foreach (var setting in All)
        {
            var value = setting.Get(defaults);
            if (setting.Flag is not null) help.Append($"  {setting.Flag} {setting.Argument}".TrimEnd()).Append("\n      ").Append(setting.EnvironmentVariable);
            else help.Append("  ").Append(setting.EnvironmentVariable).Append('=').Append(setting.Argument);
            help.Append("\n      ").Append(setting.Description).Append(" [").Append(value.Length == 0 ? "none" : value).Append("]\n");
        }

        help.Append("  --help\n      print this and exit\n  --version\n      print the version and exit\n");
        help.Append("  --healthcheck\n      ask the running server whether it is ready; exit status 0 or 1\n");
        help.Append("  --check\n      read everything in the data directory of a server that does not run and say what is wrong; changes nothing;\n");
        help.Append("      exit status 0 when nothing is, 1 when something is, 2 when it could not be checked\n");
        help.Append("  --check --repair\n      the same, and put it right: what is damaged is moved to damaged/ in the data directory, nothing is deleted\n");
        return help.ToString();
    }

    private static string NamesOf(Setting setting) =>
        setting.Flag is null ? $"{setting.ConfigurationKey} ({setting.EnvironmentVariable})" : $"{setting.ConfigurationKey} ({setting.EnvironmentVariable}, {setting.Flag})";

    private static void AddCombined(ExplorerOptions options, List<string> errors)
    {
        var ports = new[] { ("--ui-port", options.UiPort), ("--otlp-grpc-port", options.OtlpGrpcPort), ("--otlp-http-port", options.OtlpHttpPort) };
        foreach (var same in ports.Where(p => p.Item2 != 0).GroupBy(p => p.Item2).Where(g => g.Count() > 1))
            errors.Add($"{string.Join(" and ", same.Select(p => p.Item1))}: both are {same.Key}; each needs a port of its own");
        if (options.Memory.Total > options.Memory.Limit || options.Memory.Query < LeastQueryMemory)
            errors.Add($"Explorer:Memory:Limit (EXPLORER__MEMORY__LIMIT, --memory): {SettingText.FormatBytes(options.Memory.Limit)} does not hold Ingest:MaxBufferedBytes, Store:MaxQueueBytes, Store:MaxHotBytes, what sealing takes (five times Store:SealBytes) and at least 64MiB for queries; raise it, or lower one of these");
        if (options.Memory.LargestRequest < options.Ingest.MaxBodyBytes)
            errors.Add("Explorer:Ingest:MaxDecompressedBytes (EXPLORER__INGEST__MAXDECOMPRESSEDBYTES): is below Explorer:Ingest:MaxBodyBytes");
        if (options.Memory.LargestRequest > 1L << 30)
            errors.Add("Explorer:Ingest:MaxDecompressedBytes (EXPLORER__INGEST__MAXDECOMPRESSEDBYTES): is above 1GiB");
        if (options.Memory.Buffered < options.Memory.LargestRequest)
            errors.Add("Explorer:Ingest:MaxBufferedBytes (EXPLORER__INGEST__MAXBUFFEREDBYTES): is below Explorer:Ingest:MaxDecompressedBytes");
    }

    private static string CountOf(IReadOnlyList<string> keys) => keys.Count switch { 0 => "", 1 => "1 key", var many => $"{Text(many)} keys" };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? SetData(ExplorerOptions options, string text)
    {
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) return $"\"{text}\" is not a directory";
        if (File.Exists(text)) return $"\"{text}\" is a file, not a directory";
        options.Data = text;
        return null;
    }

    private static string? SetKeys(ExplorerOptions options, string text)
    {
        options.Ingest.Keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return options.Ingest.Keys.Any(key => key.Any(c => c is < '!' or > '~')) ? "has characters that an HTTP header cannot carry" : null;
    }

    private static string? SetDurability(ExplorerOptions options, string text)
    {
        if (!Enum.TryParse<Durability>(text, ignoreCase: true, out var value) || !Enum.IsDefined(value)) return $"\"{text}\" is neither sync nor os";
        options.Store.Durability = value;
        return null;
    }

    private static string Text(TimeSpan? age) => age is { } time ? SettingText.FormatTime(time) : "";

    private static string? SetAge(string text, Action<TimeSpan?> set)
    {
        set(null);
        return text.Length == 0 ? null : SettingText.Time(text, TimeSpan.FromMinutes(1), MaxTime, v => set(v));
    }

    private static string? SetRetentionBytes(ExplorerOptions options, string text)
    {
        options.Retention.MaxBytes = null;
        return text.Length == 0 ? null : SettingText.Bytes(text, 16 << 20, v => options.Retention.MaxBytes = v);
    }
}
