using Explorer.Server.Otlp.Messages;
using static Explorer.Server.Demo.AttributeGroup;
using static Explorer.Server.Demo.Fleet;
using static Explorer.Server.Demo.Operation;

namespace Explorer.Server.Demo;

/// <summary>What the shop does, as a table: the leaves first, the entry points at the end. Times are medians in milliseconds.</summary>
internal static class Topology
{
    // Catalog, search, recommendation.

    private static readonly Operation s_productRow = Sql("catalog", "SELECT", "product",
        "SELECT id, title, price, stock_id FROM product WHERE id = $1", 2.4);
    private static readonly Operation s_productCache = Redis("GET", "product:{id}");

    private static readonly Operation s_getProduct = Grpc(Catalog, "catalog.ProductCatalog", "GetProduct", 1.8) with
    {
        Groups = [Attributes.Peer, Attributes.Product],
        Steps = [s_productCache, new(s_productRow) { Times = Maybe(0.35) }],
        Logs = [Debug(0.05, r => $"product {r.ProductId} loaded")],
        Faults = [new("catalog.ErrNotFound", "product not found", 404, 0.004, "catalog.Store.Get", "catalog.Server.GetProduct")],
    };

    private static readonly Operation s_getProducts = Grpc(Catalog, "catalog.ProductCatalog", "GetProducts", 3) with
    {
        Steps = [new(s_productCache) { Times = r => 1 + r.Dice.Below(3) }, s_productRow],
    };

    private static readonly Operation s_elastic = new("POST product-index/_search", Protocol.Database, 17, 0.5)
    {
        Constants = Pairs(("db.system.name", "elasticsearch"), ("db.namespace", "search-main"), ("db.operation.name", "search"),
            ("db.collection.name", "product-index"), ("http.request.method", "POST"),
            ("server.address", "es-search.internal"), ("server.port", 9200)),
        Groups = [Attributes.Rows],
        Faults = [new("org.elasticsearch.ElasticsearchTimeoutException", "no answer from shard [product-index][3]", 503, 0.002,
            "org.elasticsearch.client.RestClient.performRequest", "shop.search.QueryService.search")],
    };

    private static readonly Operation s_search = Http(Search, "GET", "/v1/search", 6) with
    {
        Groups = [Attributes.HttpServer, Attributes.Path(_ => "/v1/search", r => $"q={r.SearchText.Replace(' ', '+')}&size=24"),
            Attributes.Found],
        Steps = [Local("rewrite query", 1.2), s_elastic, Local("rank", 4)],
        Logs = [Warn(0.01, r => $"slow ranking for query '{r.SearchText}', falling back to popularity")],
    };

    private static readonly Operation s_recommend = Grpc(Recommendation, "recommendation.Recommendations", "List", 14) with
    {
        Groups = [Attributes.Peer, Attributes.Model],
        Steps = [Redis("MGET", "rec:{user}", 1.1), Local("score candidates", 18)],
        Logs = [Info(0.03, r => $"model refreshed for segment {r.Plan}")],
        Faults = [new("ValueError", "operands could not be broadcast together with shapes (128,) (64,)", 500, 0.002,
            "recommendation.model.score", "recommendation.server.list")],
    };

    // Inventory, cart.

    private static readonly Operation s_stock = Grpc(Inventory, "inventory.Inventory", "GetStock", 1.5) with
    {
        Steps = [Redis("GET", "stock:{sku}")],
    };

    private static readonly Operation s_reserve = Grpc(Inventory, "inventory.Inventory", "Reserve", 3) with
    {
        Groups = [Attributes.Peer, Attributes.Order],
        Steps = [Sql("inventory", "UPDATE", "stock", "UPDATE stock SET reserved = reserved + $2 WHERE sku = ANY($1) AND free >= $2", 11)],
        Logs = [Info(0.1, r => $"reserved {r.Items} items for order {r.OrderId}"), Warn(0.006, r => $"low stock for {r.ProductId}")],
    };

