using Storage.Events;
using Storage.Queries;

namespace Analysis.Changes;

/// <summary>What the columns of a sample say of its events, in the words of semantic conventions old and new.</summary>
internal sealed class TraceColumns
{
    /// <summary>What stands for a service whose name is not said, and what tells its instances apart; the first that there is.</summary>
    private static readonly string[] Services = ["k8s.deployment.name", "k8s.statefulset.name", "k8s.daemonset.name", "k8s.pod.name", "container.name"];
    private static readonly string[] Instances = ["k8s.pod.name", "container.name", "host.name", "service.instance.id"];

    /// <summary>Where what is called is.</summary>
    private static readonly string[] Addresses = ["server.address", "net.peer.name"];

    /// <summary>Where a log record is written.</summary>
    private static readonly string[] Places = ["code.function.name", "code.file.path", "code.namespace", "code.filepath", "logger.name"];
    private static readonly string[] Lines = ["code.line.number", "code.lineno"];

    /// <summary>The start of the name that an SDK gives a service which nobody has named.</summary>
    private const string Unnamed = "unknown_service";

    private readonly Dictionary<string, SampleColumn> _columns;
    private readonly Dictionary<(string Name, int Code), string> _texts = [];
    private readonly HashSet<string> _known;

    public TraceColumns(EventSample sample)
    {
        _columns = sample.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        _known = Services.Append(WellKnownColumns.ServiceName).Select(_columns.GetValueOrDefault).OfType<SampleColumn>()
            .SelectMany(c => Enumerable.Range(1, c.Values).Select(code => c[code].ToString())).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>What is read of each event; those that the store has none of are missing.</summary>
    public static string[] Names { get; } =
    [
        WellKnownColumns.ServiceName, WellKnownColumns.Name, WellKnownColumns.SpanKind, "peer.service", WellKnownColumns.DurationMs, WellKnownColumns.Error,
        WellKnownColumns.SignalType, WellKnownColumns.AnnotationType, WellKnownColumns.SeverityNumber, "log.record.template", "service.version",
        .. Places, .. Lines, .. Services.Union(Instances, StringComparer.Ordinal), .. Addresses,
    ];

    /// <summary>The service of an event, or what runs it; empty when nothing says that.</summary>
    public string Service(int row)
    {
        var name = Text(WellKnownColumns.ServiceName, row);
        return name?.StartsWith(Unnamed, StringComparison.Ordinal) == false ? name : First(Services, row)?.Text ?? name ?? "";
    }

    /// <summary>The instance of the service, as <c>column = value</c>.</summary>
    public string? Instance(int row) => First(Instances, row) is { } instance ? $"{instance.Name} = {instance.Text}" : null;

    /// <summary>The address that a span says it calls, where that is a name. Of a service that is known, it begins with the service's.</summary>
    public string? Address(int row)
    {
        if (First(Addresses, row)?.Text is not { } address || address == "localhost" || Uri.CheckHostName(address) is UriHostNameType.IPv4 or UriHostNameType.IPv6) return null;
        var label = address.Split('.')[0];
        return _known.Contains(label) ? label : address;
    }

    /// <summary>The place in the code, when it is known, behind a template: two statements may say the same.</summary>
    public string Origin(int row) => First(Lines, row) is { } line ? $" ({First(Places, row)?.Text}:{line.Text})" : "";

    public string? Text(string name, int row)
    {
        if (!_columns.TryGetValue(name, out var column)) return null;
        var code = column.Codes[row];
        if (code < 1 || code > column.Values) return null;
        if (!_texts.TryGetValue((name, code), out var text)) _texts.Add((name, code), text = column[code].ToString());
        return text;
    }

    public double? Number(string name, int row)
    {
        if (!_columns.TryGetValue(name, out var column)) return null;
        var code = column.Codes[row];
        return code < 1 || code > column.Values || !column.Type.IsNumeric() ? null : column.Number(code);
    }

    private (string Name, string Text)? First(string[] names, int row)
    {
        foreach (var name in names)
            if (Text(name, row) is { } text) return (name, text);
        return null;
    }
}
