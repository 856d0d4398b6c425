using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Benchmarks.Harness;

namespace Benchmarks.Servers;

/// <summary>The built server as a process of its own, on free loopback ports, with its data in a directory of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(2);
    private static int _lastPort = 23_000;

    private readonly Process _process;

    private ServerProcess(Process process, string data, int uiPort, int grpcPort, int httpPort)
    {
        _process = process;
        Data = data;
        GrpcPort = grpcPort;
        HttpPort = httpPort;
        Api = new ServerApi(new Uri($"http://127.0.0.1:{uiPort}"));
    }

    public string Data { get; }

    public int GrpcPort { get; }

    public int HttpPort { get; }

    public ServerApi Api { get; }

    public int Id => _process.Id;

    /// <summary>From the start of the process to its first "ready".</summary>
    public TimeSpan StartTime { get; private set; }

    public ProcessUsage Usage => ProcessUsage.Of(Id);

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="arguments">May name another build of the server with <c>--server explorer.dll</c>.</param>
    /// <param name="data">Its data directory; made if it is missing.</param>
    /// <param name="settings">Further flags and their values, and environment variables as NAME=value.</param>
    public static async Task<ServerProcess> StartAsync(Arguments arguments, string data, params string[] settings)
    {
        var server = arguments.Text("server", Path.Combine(Repository.Root, "src", "Explorer.Server", "bin", "Release", "net10.0", "explorer.dll"));
        if (!File.Exists(server)) throw new BenchmarkException($"there is no {server}; build the server with -c Release");
        Directory.CreateDirectory(data);
        var (ui, grpc, http) = (FreePort(), FreePort(), FreePort());
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] words =
        [
            server, "--data", data, "--ui-port", $"{ui}", "--otlp-grpc-port", $"{grpc}", "--otlp-http-port", $"{http}", .. settings.Where(s => !IsVariable(s)),
            .. arguments.Text("with", "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        foreach (var word in words) start.ArgumentList.Add(word);
        foreach (var variable in settings.Where(IsVariable)) start.Environment[variable.Split('=')[0]] = variable.Split('=')[1];
        var watch = Stopwatch.StartNew();
        var process = Process.Start(start) ?? throw new BenchmarkException("the server did not start");
        var log = LogOf(data);
        _ = CopyAsync(process.StandardOutput, log);
        _ = CopyAsync(process.StandardError, log + ".err");
        var started = new ServerProcess(process, data, ui, grpc, http);
        try
        {
            while (!await started.Api.IsReadyAsync())
            {
                if (process.HasExited) throw new BenchmarkException($"the server ended with exit code {process.ExitCode}; see {log}");
                if (watch.Elapsed > ReadyTimeout) throw new BenchmarkException($"the server is not ready after {ReadyTimeout.TotalSeconds:0} s; see {log}");
                await Task.Delay(5);
            }
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }

        started.StartTime = watch.Elapsed;
        return started;
    }

    /// <summary>Asks the server to end, and waits.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var watch = Stopwatch.StartNew();
        _ = Kill(Id, SigTerm);
        await _process.WaitForExitAsync();
        return watch.Elapsed;
    }

    /// <summary>Ends the server as a crash would.</summary>
    public async Task KillAsync()
    {
        _ = Kill(Id, SigKill);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        Api.Dispose();
        _process.Dispose();
    }

    /// <summary>Bytes of the files below a directory.</summary>
    public static long BytesBelow(string directory, string pattern = "*") =>
        Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateFiles(pattern, SearchOption.AllDirectories).Sum(file => file.Length) : 0;

    /// <summary>Lines of what all servers of this directory logged that contain a text.</summary>
    public int LogLines(string text) => File.ReadLines(LogOf(Data)).Count(line => line.Contains(text, StringComparison.Ordinal));

    private static string LogOf(string data) => Path.Combine(data, "..", Path.GetFileName(data) + ".log");

    private static bool IsVariable(string setting) => setting.StartsWith("EXPLORER__", StringComparison.Ordinal);

    private static int FreePort()
    {
        for (var port = _lastPort; port < 24_000; port++)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                _lastPort = port + 1 < 23_990 ? port + 1 : 23_000;
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's; the next one.
            }
        }

        throw new BenchmarkException("no port from 23000 to 23999 is free");
    }

    private static async Task CopyAsync(StreamReader from, string path)
    {
        await using var file = new StreamWriter(path, append: true) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line) await file.WriteLineAsync(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