    private static readonly Operation s_getCart = Grpc(Cart, "cart.CartService", "GetCart", 2) with
    {
        Groups = [Attributes.Peer, Attributes.Cart],
        Steps =
        [
            Redis("GET", "cart:{id}"),
            new(Sql("cart", "SELECT", "cart_items", "SELECT sku, quantity FROM cart_items WHERE cart_id = $1", 4)) { Times = Maybe(0.6) },
        ],
    };

    private static readonly Operation s_addItem = Grpc(Cart, "cart.CartService", "AddItem", 2.5) with
    {
        Groups = [Attributes.Peer, Attributes.Cart, Attributes.Product],
        Steps =
        [
            s_getProduct,
            Sql("cart", "INSERT", "cart_items", "INSERT INTO cart_items (cart_id, sku, quantity, price) VALUES ($1, $2, $3, $4)", 5),
            Redis("DEL", "cart:{id}"),
        ],
        Logs = [Info(0.08, r => $"item {r.ProductId} added to cart {r.CartId}")],
    };

    // Tax: as it should be, and as it is in the incident.

    private static readonly Operation s_taxRate = Sql("tax", "SELECT", "tax_rate",
        "SELECT rate, valid_from FROM tax_rate WHERE country = $1 AND category = $2", 6);
    private static readonly Operation s_taxRateLoaded = s_taxRate with { MedianMs = 46, Sigma = 0.15 };

    private static readonly Operation s_taxQuote = TaxCall(5, new Step(s_taxRate) { Times = r => r.Dice.Between(1, 2) });

    private static readonly Operation s_taxTimedOut = TaxCall(60, new Step(s_taxRateLoaded) { Times = r => r.Dice.Between(10, 12) }) with
    {
        Faults = [new("java.util.concurrent.TimeoutException", "rates not loaded before the deadline", 504, 1,
            "shop.tax.RateLoader.await", "shop.tax.QuoteResource.quote")],
    };

    private static readonly Operation s_taxAnsweredLate = TaxCall(45, new Step(s_taxRateLoaded) { Times = r => r.Dice.Between(3, 16) }) with
    {
        Faults = [new("java.util.concurrent.RejectedExecutionException", "rate loader pool is full: 200 active, 1000 queued", 503, 0.06,
            "java.util.concurrent.ThreadPoolExecutor.reject", "shop.tax.RateLoader.submit", "shop.tax.QuoteResource.quote")],
    };

    private static readonly Operation s_quoteTax = Local("tax.quote", 1.5) with
    {
        Groups = [Attributes.Tax],
        Steps =
        [
            Redis("GET", "tax:rates:{country}"),
            new(s_taxQuote) { Times = r => r.RatesCached || r.Storm ? 0 : 1 },
            new(s_taxTimedOut)
            {
                Times = r => r.Retries,
                Tolerated = true,
                BackOffMs = 80,
                Log = Warn(1, r => $"tax quote attempt {r.Attempt} timed out, retrying"),
            },
            new(s_taxAnsweredLate) { Times = r => r.Storm ? 1 : 0 },
        ],
    };

    // Shipping, payment, fulfilment.

    private static readonly Operation s_shippingQuote = Http(Shipping, "POST", "/quotes", 7) with
    {
        Groups = [Attributes.HttpServer, Attributes.Path(_ => "/quotes")],
        Steps = [Redis("GET", "carrier:{zone}")],
        Faults = [new("RangeError", "Invalid parcel weight", 422, 0.002, "ParcelPacker.pack", "QuoteController.create")],
    };

    private static readonly Operation s_label = Http(Shipping, "POST", "/labels", 16) with
    {
        SuccessStatus = 201,
        Groups = [Attributes.HttpServer, Attributes.Path(_ => "/labels"), Attributes.Order],
        Steps = [Sql("shipping", "INSERT", "label", "INSERT INTO label (order_id, carrier, code) VALUES ($1, $2, $3)", 6)],
    };

