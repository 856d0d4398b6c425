using System.Buffers.Binary;
using System.Buffers.Text;

namespace Benchmarks.Workloads;

/// <summary>Writes the spans of <see cref="Workload.W1"/>, each into the request of its pod.</summary>
internal sealed class ShopGenerator
{
    private const int SpansPerTrace = 10;
    private const int MaxSpanBytes = 2_048;
    private const byte Attribute = 0x4A; // Span.attributes

    private readonly ShopCatalog _catalog;
    private readonly Pod[] _pods;
    private readonly long _spans;
    private readonly long _start;
    private readonly long _duration;
    private readonly byte[] _text = new byte[128];
    private Dice _dice;

    public ShopGenerator(int seed, long spans, long start, long duration)
    {
        _catalog = new ShopCatalog(1);
        _dice = new Dice(seed);
        _spans = spans;
        _start = start;
        _duration = duration;
        _pods = [.. _catalog.Resources.Select(resource => new Pod(resource))];
    }

    public IEnumerable<byte[]> Requests()
    {
        var traces = Math.Max(1, _spans / SpansPerTrace);
        for (long trace = 0, written = 0; written < _spans; trace++)
        {
            var begin = _start + (long)((double)trace / traces * _duration);
            var (high, low) = (_dice.Next() | 1, _dice.Next());
            ulong root = 0, previous = 0;
            var service = _dice.Below(ShopCatalog.ServiceCount);
            for (var i = 0; i < SpansPerTrace && written < _spans; i++, written++)
            {
                var pod = _pods[(service * ShopCatalog.PodsPerService) + _dice.Below(ShopCatalog.PodsPerService)];
                var id = _dice.Next() | 1;
                var parent = (i & 1) == 0 ? root : previous;
                WriteSpan(pod.Buffer, service, high, low, id, parent, begin + (i * 1_300_000L) + _dice.Below(1_000_000));
                if (i == 0) root = id;
                previous = id;
                if (++pod.Spans == Workload.BatchSpans) yield return pod.Take();
                if (_dice.Below(3) == 0) service = _dice.Below(ShopCatalog.ServiceCount);
            }
        }

        foreach (var pod in _pods)
        {
            if (pod.Spans > 0) yield return pod.Take();
        }
    }

    private void WriteSpan(OtlpBuffer buffer, int service, ulong high, ulong low, ulong id, ulong parent, long start)
    {
        var operation = _catalog.Operations[(service * ShopCatalog.OperationsPerService) + _catalog.OperationRanks.Draw(ref _dice)];
        var nanoseconds = (long)(Math.Exp(operation.LogDuration + (0.8 * _dice.Normal())) * 1e6);
        var failed = _dice.Below(50) == 0;
        buffer.Reserve(MaxSpanBytes);
        var span = buffer.Begin(0x12);
        buffer.Byte(0x0A);
        buffer.Byte(16);
        Id(buffer, high);
        Id(buffer, low);
        buffer.Byte(0x12);
        buffer.Byte(8);
        Id(buffer, id);
        if (parent != 0)
        {
            buffer.Byte(0x22);
            buffer.Byte(8);
            Id(buffer, parent);
        }

        buffer.Bytes(0x2A, operation.Name);
        buffer.Byte(0x30);
        buffer.Byte((byte)(operation.Kind switch { OperationKind.Internal => 1, OperationKind.Server => 2, _ => 3 }));
        buffer.Fixed64(0x39, (ulong)start);
        buffer.Fixed64(0x41, (ulong)(start + nanoseconds));
        WriteAttributes(buffer, operation, failed);
        if (failed)
        {
            buffer.Bytes(0x7A, "\u0012\u0010deadline elapsed\u0018\u0002"u8);
        }

        buffer.End(span);
    }

