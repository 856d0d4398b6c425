using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Collections;

namespace Explorer.Server.Demo;

/// <summary>What the spans of one request may mention, drawn once: who asks, from where, for what, and how it will go.</summary>
internal sealed class Request
{
    private const int UsersPerRegion = 40_000;

    private static readonly string[] s_tenants =
    [
        "alpenglow", "bluefin", "cobblestone", "driftwood", "emberly", "fernhill", "goldcrest", "harborline", "ironleaf", "juniper",
        "kestrel", "larkspur", "mossgate", "nightjar", "oakum", "pinewharf", "quillon", "redstart", "saltmarsh", "thistledown",
    ];

    private static readonly Weighted<string> s_plans = new(("free", 55), ("plus", 30), ("business", 12), ("enterprise", 3));
    private static readonly Weighted<string> s_providers = new(("stripe", 55), ("adyen", 30), ("paypal", 15));
    private static readonly Weighted<string> s_methods = new(("card", 70), ("wallet", 22), ("invoice", 8));
    private static readonly string[] s_words =
        ["lamp", "kettle", "oak desk", "linen", "wool rug", "mug", "chair", "shelf", "vase", "clock", "towel", "mirror"];

    private const string WebKit = "(KHTML, like Gecko)";

    private static readonly Weighted<Agent> s_agents = new(
        (new("Chrome", "142.0", "desktop", $"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {WebKit} Chrome/142.0.0.0"), 34),
        (new("Mobile Safari", "19.1", "phone", $"Mozilla/5.0 (iPhone; CPU iPhone OS 19_1) AppleWebKit/605.1.15 {WebKit} Version/19.1"), 28),
        (new("Chrome Mobile", "142.0", "phone", $"Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 {WebKit} Chrome/142.0.0.0"), 20),
        (new("Firefox", "145.0", "desktop", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"), 9),
        (new("shop-app", "8.14.2", "phone", "shop-app/8.14.2 (iOS 19.1)"), 7),
        (new("uptime-probe", "2.3", "server", "uptime-probe/2.3 (+https://status.shop.example)"), 2));

    private readonly Dictionary<AttributeGroup, KeyValue[]> _shared = [];

    public Request(Dice dice, long seed, Fleet fleet, Region region, Incident incident, long startNanos)
    {
        (Dice, Fleet, Region, StartNanos) = (dice, fleet, region, startNanos);
        // The square makes some users far busier than others.
        var user = (long)(dice.Unit() * dice.Unit() * UsersPerRegion) + region.Index * UsersPerRegion;
        var person = new Dice(seed, user);
        UserId = "u_" + person.Hex(10);
        Tenant = s_tenants[(int)(person.Unit() * person.Unit() * s_tenants.Length)];
        Plan = s_plans.Pick(person);
        Currency = region.Currencies.Pick(person);
        Language = region.Languages.Pick(person);
        Agent = s_agents.Pick(person);
        ClientAddress = $"{region.AddressPrefix}.{person.Below(256)}.{person.Between(1, 254)}";
        NewCustomer = person.Chance(0.18);
        NewNavigation = person.Chance(0.5);

        SessionId = dice.Hex(16);
        CartId = "c_" + dice.Hex(8);
        OrderId = dice.Hex(12);
        ProductId = $"p-{(int)(dice.Unit() * dice.Unit() * 5000):d5}";
        SearchText = dice.Pick(s_words);
        Items = 1 + (int)(dice.Unit() * dice.Unit() * 12);
        CartValue = Math.Round(dice.Around(38, 0.6) * Items, 2);
        Provider = s_providers.Pick(dice);
        Method = s_methods.Pick(dice);

        var checkout = Fleet.Checkout.Releases;
        Checkout = dice.Chance(incident.NewBuildShare(region, startNanos)) ? checkout[^1] : checkout[0];
        var severity = incident.Severity(region, Checkout, startNanos);
        RatesCached = severity == 0 && dice.Chance(0.8);
        if (dice.Chance(severity * 0.5 + (severity > 0 ? 0.4 : 0)))
            Retries = 1 + (dice.Chance(0.75 * severity) ? 1 : 0) + (dice.Chance(0.35 * severity) ? 1 : 0);
    }

    public Dice Dice { get; }
    public Fleet Fleet { get; }
    public Region Region { get; }
    public long StartNanos { get; }

    public string UserId { get; }
    public string Tenant { get; }
    public string Plan { get; }
    public string Currency { get; }
    public string Language { get; }
    public Agent Agent { get; }
    public string ClientAddress { get; }
    public bool NewCustomer { get; }
    public bool NewNavigation { get; }

    public string SessionId { get; }
    public string CartId { get; }
    public string OrderId { get; }
    public string ProductId { get; }
    public string SearchText { get; }
    public int Items { get; }
    public double CartValue { get; }
    public string Provider { get; }
    public string Method { get; }

    /// <summary>The build of checkout that serves this request.</summary>
    public Release Checkout { get; }

    public bool RatesCached { get; }

    /// <summary>Calls to the tax provider that will time out before one is answered: 0 to 3, above 0 only in the incident.</summary>
    public int Retries { get; }

    public bool Storm => Retries > 0;

    /// <summary>The number of the present call, from 1, while a step is repeated.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary>The values of a group that belong to the whole request, made on first use.</summary>
    public KeyValue[] Shared(AttributeGroup group)
    {
        if (!_shared.TryGetValue(group, out var values))
        {
            var made = new RepeatedField<KeyValue>();
            group.AddTo(made, this);
            _shared[group] = values = [.. made];
        }
        return values;
    }
}

/// <summary>A program that users come with.</summary>
internal sealed record Agent(string Name, string Version, string Device, string Original);