    private static readonly Operation s_charge = new("POST", Protocol.External, 150, 0.36)
    {
        Constants = Pairs(("http.request.method", "POST"), ("server.port", 443), ("peer.service", "psp")),
        Groups = [Attributes.PaymentAddress],
        Faults = [new("shop.payment.PspUnavailableException", "provider answered 503 after 2 tries", 502, 0.002,
            "shop.payment.PspClient.charge", "shop.payment.Authorizer.authorize")],
    };

    private static readonly Operation s_authorize = Grpc(Payment, "payment.PaymentService", "Authorize", 5) with
    {
        Groups = [Attributes.Peer, Attributes.Thread, Attributes.Payment, Attributes.Order],
        Steps =
        [
            s_charge,
            Sql("payment", "INSERT", "payment", "INSERT INTO payment (order_id, provider, amount, state) VALUES ($1, $2, $3, $4)", 5),
        ],
        Logs = [Info(0.3, r => $"{r.Method} payment of {r.CartValue:F2} {r.Currency} authorized by {r.Provider}")],
        Faults = [new("shop.payment.CardDeclinedException", "card declined: insufficient funds", 402, 0.012,
            "shop.payment.PspClient.raise", "shop.payment.Authorizer.authorize")],
    };

    private static readonly Operation s_fulfil = new("process order.placed", Protocol.Consume, 6)
    {
        Service = Fulfilment,
        Constants = [.. Topic("process"), .. Pairs(("messaging.consumer.group.name", "fulfilment"))],
        Groups = [Attributes.Message, Attributes.Order],
        Steps =
        [
            Sql("fulfilment", "INSERT", "shipment", "INSERT INTO shipment (order_id, state) VALUES ($1, $2) ON CONFLICT DO NOTHING", 7),
            s_label,
            Redis("SET", "order:{id}:state"),
        ],
        Logs =
        [
            Info(0.5, r => $"order {r.OrderId} handed to the warehouse"),
            Error(0.003, r => $"address of order {r.OrderId} could not be verified"),
        ],
    };

    private static readonly Operation s_publish = new("send order.placed", Protocol.Publish, 3)
    {
        Constants = [.. Topic("send"), .. Pairs(("server.address", "kafka-main.internal"), ("server.port", 9092))],
        Groups = [Attributes.Message],
        Consumer = s_fulfil,
    };

    // Checkout.

    private static readonly Operation s_promo = Local("promo.apply", 1) with { Steps = [Redis("HGETALL", "promo:{region}", 1.3)] };

    private static readonly Operation s_pay = CheckoutCall("POST", "/cart/pay", 9) with
    {
        Steps =
        [
            s_getCart, s_promo, s_reserve, s_quoteTax, s_authorize,
            Sql("orders", "INSERT", "orders", "INSERT INTO orders (id, user_id, total, currency) VALUES ($1, $2, $3, $4)", 8),
            s_publish,
        ],
        Groups = [.. CheckoutGroups("/cart/pay"), Attributes.Tax, Attributes.Payment, Attributes.Order, Attributes.Skus],
        Logs = [Info(0.6, r => $"order {r.OrderId} placed, {r.Items} items, {r.CartValue:F2} {r.Currency}")],
        Faults = [new("Shop.Checkout.InvalidCartStateException", "cart was changed during checkout", 500, 0.0015,
            "Shop.Checkout.CartGuard.Verify", "Shop.Checkout.PayEndpoint.Handle")],
    };

    private static readonly Operation s_quote = CheckoutCall("POST", "/cart/quote", 8) with
    {
        Steps = [s_getCart, s_promo, s_quoteTax, new(s_shippingQuote) { Tolerated = true }],
        Groups = [.. CheckoutGroups("/cart/quote"), Attributes.Tax],
        Logs = [Info(0.1, r => $"quote for cart {r.CartId}: {r.CartValue:F2} {r.Currency}")],
    };

