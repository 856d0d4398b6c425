using Explorer.Server.Otlp.Messages;
using static Explorer.Server.Demo.AttributeGroup;
using SpanKind = Explorer.Server.Otlp.Messages.Span.Types.SpanKind;

namespace Explorer.Server.Demo;

internal enum Protocol { Local, Http, Grpc, Database, External, Publish, Consume }

/// <summary>
/// One kind of work that the shop does: whose it is, what its span says, how long its own part takes and what it calls.
/// An operation with a <see cref="Service"/> is reached over the network and gets two spans, the caller's and its own.
/// </summary>
internal sealed record Operation(string Name, Protocol Protocol, double MedianMs, double Sigma = 0.35)
{
    /// <summary>The service that answers; null for work on the caller's own instance and for what is not instrumented.</summary>
    public Service? Service { get; init; }

    /// <summary>Attributes of the operation's own span that never change.</summary>
    public KeyValue[] Constants { get; init; } = [];

    /// <summary>Attributes of the calling span that never change.</summary>
    public KeyValue[] CallerConstants { get; init; } = [];

    public AttributeGroup[] Groups { get; init; } = [];

    public AttributeGroup[] CallerGroups { get; init; } = [];

    public Step[] Steps { get; init; } = [];

    public Fault[] Faults { get; init; } = [];

    public LogLine[] Logs { get; init; } = [];

    /// <summary>For <see cref="Protocol.Publish"/>: who takes the message.</summary>
    public Operation? Consumer { get; init; }

    /// <summary>HTTP status when all goes well.</summary>
    public int SuccessStatus { get; init; } = 200;

    public SpanKind Kind => Protocol switch
    {
        Protocol.Local => SpanKind.Internal,
        Protocol.Http or Protocol.Grpc => SpanKind.Server,
        Protocol.Publish => SpanKind.Producer,
        Protocol.Consume => SpanKind.Consumer,
        _ => SpanKind.Client,
    };

    public static Operation Local(string name, double ms) => new(name, Protocol.Local, ms)
    {
        Constants = Pairs(("code.function.name", name)),
    };

    /// <param name="service">Who answers.</param>
    /// <param name="method">HTTP method.</param>
    /// <param name="route">Route template.</param>
    /// <param name="ms">Median of its own work.</param>
    /// <param name="address">The server.address when it is not the service's own host.</param>
    public static Operation Http(Service service, string method, string route, double ms, AttributeGroup? address = null) =>
        new($"{method} {route}", Protocol.Http, ms)
        {
            Service = service,
            Constants = Pairs(("http.request.method", method), ("http.route", route), ("url.scheme", "http"),
                ("network.protocol.name", "http"), ("network.protocol.version", "1.1"), ("server.port", 8080)),
            CallerConstants =
            [
                .. Pairs(("http.request.method", method), ("url.template", route), ("server.port", 8080)),
                .. address is null ? Pairs(("server.address", service.Host)) : [],
            ],
            Groups = [Attributes.HttpServer],
            CallerGroups = address is null ? [Attributes.HttpClient] : [Attributes.HttpClient, address],
        };

    public static Operation Grpc(Service service, string package, string method, double ms)
    {
        var constants = Pairs(("rpc.system", "grpc"), ("rpc.service", package), ("rpc.method", method),
            ("server.address", service.Host), ("server.port", 5000));
        return new Operation($"{package}/{method}", Protocol.Grpc, ms)
        {
            Service = service,
            Constants = constants,
            CallerConstants = [.. constants, .. Pairs(("network.transport", "tcp"))],
            Groups = [Attributes.Peer],
        };
    }

    public static Operation Sql(string database, string verb, string table, string text, double ms) =>
        new($"{verb} {table}", Protocol.Database, ms, 0.5)
        {
            Constants = Pairs(("db.system.name", "postgresql"), ("db.namespace", database), ("db.operation.name", verb),
                ("db.collection.name", table), ("db.query.text", text),
                ("server.address", $"pg-{database}.internal"), ("server.port", 5432)),
            Groups = [Attributes.Rows],
            Faults = [Fault.Deadlock],
        };

    public static Operation Redis(string verb, string key, double ms = 0.7) => new($"{verb} {key}", Protocol.Database, ms, 0.5)
    {
        Constants = Pairs(("db.system.name", "redis"), ("db.namespace", "0"), ("db.operation.name", verb),
            ("db.query.text", $"{verb} {key}"), ("server.address", "redis-main.internal"), ("server.port", 6379)),
        Faults = [Fault.RedisTimeout],
    };
}

/// <summary>One entry in what an operation does. Steps run one after the other unless <see cref="Beside"/>.</summary>
internal sealed record Step(Operation Operation)
{
    /// <summary>How often; once when absent. At most 64 are made.</summary>
    public Func<Request, int> Times { get; init; } = static _ => 1;

    /// <summary>Starts together with the step before it.</summary>
    public bool Beside { get; init; }

    /// <summary>A failure here does not fail the caller.</summary>
    public bool Tolerated { get; init; }

    /// <summary>Median pause after each call, doubled every time.</summary>
    public double BackOffMs { get; init; }

    /// <summary>What the caller logs after each call.</summary>
    public LogLine? Log { get; init; }

    public static implicit operator Step(Operation operation) => new(operation);
}

/// <summary>How an operation can fail. Below 500 it is the client's mistake and no error of the server.</summary>
internal sealed record Fault(string Type, string Message, int HttpStatus, double Chance, params string[] Frames)
{
    public static readonly Fault Deadlock = new("", "deadlock detected", 500, 0.00035, "store.Session.read", "store.Session.execute")
    {
        TypeOf = runtime => runtime.SqlError,
    };

    public static readonly Fault RedisTimeout = new("", "no answer within 1000 ms", 500, 0.00025, "cache.Client.await", "cache.Client.send")
    {
        TypeOf = runtime => runtime.RedisError,
    };

    /// <summary>For a fault that every runtime names differently.</summary>
    private Func<Runtime, string>? TypeOf { get; init; }

    public string TypeIn(Runtime runtime) => TypeOf?.Invoke(runtime) ?? Type;

    /// <summary>The trace of calls, in the way of the runtime.</summary>
    public string StackTrace(Runtime runtime)
    {
        var lines = Frames.Select((frame, i) => (File: frame.Split('.')[^2], Line: 40 + i * 37) switch
        {
            var (file, line) when runtime.Language == "java" => $"\tat {frame}({file}.java:{line})",
            var (file, line) when runtime.Language == "nodejs" =>
                $"    at {frame} (/app/dist/{file.ToLowerInvariant()}.js:{line}:{9 + i * 4})",
            var (file, line) when runtime.Language == "python" => $"  File \"/app/{file}.py\", line {line}, in {frame.Split('.')[^1]}",
            var (file, line) when runtime.Language == "go" => $"{frame}(...)\n\t/src/{file.ToLowerInvariant()}.go:{line}",
            var (file, line) => $"   at {frame}() in /src/{file}.cs:line {line}",
        });
        return $"{TypeIn(runtime)}: {Message}\n{string.Join('\n', lines)}";
    }
}

/// <summary>A line that an instance logs inside a span.</summary>
internal sealed record LogLine(SeverityNumber Severity, double Chance, Func<Request, string> Body);
