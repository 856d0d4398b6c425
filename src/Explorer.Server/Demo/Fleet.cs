using Explorer.Server.Otlp.Messages;
using static Explorer.Server.Demo.AttributeGroup;

namespace Explorer.Server.Demo;

/// <summary>A build of a service.</summary>
internal sealed record Release(string Version, string Build, string Commit);

/// <summary>A service of the shop. With two releases, the second is being rolled out (<see cref="Incident"/>).</summary>
internal sealed record Service(string Name, Runtime Runtime, int Pods, params Release[] Releases)
{
    public string Host => $"{Name}.shop.svc.cluster.local";
}

/// <summary>What a service is written in, and what its database drivers throw.</summary>
internal sealed record Runtime(string Language, string Name, string Version, string SdkVersion, string SqlError, string RedisError);

/// <summary>A region with its share of the traffic and what its users are like.</summary>
internal sealed record Region(string Name, int Index, double Share, double HoursFromUtc, string TaxHost,
    Weighted<string> Currencies, Weighted<string> Languages, string AddressPrefix);

/// <summary>A running pod of one release in one region; its resource is the same message in every export.</summary>
internal sealed record Instance(Service Service, Release Release, Region Region, Resource Resource, InstrumentationScope Scope)
{
    /// <summary>How far its clock is ahead of the others' (negative: behind).</summary>
    public long ClockSkewNanos { get; init; }
}

/// <summary>All pods of the shop. Names and ids come from the seed, so a pod keeps its name over restarts of the demo.</summary>
internal sealed class Fleet
{
    private static readonly Runtime s_dotnet = new("dotnet", ".NET", "10.0.2", "1.15.0", "Npgsql.PostgresException",
        "StackExchange.Redis.RedisTimeoutException");
    private static readonly Runtime s_java = new("java", "OpenJDK Runtime Environment", "25.0.1+8", "1.56.0",
        "org.postgresql.util.PSQLException", "io.lettuce.core.RedisCommandTimeoutException");
    private static readonly Runtime s_node = new("nodejs", "nodejs", "24.11.1", "2.2.0", "DatabaseError", "ClientTimeoutError");
    private static readonly Runtime s_go = new("go", "go", "go1.25.4", "1.38.0", "*pgconn.PgError", "*net.OpError");
    private static readonly Runtime s_python = new("python", "cpython", "3.14.0", "1.38.0", "psycopg.errors.DeadlockDetected",
        "redis.exceptions.TimeoutError");

    public static readonly Service Gateway = new("gateway", s_node, 3, new Release("2026.11.1", "b48021", "51c07be"));
    public static readonly Service Catalog = new("catalog", s_go, 2, new Release("4.18.0", "b47790", "a90be12"));
    public static readonly Service Search = new("search", s_java, 2, new Release("3.2.7", "b47455", "0d11f6c"));
    public static readonly Service Recommendation = new("recommendation", s_python, 2, new Release("1.9.4", "b46920", "77ab3e0"));
    public static readonly Service Cart = new("cart", s_dotnet, 2, new Release("2026.10.6", "b47102", "e3f5a19"));
    public static readonly Service Checkout = new("checkout", s_dotnet, 3,
        new Release("2026.11.2", "b48090", "c4d8e77"), new Release("2026.11.3", "b48127", "9f31c02"));
    public static readonly Service Payment = new("payment", s_java, 2, new Release("7.1.0", "b47888", "62e0d4b"));
    public static readonly Service Tax = new("tax", s_java, 2, new Release("2.4.1", "b46311", "18c9f05"));
    public static readonly Service Inventory = new("inventory", s_go, 2, new Release("5.0.3", "b47671", "f2b6610"));
    public static readonly Service Shipping = new("shipping", s_node, 2, new Release("1.22.0", "b47240", "b8d40aa"));
    public static readonly Service Fulfilment = new("fulfilment", s_dotnet, 2, new Release("2026.10.9", "b47519", "3a7e5d4"));

    public static readonly Service[] Services =
        [Gateway, Catalog, Search, Recommendation, Cart, Checkout, Payment, Tax, Inventory, Shipping, Fulfilment];

