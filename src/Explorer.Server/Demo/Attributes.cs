using System.Globalization;
using static Explorer.Server.Demo.AttributeGroup;

namespace Explorer.Server.Demo;

/// <summary>The attributes that differ between requests or spans. Constant ones stand with their operation.</summary>
internal static class Attributes
{
    // Of the whole request.

    /// <summary>On every span, as a shop hands them on in baggage.</summary>
    public static readonly AttributeGroup Everyone = new(
        ("app.tenant", r => Text(r.Tenant)),
        ("app.user_id", r => Text(r.UserId)),
        ("app.plan", r => Text(r.Plan)));

    public static readonly AttributeGroup Browser = new(
        ("user_agent.original", r => Text(r.Agent.Original)),
        ("user_agent.name", r => Text(r.Agent.Name)),
        ("user_agent.version", r => Text(r.Agent.Version)),
        ("user_agent.synthetic.type", r => Text(r.Agent.Device == "server" ? "test" : null)),
        ("client.address", r => Text(r.ClientAddress)),
        ("app.feature.new_navigation", r => Flag(r.NewNavigation)));

    public static readonly AttributeGroup Shopper = new(
        ("session.id", r => Text(r.SessionId)),
        ("client.language", r => Text(r.Language)),
        ("app.device", r => Text(r.Agent.Device)),
        ("app.new_customer", r => Flag(r.NewCustomer)));

    public static readonly AttributeGroup Cart = new(
        ("app.cart.id", r => Text(r.CartId)),
        ("app.cart.items", r => Whole(r.Items)),
        ("app.cart.value", r => Real(r.CartValue)),
        ("app.currency", r => Text(r.Currency)));

    public static readonly AttributeGroup Skus = new(
        ("app.cart.skus", r => List(Enumerable.Range(0, r.Items).Select(_ => $"p-{r.Dice.Below(5000):d5}"))));

    public static readonly AttributeGroup Tax = new(
        ("tax.provider.host", r => Text(r.Region.TaxHost)),
        ("tax.retry_count", r => Whole(r.Retries)),
        ("tax.rates.cache", r => Text(r.RatesCached ? "hit" : "miss")),
        ("app.feature.tax_v2", r => Flag(r.Checkout == Fleet.Checkout.Releases[^1])));

    public static readonly AttributeGroup Payment = new(
        ("app.payment.provider", r => Text(r.Provider)),
        ("app.payment.method", r => Text(r.Method)),
        ("app.payment.amount", r => Real(r.CartValue)));

    public static readonly AttributeGroup Order = new(("app.order.id", r => Text(r.OrderId)));

    public static readonly AttributeGroup Product = new(("app.product.id", r => Text(r.ProductId)));

    public static readonly AttributeGroup TaxAddress = new(("server.address", r => Text(r.Region.TaxHost)));

    public static readonly AttributeGroup PaymentAddress = new(
        ("server.address", r => Text($"api.{r.Provider}.example")),
        ("url.full", r => Text($"https://api.{r.Provider}.example/v1/charges")));

    // Of one span.

    public static readonly AttributeGroup HttpServer = new(
        ("network.peer.address", r => Text($"10.{r.Region.Index}.{r.Dice.Below(8)}.{r.Dice.Between(2, 250)}")),
        ("http.response.body.size", r => Whole((long)r.Dice.Around(2400, 0.8)))) { PerSpan = true };

    public static readonly AttributeGroup HttpClient = new(
        ("http.request.resend_count", r => Whole(r.Attempt > 1 ? r.Attempt - 1 : null))) { PerSpan = true };

    public static readonly AttributeGroup RequestBody = new(
        ("http.request.body.size", r => Whole(180 + 60 * r.Items + r.Dice.Below(40)))) { PerSpan = true };

    public static readonly AttributeGroup Peer = new(
        ("network.peer.address", r => Text($"10.{r.Region.Index}.{r.Dice.Below(8)}.{r.Dice.Between(2, 250)}"))) { PerSpan = true };

    /// <summary>Only where the runtime has threads of its own.</summary>
    public static readonly AttributeGroup Thread = new(
        ("thread.id", r => Whole(r.Dice.Between(4, 60)))) { PerSpan = true };

    public static readonly AttributeGroup Rows = new(
        ("db.response.returned_rows", r => Whole((long)r.Dice.Around(4, 0.9)))) { PerSpan = true };

    public static readonly AttributeGroup Found = new(
        ("app.search.text", r => Text(r.SearchText)),
        ("app.search.hits", r => Whole((long)r.Dice.Around(60, 1.2))),
        ("app.search.best_score", r => Real(Math.Round(r.Dice.Around(7, 0.4), 3)))) { PerSpan = true };

    public static readonly AttributeGroup Model = new(
        ("app.model.name", r => Text(r.Dice.Chance(0.2) ? "als-v7" : "als-v6")),
        ("app.model.candidates", r => Whole(r.Dice.Between(40, 400))),
        ("app.model.fallback", r => Flag(r.Dice.Chance(0.04)))) { PerSpan = true };

    public static readonly AttributeGroup Message = new(
        ("messaging.message.id", r => Text($"{r.OrderId}-{r.Dice.Hex(6)}")),
        ("messaging.message.body.size", r => Whole(420 + 90 * r.Items)),
        ("messaging.destination.partition.id", r => Text(r.Dice.Below(12).ToString(CultureInfo.InvariantCulture)))) { PerSpan = true };

    public static AttributeGroup Path(Func<Request, string> path, Func<Request, string>? query = null) => new(
        ("url.path", r => Text(path(r))),
        ("url.query", r => Text(query?.Invoke(r))));
}
