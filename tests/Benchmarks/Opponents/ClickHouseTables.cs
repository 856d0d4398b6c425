namespace Benchmarks.Opponents;

/// <summary>A table for spans in ClickHouse.</summary>
/// <param name="Name">How reports call it.</param>
/// <param name="Create">Its definition.</param>
/// <param name="FromSpans">A select list that makes its columns from <see cref="ClickHouseTables.SpanStructure"/>.</param>
internal sealed record ClickHouseTable(string Name, string Create, string FromSpans);

/// <summary>The two tables that Explorer is compared with: what the OpenTelemetry Collector creates, and what one would write by hand for exactly this data.</summary>
internal static class ClickHouseTables
{
    /// <summary>The columns of the prepared files, as <see cref="SpanFile"/> writes them.</summary>
    public const string SpanStructure =
        "Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, SpanName String, SpanKind String, ServiceName String, " +
        "ResourceAttributes Map(String, String), SpanAttributes Map(String, String), Duration UInt64, StatusCode String, StatusMessage String";

    /// <summary>Columns, codecs and indexes (the bloom variant) of the Collector's ClickHouse exporter, contrib 0.14x.</summary>
    public static ClickHouseTable Exporter { get; } = new(
        "ClickHouse, Collector's schema",
        """
        CREATE TABLE spans (
          Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)), TraceId String CODEC(ZSTD(1)), SpanId String CODEC(ZSTD(1)), ParentSpanId String CODEC(ZSTD(1)),
          TraceState String CODEC(ZSTD(1)), SpanName LowCardinality(String) CODEC(ZSTD(1)), SpanKind LowCardinality(String) CODEC(ZSTD(1)),
          ServiceName LowCardinality(String) CODEC(ZSTD(1)), ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
          ScopeName String CODEC(ZSTD(1)), ScopeVersion String CODEC(ZSTD(1)), SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
          Duration UInt64 CODEC(T64, ZSTD(1)), StatusCode LowCardinality(String) CODEC(ZSTD(1)), StatusMessage String CODEC(ZSTD(1)),
          Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
          Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
          INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
          INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
          INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
          INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
          INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
          INDEX idx_duration Duration TYPE minmax GRANULARITY 1,
          INDEX idx_lower_span_name lower(SpanName) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8
        ) ENGINE = MergeTree PARTITION BY toDate(Timestamp)
        PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp)) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)
        SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1
        """,
        """
        Timestamp, TraceId, SpanId, ParentSpanId, '' AS TraceState, SpanName::LowCardinality(String) AS SpanName, SpanKind::LowCardinality(String) AS SpanKind,
        ServiceName::LowCardinality(String) AS ServiceName, ResourceAttributes::Map(LowCardinality(String), String) AS ResourceAttributes,
        'shop.instrumentation' AS ScopeName, '2.11' AS ScopeVersion, SpanAttributes::Map(LowCardinality(String), String) AS SpanAttributes,
        Duration, StatusCode::LowCardinality(String) AS StatusCode, StatusMessage
        """);

    private const string Low = "LowCardinality(String) CODEC(ZSTD(1))";
    private const string Text = "String CODEC(ZSTD(1))";

    private static readonly string[] ResourceNames =
    [
        "service.version", "service.namespace", "service.instance.id", "k8s.pod.name", "k8s.namespace.name", "k8s.node.name", "host.name", "deployment.environment.name",
        "telemetry.sdk.language",
    ];

    private static readonly (string Name, string Type)[] AttributeNames =
    [
        ("app.tenant", Low), ("app.user_id", Text), ("app.build_id", Low), ("thread.id", "UInt8 CODEC(T64, ZSTD(1))"), ("http.request.method", Low), ("http.route", Low),
        ("url.path", Text), ("http.response.status_code", "UInt16 CODEC(T64, ZSTD(1))"), ("user_agent.original", Low), ("client.address", Text), ("url.scheme", Low),
        ("http.request.body.size", "UInt32 CODEC(T64, ZSTD(1))"), ("db.system.name", Low), ("db.collection.name", Low), ("db.query.text", Low), ("server.address", Low),
        ("db.response.returned_rows", "UInt32 CODEC(T64, ZSTD(1))"), ("app.cache.hit", "UInt8 CODEC(ZSTD(1))"), ("network.protocol.version", Low),
        ("server.port", "UInt16 CODEC(T64, ZSTD(1))"), ("app.cart.value", "Float64 CODEC(ZSTD(1))"), ("app.feature_flag", Low), ("cloud.region", Low),
    ];

    /// <summary>One typed column for each of the workload's attributes, with the encodings that suit them.</summary>
    public static ClickHouseTable Typed { get; } = new("ClickHouse, typed by hand", TypedCreate(), TypedFromSpans());

    private static string TypedCreate() =>
        $"""
        CREATE TABLE spans (
          time DateTime64(9) CODEC(Delta(8), ZSTD(1)), trace_id FixedString(16) CODEC(ZSTD(1)), span_id FixedString(8) CODEC(ZSTD(1)), parent_id FixedString(8) CODEC(ZSTD(1)),
          name {Low}, kind {Low}, service {Low}, duration UInt64 CODEC(T64, ZSTD(1)), status UInt8 CODEC(ZSTD(1)), message {Low},
          {string.Join(", ", ResourceNames.Select(name => $"`{name}` {Low}"))},
          {string.Join(", ", AttributeNames.Select(a => $"`{a.Name}` {a.Type}"))}
        ) ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (service, name, toDateTime(time), time)
        """;

    private static string TypedFromSpans()
    {
        var resources = ResourceNames.Select(name => $"ResourceAttributes['{name}']::LowCardinality(String) AS `{name}`");
        var attributes = AttributeNames.Select(a => $"{Value(a.Name, a.Type.Split(' ')[0])} AS `{a.Name}`");
        return $"""
            Timestamp AS time, unhex(TraceId)::FixedString(16) AS trace_id, unhex(SpanId)::FixedString(8) AS span_id, toFixedString(unhex(ParentSpanId), 8) AS parent_id,
            SpanName::LowCardinality(String) AS name, SpanKind::LowCardinality(String) AS kind, ServiceName::LowCardinality(String) AS service,
            Duration AS duration, (StatusCode = 'Error')::UInt8 AS status, StatusMessage::LowCardinality(String) AS message,
            {string.Join(", ", resources)}, {string.Join(", ", attributes)}
            """;

        static string Value(string name, string type) => type switch
        {
            "String" => $"SpanAttributes['{name}']",
            "LowCardinality(String)" => $"SpanAttributes['{name}']::LowCardinality(String)",
            "UInt8" when name == "app.cache.hit" => $"(SpanAttributes['{name}'] = 'true')::UInt8",
            _ => $"to{type}OrZero(SpanAttributes['{name}'])",
        };
    }
}