    public static readonly Region[] Regions =
    [
        new("us-east-1", 0, 0.36, -5, "tax-us.internal",
            new(("USD", 96), ("CAD", 4)), new(("en-US", 82), ("es-US", 12), ("fr-CA", 6)), "52.20"),
        new("eu-west-1", 1, 0.34, 1, "tax-eu.internal",
            new(("EUR", 88), ("GBP", 12)), new(("de-DE", 40), ("fr-FR", 26), ("en-GB", 14), ("nl-NL", 12), ("en-US", 8)), "34.240"),
        new("ap-south-1", 2, 0.17, 5.5, "tax-ap.internal",
            new(("INR", 94), ("USD", 6)), new(("en-IN", 70), ("hi-IN", 30)), "13.126"),
        new("us-west-2", 3, 0.13, -8, "tax-us.internal",
            new(("USD", 1)), new(("en-US", 85), ("es-US", 15)), "44.224"),
    ];

    private readonly Dictionary<(Service, Release, Region), Instance[]> _pods = [];

    public Fleet(long seed)
    {
        var dice = new Dice(seed, 0x0F1EE7);
        foreach (var service in Services)
        foreach (var release in service.Releases)
        foreach (var region in Regions)
            {
            var pods = Enumerable.Range(0, service.Pods).Select(pod => Start(service, release, region, pod, dice));
            _pods[(service, release, region)] = [.. pods];
        }
    }

    public Instance Pick(Service service, Release release, Region region, Dice dice) => dice.Pick(_pods[(service, release, region)]);

    private static Instance Start(Service service, Release release, Region region, int pod, Dice dice)
    {
        var name = $"{service.Name}-{region.Name[..2]}-{dice.Hex(4)}-{dice.Hex(5)}";
        var zone = (char)('a' + pod % 3);
        var uid = dice.Id(16);
        var resource = new Resource();
        resource.Attributes.AddRange(
        [
            Pair("service.name", service.Name),
            Pair(DemoShop.NamespaceColumn, DemoShop.Namespace),
            Pair("service.version", release.Version),
            Pair("service.instance.id", new Guid(uid.Span).ToString()),
            Pair("build.id", release.Build),
            Pair("vcs.ref.head.revision", release.Commit),
            Pair("deployment.environment.name", "production"),
            Pair("cloud.provider", "aws"),
            Pair("cloud.platform", "aws_eks"),
            Pair("cloud.account.id", "318200451977"),
            Pair("cloud.region", region.Name),
            Pair("cloud.availability_zone", $"{region.Name}{zone}"),
            Pair("k8s.cluster.name", $"shop-{region.Name}"),
            Pair("k8s.namespace.name", "shop"),
            Pair("k8s.deployment.name", service.Name),
            Pair("k8s.pod.name", name),
            Pair("k8s.pod.uid", new Guid(dice.Id(16).Span).ToString()),
            Pair("k8s.node.name", $"ip-10-{region.Index}-{dice.Below(8)}-{dice.Between(10, 40)}.{region.Name}.compute.internal"),
            Pair("k8s.container.restart_count", dice.Chance(0.15) ? dice.Between(1, 3) : 0),
            Pair("host.name", name),
            Pair("host.arch", dice.Chance(0.6) ? "arm64" : "amd64"),
            Pair("os.type", "linux"),
            Pair("process.pid", dice.Between(1, 60)),
            Pair("process.runtime.name", service.Runtime.Name),
            Pair("process.runtime.version", service.Runtime.Version),
            Pair("telemetry.sdk.name", "opentelemetry"),
            Pair("telemetry.sdk.language", service.Runtime.Language),
            Pair("telemetry.sdk.version", service.Runtime.SdkVersion),
        ]);
        var scope = new InstrumentationScope { Name = $"shop.{service.Name}", Version = release.Version };
        // One badly synchronised pod, as every fleet has: its spans seem to start before their callers' do.
        var skewed = service == Tax && region == Regions[1] && pod == 1;
        return new Instance(service, release, region, resource, scope) { ClockSkewNanos = skewed ? -4_000_000 : 0 };
    }
}
