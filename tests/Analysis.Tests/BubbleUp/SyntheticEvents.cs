using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>Wide events of a made-up service, each a trace of its own: attributes that mean something, ids that are unique, and noise.</summary>
internal sealed class SyntheticEvents
{
    private readonly Dictionary<string, Value[]> _columns = new(StringComparer.Ordinal);
    private readonly Random _random;

    public SyntheticEvents(int count, int columns, int seed)
    {
        Count = count;
        _random = new Random(seed);
        Choice("http.request.method", "GET", "GET", "GET", "POST", "PUT");
        Choice("http.route", [.. Enumerable.Range(0, 20).Select(i => $"/api/{i}")]);
        Choice("cloud.region", "eu", "eu", "us", "us", "us", "ap");
        Choice("service.version", "1.0", "1.0", "1.0", "1.0", "1.0", "1.0", "1.0", "1.0", "1.0", "1.1");
        Choice("deployment.environment", "prod", "prod", "prod", "staging");
        Add("k8s.pod.name", _ => $"pod-{_random.Next(40)}");
        Add("app.customer", _ => $"customer-{(int)(2_000 * Math.Pow(_random.NextDouble(), 2))}");
        Add("cart.size", _ => (long)_random.Next(1, 12));
        Add("cart.value", _ => _random.NextDouble() * 200);
        Add("http.request.body.size", _ => (long)(_random.NextDouble() * _random.NextDouble() * 50_000));
        Add("feature.new_checkout", _ => _random.Next(10) == 0 ? true : Value.Null);
        Add("cache.hit", _ => _random.Next(20) == 0 ? Value.Null : _random.Next(3) > 0);
        Choice("payment.provider", "visa", "visa", "mastercard", "amex", "paypal");
        Add("request.id", i => $"req-{i}-{_random.Next()}");
        Add("session.id", _ => $"{_random.NextInt64():x}");
        Add("url.full", i => $"https://shop.example/{_random.Next(20)}?t={i}");
        Add("user.email", _ => $"user{_random.Next(1_000_000)}@example.com");
        for (var n = 0; _columns.Count < columns; n++) AddNoise(string.Create(CultureInfo.InvariantCulture, $"noise.{n}"), n);
    }

    public int Count { get; }

    public Random Random => _random;

    public Value[] this[string name] => _columns[name];

    public IReadOnlyDictionary<string, Value[]> Columns => _columns;

    public void Add(string name, Func<int, Value> value) => _columns[name] = [.. Enumerable.Range(0, Count).Select(value)];

    public void AddNoise(string name, int kind)
    {
        var values = (kind % 6) switch { 0 => 2, 1 => 5, 2 => 30, 3 => 400, 4 => 5_000, _ => 0 };
        Add(name, _ => values == 0 ? _random.NextDouble() : kind % 4 == 3 && _random.Next(3) == 0 ? Value.Null : $"v{_random.Next(values)}");
    }

    public bool Chance(double share) => _random.NextDouble() < share;

    /// <summary>The columns as the store would give them, in the order of their names or another.</summary>
    public SampleColumn[] ToColumns(int[]? rows = null) => [.. _columns.Select(c => Column(c.Key, c.Value, rows))];

    public static SampleColumn Column(string name, Value[] values, int[]? rows = null)
    {
        var kind = values.FirstOrDefault(v => !v.IsNull).Kind;
        var type = kind switch { ValueKind.Bool => ColumnType.Bool, ValueKind.Int64 => ColumnType.Int64, ValueKind.Float64 => ColumnType.Float64, _ => ColumnType.String };
        return SampleColumn.Of(name, type, rows is null ? values : Array.ConvertAll(rows, row => values[row]));
    }

    public int[] Shuffled()
    {
        var rows = Enumerable.Range(0, Count).ToArray();
        _random.Shuffle(rows);
        return rows;
    }

    private void Choice(string name, params string[] values) => Add(name, _ => values[_random.Next(values.Length)]);
}
