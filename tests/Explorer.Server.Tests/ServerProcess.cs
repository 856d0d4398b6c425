using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Explorer.Client;

namespace Explorer.Server.Tests;

/// <summary>The built executable as a process of its own, on free loopback ports.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<ServerAddresses> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(string dll, string workingDirectory, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = workingDirectory, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.ArgumentList.Add(dll);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("the server ended before it was ready\n" + Output));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The executable beside these tests.</summary>
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "explorer.dll");

    public ServerAddresses Addresses { get; private set; } = new("", "", "");

    /// <summary>Everything it has printed.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts it on free ports and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(
        string dataDirectory, string? dll = null, string? workingDirectory = null, string[]? arguments = null, params (string Name, string Value)[] environment)
    {
        var server = Launch(dataDirectory, dll, workingDirectory, arguments, environment);
        server.Addresses = await server._ready.Task.WaitAsync(StartLimit);
        return server;
    }

    /// <summary>Starts it on free ports and does not wait.</summary>
    public static ServerProcess Launch(
        string dataDirectory, string? dll = null, string? workingDirectory = null, string[]? arguments = null, params (string Name, string Value)[] environment) =>
        new(dll ?? Dll, workingDirectory ?? Path.GetTempPath(),
            ["--ui-port", "0", "--otlp-grpc-port", "0", "--otlp-http-port", "0", "--data", dataDirectory, .. arguments ?? []], environment);

    /// <summary>Runs it to its end with these arguments.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var server = new ServerProcess(Dll, Path.GetTempPath(), arguments);
        var exitCode = await server.WaitAsync(StartLimit);
        return (exitCode, server.Output);
    }

    /// <summary>Ends it as a power cut would end the process: no handler of it runs.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Asks it to end, and answers the exit status.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        return await WaitAsync(limit);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private async Task<int> WaitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Append(CultureInfo.InvariantCulture, $"{line}\n");
        // The line after the addresses: the greeting is complete.
        if (line.StartsWith("  Data ", StringComparison.Ordinal))
            _ready.TrySetResult(new ServerAddresses(Address("UI and API"), Address("OTLP/gRPC"), Address("OTLP/HTTP")));
    }

    private string Address(string label) => Regex.Match(Output, Regex.Escape(label) + @"\s+(\S+)").Groups[1].Value;
}
