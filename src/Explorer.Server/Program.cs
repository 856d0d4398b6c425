using System.Globalization;
using System.Runtime.InteropServices;
using Explorer.Server.Api;
using Explorer.Server.Hosting;
using Microsoft.Extensions.Logging.Console;
using Storage;

namespace Explorer.Server;

/// <summary>The process: its arguments, its settings, its exit status.</summary>
internal static class Program
{
    private const int Failed = 1;

    private static async Task<int> Main(string[] arguments)
    {
        var line = CommandLine.Parse(arguments);
        var configuration = ReadConfiguration();
        var (options, errors) = Settings.Read(configuration, line);
        switch (line.Action)
        {
            case CommandLineAction.Help:
                Console.Out.Write(Settings.Help());
                return 0;
            case CommandLineAction.Version:
                Console.Out.WriteLine($"explorer {StatusEndpoints.Version}");
                return 0;
        }

        if (errors.Count > 0) return Fail([.. errors, "--help lists every option"]);
        if (line.Action == CommandLineAction.HealthCheck) return await HealthCheck.RunAsync(options);
        if (line.Action is CommandLineAction.Check or CommandLineAction.Repair)
            return await StoreCheckCommand.RunAsync(options, line.Action == CommandLineAction.Repair);
        using var loggers = LoggerFactory.Create(logging => AddLogging(logging, configuration));
        using var starting = new CancellationTokenSource();
        // The host listens for signals only once it has started.
        using var stop = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            starting.Cancel();
        });
        try
        {
            await using var app = await ExplorerApp.StartAsync(options, loggers, starting.Token);
            Greet(app, options);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0; // told to stop while it was starting: there was nothing to finish
        }
        catch (Exception e) when (e is StartException or EventStoreException)
        {
            return Fail([e.Message]);
        }
    }

    private static IConfigurationRoot ReadConfiguration() => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
        .AddEnvironmentVariables()
        .Build();

    private static void AddLogging(ILoggingBuilder logging, IConfiguration configuration) => logging
        .AddConfiguration(configuration.GetSection("Logging"))
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
            console.ColorBehavior = LoggerColorBehavior.Default;
        });

    private static void Greet(ExplorerApp app, ExplorerOptions options)
    {
        var addresses = app.Addresses;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Explorer {StatusEndpoints.Version} is ready
              UI and API  {addresses.UiUrl}
              OTLP/gRPC   {addresses.OtlpGrpcUrl}
              OTLP/HTTP   {addresses.OtlpHttpUrl}
              Data        {options.DataDirectory} ({app.Store.Statistics.Events:N0} events)
            """));
    }

    private static int Fail(IReadOnlyList<string> sentences)
    {
        foreach (var sentence in sentences) Console.Error.WriteLine($"explorer: {sentence}");
        return Failed;
    }
}
