using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Storage;

namespace Explorer.Server.Tests.Hosting;

public sealed class SettingsTests
{
    [Fact]
    public void Without_anything_the_documented_defaults_hold()
    {
        var options = Valid([]);

        (options.UiPort, options.OtlpGrpcPort, options.OtlpHttpPort).ShouldBe((8080, 4317, 4318));
        options.Bind.ShouldBe(IPAddress.Loopback);
        options.Data.ShouldBe("./data");
        options.Demo.Enabled.ShouldBeFalse();
        options.Ingest.MaxBodyBytes.ShouldBe(32 << 20);
        options.Retention.Policy.ShouldBe(new RetentionPolicy(null, null));
    }

    [Fact]
    public void Flags_win_over_environment_and_appsettings()
    {
        var options = Valid(["--ui-port", "9001", "--bind=0.0.0.0", "--demo", "--retention-age", "30d"], ("Explorer:UiPort", "9000"), ("EXPLORER:OTLPGRPCPORT", "9002"));

        options.UiPort.ShouldBe(9001);
        options.OtlpGrpcPort.ShouldBe(9002);
        options.Bind.ShouldBe(IPAddress.Any);
        options.Demo.Enabled.ShouldBeTrue();
        options.Retention.MaxAge.ShouldBe(TimeSpan.FromDays(30));
    }

    [Fact]
    public void Where_little_is_kept_the_journal_is_sealed_early()
    {
        Valid(["--retention-bytes", "64MiB"]).ToEventStoreOptions().SealBytes.ShouldBe(8 << 20);
        Valid(["--retention-bytes", "100GiB"]).ToEventStoreOptions().SealBytes.ShouldBe(Valid([]).ToEventStoreOptions().SealBytes);
    }

    [Fact]
    public void What_is_kept_for_a_short_time_is_sealed_soon()
    {
        Valid(["--retention-age", "30d", "--retention-logs-age", "1h"]).ToEventStoreOptions().SealAge.ShouldBe(TimeSpan.FromMinutes(6));
        Valid(["--retention-age", "30d"]).ToEventStoreOptions().SealAge.ShouldBe(TimeSpan.FromMinutes(30));
    }

    [Fact]
    public void A_bad_value_that_a_flag_overrides_is_no_error() =>
        Valid(["--ui-port", "9001"], ("Explorer:UiPort", "what")).UiPort.ShouldBe(9001);

    [Fact]
    public void All_faults_are_listed_each_with_its_keys()
    {
        var errors = Errors(
            ["--ui-prot", "1", "--otlp-http-port"],
            ("Explorer:UiPort", "99999"), ("Explorer:Store:SealBytes", "many"), ("Explorer:Store:SealByte", "1"), ("Explorer:Query:Timeout", "30"));

        errors.ShouldContain(e => e.Contains("--ui-prot") && e.Contains("did you mean --ui-port?"));
        errors.ShouldContain(e => e.StartsWith("--otlp-http-port: needs a value"));
        errors.ShouldContain(e => e.Contains("Explorer:UiPort (EXPLORER__UIPORT, --ui-port)") && e.Contains("\"99999\""));
        errors.ShouldContain(e => e.Contains("Explorer:Store:SealBytes (EXPLORER__STORE__SEALBYTES)") && e.Contains("\"many\""));
        errors.ShouldContain(e => e.StartsWith("Explorer:Store:SealByte:") && e.Contains("Store:SealBytes?"));
        errors.ShouldContain(e => e.Contains("Explorer:Query:Timeout") && e.Contains("\"30\""));
    }

    [Theory]
    [InlineData("surplus", "surplus: is not an option")]
    [InlineData("-p", "-p: there is no such option")]
    [InlineData("--help=yes", "--help: there is no such option")]
    public void What_is_no_option_is_named(string argument, string error) => Errors([argument]).ShouldContain(e => e.StartsWith(error));

    [Fact]
    public void Two_listeners_cannot_share_a_port() =>
        Errors(["--ui-port", "4318"]).ShouldHaveSingleItem().ShouldBe("--ui-port and --otlp-http-port: both are 4318; each needs a port of its own");