    private static readonly Operation s_summary = CheckoutCall("GET", "/cart/{id}/summary", 3) with { Steps = [s_getCart] };
    private static readonly Operation s_applyPromo = CheckoutCall("POST", "/cart/{id}/promo", 4) with { Steps = [s_promo, s_getCart] };

    /// <summary>What browsers ask the gateway for, with the share of each.</summary>
    public static readonly Weighted<Operation> Entries = new(
        (Entry("GET", "/", _ => "/", s_recommend, new Step(s_getProducts) { Beside = true }), 11),
        (Entry("GET", "/products/{id}", r => $"/products/{r.ProductId}",
            s_getProduct, new Step(s_stock) { Beside = true }, new Step(s_recommend) { Tolerated = true }), 18),
        (Entry("GET", "/search", _ => "/search", s_search, s_getProducts), 13),
        (Entry("POST", "/cart/items", _ => "/cart/items", s_addItem), 9),
        (Entry("GET", "/cart", _ => "/cart", s_getCart), 8),
        (Entry("POST", "/cart/quote", _ => "/cart/quote", s_quote), 17),
        (Entry("POST", "/cart/pay", _ => "/cart/pay", s_pay), 14),
        (Entry("GET", "/cart/{id}/summary", r => $"/cart/{r.CartId}/summary", s_summary), 7),
        (Entry("POST", "/cart/{id}/promo", r => $"/cart/{r.CartId}/promo", s_applyPromo), 3));

    private static Operation Entry(string method, string route, Func<Request, string> path, params Step[] steps) =>
        Http(Gateway, method, route, 4) with
        {
            Groups =
            [
                Attributes.HttpServer, Attributes.Path(path), Attributes.Browser, Attributes.Shopper,
                .. method == "POST" ? [Attributes.RequestBody] : Array.Empty<AttributeGroup>(),
            ],
            Steps = steps,
            Logs =
            [
                Info(0.02, r => $"{method} {path(r)} from {r.Agent.Name}"),
                Warn(0.002, r => $"session {r.SessionId} is about to expire"),
            ],
            Faults = [new("UpstreamResetError", "upstream reset before headers", 502, 0.0008, "ProxyAgent.dispatch", "Router.handle")],
        };

    private static Operation CheckoutCall(string method, string route, double ms) =>
        Http(Checkout, method, route, ms) with { Groups = CheckoutGroups(route) };

    private static AttributeGroup[] CheckoutGroups(string route) =>
    [
        Attributes.HttpServer, Attributes.Thread, Attributes.Path(r => route.Replace("{id}", r.CartId)),
        Attributes.Shopper, Attributes.Cart,
    ];

    private static Operation TaxCall(double ms, Step rates) => Http(Tax, "POST", "/v2/quote", ms, Attributes.TaxAddress) with
    {
        Groups = [Attributes.HttpServer, Attributes.Thread, Attributes.Path(_ => "/v2/quote"), Attributes.TaxAddress],
        Steps = [Local("load rates", 0.8) with { Steps = [rates] }],
    };

    private static KeyValue[] Topic(string operation) => Pairs(
        ("messaging.system", "kafka"), ("messaging.destination.name", "order.placed"),
        ("messaging.operation.name", operation), ("messaging.operation.type", operation));

    private static Func<Request, int> Maybe(double chance) => r => r.Dice.Chance(chance) ? 1 : 0;

    private static LogLine Debug(double chance, Func<Request, string> body) => new(SeverityNumber.Debug, chance, body);

    private static LogLine Info(double chance, Func<Request, string> body) => new(SeverityNumber.Info, chance, body);

    private static LogLine Warn(double chance, Func<Request, string> body) => new(SeverityNumber.Warn, chance, body);

    private static LogLine Error(double chance, Func<Request, string> body) => new(SeverityNumber.Error, chance, body);
}
