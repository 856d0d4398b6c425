using System.Globalization;
using System.Text;

namespace Benchmarks.Workloads;

/// <summary>The names and values of the shop that many spans share, encoded once.</summary>
internal sealed class ShopCatalog
{
    public const int ServiceCount = 20;
    public const int PodsPerService = 10;
    public const int OperationsPerService = 40;

    private const int PathCount = 100_000;
    private static readonly string[] ServiceNames =
    [
        "frontend", "checkout", "cart", "payment", "catalog", "search", "shipping", "currency", "recommendation", "inventory",
        "accounts", "sessions", "email", "tax", "pricing", "reviews", "loyalty", "fraud", "warehouse", "gateway",
    ];

    private static readonly string[] Nouns = ["orders", "items", "users", "baskets", "offers", "parcels", "quotes", "coupons"];
    private static readonly string[] Verbs = ["list", "get", "create", "update", "remove"];

    public ShopCatalog(int seed)
    {
        var dice = new Dice(seed);
        var operations = new Operation[ServiceCount * OperationsPerService];
        for (var i = 0; i < operations.Length; i++) operations[i] = MakeOperation(i, ref dice);
        Operations = operations;
        Resources = [.. Enumerable.Range(0, ServiceCount * PodsPerService).Select(MakeResource)];
        UserAgents = Texts(300, i =>
            $"Mozilla/5.0 (X11; Linux x86_64) Chrome/{100 + (i % 30)}.0.{i * 7}.{i % 100} Safari/537.{i % 40}");
        Builds = Texts(30, i => $"2026.11.{i}-{0xA1B2C3 + (i * 7919):x6}");
        Tenants = Texts(5_000, i => $"tenant-{i:D4}");
        Clients = Texts(65_536, i => $"10.{i % 7}.{i >> 8}.{i & 255}");
        Flags = Texts(12, i => $"checkout-variant-{(char)('a' + i)}");
        Regions = Texts(6, i => $"eu-central-{i + 1}");
    }

    /// <summary>Operations of all services, those of one service side by side.</summary>
    public Operation[] Operations { get; }

    /// <summary>An encoded OTLP Resource for each pod, pods of one service side by side.</summary>
    public byte[][] Resources { get; }

    public byte[][] UserAgents { get; }

    public byte[][] Builds { get; }

    public byte[][] Tenants { get; }

    public byte[][] Clients { get; }

    public byte[][] Flags { get; }

    public byte[][] Regions { get; }

    public static int[] StatusCodes { get; } = [200, 201, 204, 302, 400, 404, 500];

    public Zipf OperationRanks { get; } = new(OperationsPerService);

    public Zipf TenantRanks { get; } = new(5_000);

    public Zipf UserRanks { get; } = new(1_000_000);

    public Zipf PathRanks { get; } = new(PathCount);

    private static byte[][] Texts(int count, Func<int, string> text) => [.. Enumerable.Range(0, count).Select(i => Encoding.ASCII.GetBytes(text(i)))];

    private static Operation MakeOperation(int index, ref Dice dice)
    {
        var (service, number) = (index / OperationsPerService, index % OperationsPerService);
        var (noun, verb) = (Nouns[number % Nouns.Length], Verbs[number / Nouns.Length]);
        var kind = (number % 10) switch { 0 or 1 or 2 or 3 => OperationKind.Server, 4 or 5 or 6 => OperationKind.Database, 7 or 8 => OperationKind.Client, _ => OperationKind.Internal };
        var route = $"/api/v1/{ServiceNames[service]}/{noun}/{{id}}/{verb}";
        var name = kind switch
        {
            OperationKind.Database => $"SELECT {noun}_{number}",
            OperationKind.Internal => $"{ServiceNames[service]}.{verb}_{noun}",
            _ => $"GET {route}",
        };
        var queries = Enumerable.Range(0, 10).Select(i => Encoding.ASCII.GetBytes(
            $"SELECT id, state, total, updated_at FROM {ServiceNames[service]}.{noun}_{number} WHERE tenant_id = $1 AND state = '{Verbs[i % 5]}' ORDER BY c{i} LIMIT {(i + 1) * 10}"));
        return new Operation(
            kind, Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(route), Encoding.ASCII.GetBytes($"/api/v1/{ServiceNames[service]}/{noun}/"),
            Encoding.ASCII.GetBytes($"{noun}_{number}"), [.. queries], Encoding.ASCII.GetBytes($"{ServiceNames[(service + number) % ServiceCount]}.shop.internal"),
            Math.Log(0.3 + (50 * dice.Unit() * dice.Unit())));
    }

    private static byte[] MakeResource(int pod)
    {
        var (service, replica) = (ServiceNames[pod / PodsPerService], pod % PodsPerService);
        var hash = (0x5BD1E995u * (uint)(pod + 1)).ToString("x8", CultureInfo.InvariantCulture);
        var buffer = new OtlpBuffer(2_048);
        (string Key, string Value)[] attributes =
        [
            ("service.name", service), ("service.version", $"1.{pod % 7}.{pod % 13}"), ("service.namespace", "shop"),
            ("service.instance.id", $"{hash}-{replica:D4}-4e0a-9c1f-{hash}{replica:D4}"), ("k8s.pod.name", $"{service}-{hash}-{replica}"),
            ("k8s.namespace.name", "production"), ("k8s.node.name", $"node-{pod % 24:D2}"), ("host.name", $"node-{pod % 24:D2}.shop.internal"),
            ("deployment.environment.name", "production"), ("telemetry.sdk.language", (pod / PodsPerService % 3) switch { 0 => "dotnet", 1 => "go", _ => "java" }),
        ];
        foreach (var (key, value) in attributes) buffer.StringAttribute(0x0A, Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(value));
        return buffer.Written.ToArray();
    }
}

/// <summary>What a span of an operation looks like.</summary>
internal enum OperationKind
{
    Server,
    Database,
    Client,
    Internal,
}

/// <summary>One of the operations of a service; texts are ASCII.</summary>
/// <param name="Kind">Which attributes its spans have.</param>
/// <param name="Name">Name of its spans.</param>
/// <param name="Route">Its <c>http.route</c>.</param>
/// <param name="PathStart">Start of its <c>url.path</c>; a number follows.</param>
/// <param name="Collection">Its <c>db.collection.name</c>.</param>
/// <param name="Queries">Its query texts.</param>
/// <param name="Address">Its <c>server.address</c>.</param>
/// <param name="LogDuration">Mean of the logarithm of its duration in milliseconds.</param>
internal sealed record Operation(
    OperationKind Kind, byte[] Name, byte[] Route, byte[] PathStart, byte[] Collection, byte[][] Queries, byte[] Address, double LogDuration);