    [Fact]
    public void A_data_directory_that_is_a_file_is_refused()
    {
        var file = Path.GetTempFileName();
        try
        {
            Errors(["--data", file]).ShouldHaveSingleItem().ShouldContain("is a file");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("256MiB")]
    [InlineData("512MiB")]
    [InlineData("2GiB")]
    [InlineData("64GiB")]
    public void The_memory_limit_is_divided_and_never_exceeded(string limit)
    {
        var options = Valid(["--memory", limit]);
        var memory = options.Memory;

        memory.Total.ShouldBe(memory.Limit);
        memory.Query.ShouldBeGreaterThanOrEqualTo(64L << 20);
        memory.Buffered.ShouldBeGreaterThanOrEqualTo(memory.LargestRequest);
        (memory.Seal * 6).ShouldBeLessThanOrEqualTo(memory.Hot);
        var store = options.ToEventStoreOptions();
        (store.MaxQueueBytes + store.MaxHotBytes + store.QueryMemoryBytes + store.SealMemoryBytes + options.ToIngestOptions().MaxBufferedBytes).ShouldBe(memory.Limit);
    }

    [Fact]
    public void A_share_that_is_set_wins_and_the_others_make_room_or_the_limit_is_named()
    {
        var memory = Valid(["--memory", "1GiB", "--query-memory", "600MiB"], ("Explorer:Store:SealBytes", "8MiB")).Memory;
        memory.Query.ShouldBe(600L << 20);
        memory.Seal.ShouldBe(8L << 20);
        memory.Total.ShouldBeLessThanOrEqualTo(memory.Limit);

        Errors(["--memory", "512MiB"], ("Explorer:Store:MaxHotBytes", "500MiB")).ShouldHaveSingleItem().ShouldContain("--memory");
        Errors(["--memory", "100MiB"]).ShouldHaveSingleItem().ShouldContain("below the least size, 256MiB");
    }

    [Theory]
    [InlineData("1048576", 1L << 20)]
    [InlineData("512KiB", 512L << 10)]
    [InlineData("32 mib", 32L << 20)]
    [InlineData("2GB", 2_000_000_000L)]
    [InlineData("3TiB", 3L << 40)]
    [InlineData("-1", null)]
    [InlineData("1.5GiB", null)]
    [InlineData("9999999999999TiB", null)]
    [InlineData("GiB", null)]
    public void Sizes_have_units(string text, long? expected)
    {
        long? bytes = null;
        var fault = SettingText.Bytes(text, 1, v => bytes = v);

        bytes.ShouldBe(expected);
        (fault is null).ShouldBe(expected is not null);
    }

    [Fact]
    public void Every_setting_reads_back_what_it_writes_and_stands_in_the_help()
    {
        var help = Settings.Help();
        var defaults = new ExplorerOptions();
        foreach (var setting in Settings.All)
        {
            var read = new ExplorerOptions();
            setting.Set(read, setting.Get(defaults)).ShouldBeNull(setting.Key);
            setting.Get(read).ShouldBe(setting.Get(defaults), setting.Key);
            help.ShouldContain(setting.EnvironmentVariable);
            help.ShouldContain(setting.Flag ?? setting.EnvironmentVariable);
        }
    }

    [Fact]
    public void The_shipped_file_holds_every_setting_at_its_default()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "appsettings.json")));
        var shipped = Leaves(file.RootElement.GetProperty("Explorer"), "").ToDictionary(l => l.Key, l => l.Text);
        var defaults = new ExplorerOptions();
        // Their defaults are the machine's.
        var expected = Settings.All.Where(s => !s.Key.StartsWith("Memory:") && s.Key is not (
            "Query:MemoryBytes" or "Query:MaxConcurrent" or "Ingest:MaxBufferedBytes" or "Store:MaxQueueBytes" or "Store:MaxHotBytes" or "Store:SealBytes")).ToDictionary(s => s.Key, s => s.Get(defaults));

        shipped.ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public void A_page_sees_every_setting_and_no_key()
    {
        var shown = Settings.Shown(Valid(["--ui-port", "9001"], ("Explorer:Ingest:Keys", "hush, quiet")));

        shown.Select(s => s.Name).ShouldBe(Settings.All.Select(s => s.Key));
        shown.ShouldNotContain(s => s.Value.Contains("hush"));
        shown.Where(s => !s.IsDefault).Select(s => (s.Name, s.Value)).ShouldBe([("UiPort", "9001"), ("Ingest:Keys", "2 keys")]);
    }

    private static IEnumerable<(string Key, string Text)> Leaves(JsonElement element, string path) =>
        element.EnumerateObject().SelectMany(p => p.Value.ValueKind == JsonValueKind.Object
            ? Leaves(p.Value, path + p.Name + ":")
            : [(path + p.Name, p.Value.ToString().Replace("False", "false"))]);

    private static ExplorerOptions Valid(string[] arguments, params (string Key, string Value)[] configured)
    {
        var (options, errors) = Read(arguments, configured);
        errors.ShouldBeEmpty();
        return options;
    }

    private static IReadOnlyList<string> Errors(string[] arguments, params (string Key, string Value)[] configured) => Read(arguments, configured).Errors;

    private static (ExplorerOptions Options, IReadOnlyList<string> Errors) Read(string[] arguments, (string Key, string Value)[] configured)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(configured.Select(c => KeyValuePair.Create(c.Key, (string?)c.Value))).Build();
        return Settings.Read(configuration, CommandLine.Parse(arguments));
    }
}