    private void WriteAttributes(OtlpBuffer buffer, Operation operation, bool failed)
    {
        var status = failed ? 500 : ShopCatalog.StatusCodes[_dice.Below(16) is var n && n < 6 ? n : 0];
        buffer.StringAttribute(Attribute, "app.tenant"u8, _catalog.Tenants[_catalog.TenantRanks.Draw(ref _dice)]);
        buffer.StringAttribute(Attribute, "app.user_id"u8, Number("user-"u8, _catalog.UserRanks.Draw(ref _dice)));
        buffer.StringAttribute(Attribute, "app.build_id"u8, _catalog.Builds[_dice.Below(_catalog.Builds.Length)]);
        buffer.IntAttribute(Attribute, "thread.id"u8, (ulong)_dice.Below(64));
        switch (operation.Kind)
        {
            case OperationKind.Server:
                buffer.StringAttribute(Attribute, "http.request.method"u8, "GET"u8);
                buffer.StringAttribute(Attribute, "http.route"u8, operation.Route);
                buffer.StringAttribute(Attribute, "url.path"u8, Number(operation.PathStart, _catalog.PathRanks.Draw(ref _dice)));
                buffer.IntAttribute(Attribute, "http.response.status_code"u8, (ulong)status);
                buffer.StringAttribute(Attribute, "user_agent.original"u8, _catalog.UserAgents[_dice.Below(_catalog.UserAgents.Length)]);
                buffer.StringAttribute(Attribute, "client.address"u8, _catalog.Clients[_dice.Below(_catalog.Clients.Length)]);
                if (_dice.Below(2) == 0) buffer.StringAttribute(Attribute, "url.scheme"u8, "https"u8);
                else buffer.IntAttribute(Attribute, "http.request.body.size"u8, (ulong)_dice.Below(20_000));
                break;
            case OperationKind.Database:
                buffer.StringAttribute(Attribute, "db.system.name"u8, "postgresql"u8);
                buffer.StringAttribute(Attribute, "db.collection.name"u8, operation.Collection);
                buffer.StringAttribute(Attribute, "db.query.text"u8, operation.Queries[_dice.Below(operation.Queries.Length)]);
                buffer.StringAttribute(Attribute, "server.address"u8, operation.Address);
                buffer.IntAttribute(Attribute, "db.response.returned_rows"u8, (ulong)_dice.Below(500));
                buffer.BoolAttribute(Attribute, "app.cache.hit"u8, _dice.Below(4) == 0);
                break;
            case OperationKind.Client:
                buffer.StringAttribute(Attribute, "http.request.method"u8, "POST"u8);
                buffer.StringAttribute(Attribute, "url.path"u8, Number(operation.PathStart, _catalog.PathRanks.Draw(ref _dice)));
                buffer.IntAttribute(Attribute, "http.response.status_code"u8, (ulong)status);
                buffer.StringAttribute(Attribute, "server.address"u8, operation.Address);
                buffer.StringAttribute(Attribute, "network.protocol.version"u8, "1.1"u8);
                buffer.IntAttribute(Attribute, "server.port"u8, 8443);
                break;
            default:
                buffer.DoubleAttribute(Attribute, "app.cart.value"u8, _dice.Below(50_000) / 100.0);
                buffer.BoolAttribute(Attribute, "app.cache.hit"u8, _dice.Below(4) == 0);
                buffer.StringAttribute(Attribute, "app.feature_flag"u8, _catalog.Flags[_dice.Below(_catalog.Flags.Length)]);
                buffer.StringAttribute(Attribute, "cloud.region"u8, _catalog.Regions[_dice.Below(_catalog.Regions.Length)]);
                break;
        }
    }

    private static void Id(OtlpBuffer buffer, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        buffer.Raw(bytes);
    }

    private ReadOnlySpan<byte> Number(ReadOnlySpan<byte> start, int value)
    {
        start.CopyTo(_text);
        Utf8Formatter.TryFormat(value, _text.AsSpan(start.Length), out var digits);
        return _text.AsSpan(0, start.Length + digits);
    }

    /// <summary>Spans of one pod that wait for their request to be full.</summary>
    private sealed class Pod(byte[] resource)
    {
        public OtlpBuffer Buffer { get; } = new(Workload.BatchSpans * 520);

        public int Spans { get; set; }

        public byte[] Take()
        {
            var request = OtlpRequest.Of(resource, Buffer.Written);
            Buffer.Clear();
            Spans = 0;
            return request;
        }
    }
}
