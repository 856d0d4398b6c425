using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>A cause that is hidden among events.</summary>
/// <param name="Name">What it is like.</param>
/// <param name="Causes">Columns that name it; empty when there is none.</param>
/// <param name="Select">Says which events go wrong; may change the events first.</param>
internal sealed record Scenario(string Name, string[] Causes, Func<SyntheticEvents, bool[]> Select)
{
    private const double Background = 0.01;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("one version", ["service.version"], e => Wrong(e, i => Is(e, "service.version", i, "1.1"), 0.5)),
        new("one customer of 2,000", ["app.customer"], e => Wrong(e, i => Is(e, "app.customer", i, "customer-3"), 0.9, 0.003)),
        new("a column that is there", ["feature.new_checkout"], e => Wrong(e, i => !e["feature.new_checkout"][i].IsNull, 0.3)),
        new("a column that is missing", ["cache.hit"], e => Wrong(e, i => e["cache.hit"][i].IsNull, 0.5)),
        new("large carts", ["cart.size"], e => Wrong(e, i => e["cart.size"][i].AsInt64() >= 8, 0.2)),
        new("large bodies", ["http.request.body.size"], e => Wrong(e, i => e["http.request.body.size"][i].AsInt64() > 20_000, 0.3)),
        new("a version in a region", ["service.version", "cloud.region"], e => Wrong(e, i => Is(e, "service.version", i, "1.1") && Is(e, "cloud.region", i, "ap"), 0.9)),
        new("one pod", ["k8s.pod.name"], e => Wrong(e, i => Is(e, "k8s.pod.name", i, "pod-7"), 0.6)),
        new("a minor but precise cause", ["app.customer"], e =>
        {
            var usual = Wrong(e, i => Is(e, "http.request.method", i, "GET"), 0.03, 0.015);
            for (var i = 0; i < e.Count; i++) usual[i] |= Is(e, "app.customer", i, "customer-9");
            return usual;
        }),
        new("beside a steady slow region", ["service.version"], e => Wrong(e, i => Is(e, "service.version", i, "1.1"), 0.6, i => Is(e, "cloud.region", i, "us") ? 0.02 : 0.01)),
        new("few events", ["payment.provider", "app.tenant"], e =>
        {
            e.Add("app.tenant", _ => $"tenant-{e.Random.Next(500)}");
            var rows = Enumerable.Range(0, e.Count).Where(i => Is(e, "app.tenant", i, "tenant-5")).Take(6).ToArray();
            var selected = new bool[e.Count];
            foreach (var row in rows) selected[row] = true;
            return selected;
        }),
        new("most of the events", ["http.route"], e => Wrong(e, i => !Is(e, "http.route", i, "/api/3"), 0.87, 0.02)),
    ];

    public static IReadOnlyList<Scenario> Controls { get; } =
    [
        new("no cause, 2 %", [], e => Wrong(e, _ => false, 0, 0.02)),
        new("no cause, 40 %", [], e => Wrong(e, _ => false, 0, 0.4)),
    ];

    public override string ToString() => Name;

    private static bool Is(SyntheticEvents events, string column, int row, string value) => events[column][row].Equals(Value.Of(value));

    private static bool[] Wrong(SyntheticEvents events, Func<int, bool> cause, double rate, double background = Background) => Wrong(events, cause, rate, _ => background);

    private static bool[] Wrong(SyntheticEvents events, Func<int, bool> cause, double rate, Func<int, double> background) =>
        [.. Enumerable.Range(0, events.Count).Select(i => events.Chance(cause(i) ? rate : background(i)))];
}
