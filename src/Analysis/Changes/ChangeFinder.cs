namespace Analysis.Changes;

/// <summary>Looks at traces of two windows from all sides at once, and ranks what differs by its evidence.</summary>
internal sealed class ChangeFinder
{
    private readonly ChangeCounts _mix = new(ChangeKind.Mix);
    private readonly ChangeCounts _errors = new(ChangeKind.Errors, isBad: true);
    private readonly ChangeCounts _structure = new(ChangeKind.Structure);
    private readonly ChangeCounts _logs = new(ChangeKind.Logs);
    private readonly ChangeCounts _errorLogs = new(ChangeKind.Logs, isBad: true);
    private readonly Latencies _latencies = new();
    private readonly Latencies _services = new();

    public static IReadOnlyList<Change> Find(TraceSet set)
    {
        var finder = new ChangeFinder();
        finder.Count(set);
        finder.CountServices(set);
        var system = finder._latencies.System();
        var all = finder._mix.Changes().Concat(finder._errors.Changes()).Concat(finder._latencies.Changes(system, isRelative: false).Select(finder.Attributed)).Concat(finder._services.Changes(system, isRelative: true)).Concat(finder._structure.Changes()).Concat(finder._logs.Changes()).Concat(finder._errorLogs.Changes());
        return [.. all.OrderBy(c => c.IsBetter).ThenByDescending(c => c.NetBits).ThenBy(c => c.Service, StringComparer.Ordinal).ThenBy(c => c.Operation, StringComparer.Ordinal).ThenBy(c => c.Subject, StringComparer.Ordinal)];
    }

    private void Count(TraceSet set)
    {
        var known = Known.Of(set);
        for (var number = 0; number < set.Traces.Count; number++)
        {
            var trace = set.Traces[number];
            var failed = trace.Spans.Where(s => s.IsError).Select(s => s.Service).ToHashSet(StringComparer.Ordinal);
            var operations = new Dictionary<(string Service, string Name), List<ChangeSpan>>();
            foreach (var span in trace.Spans)
            {
                if (!operations.TryGetValue((span.Service, span.Name), out var spans)) operations.Add((span.Service, span.Name), spans = []);
                spans.Add(span);
            }

            CountMix(trace, number, failed, known);
            foreach (var ((service, name), spans) in operations)
            {
                _errors.Add(new ChangeKey(service, name, null), number, trace.IsAfter, spans.Exists(s => s.IsError), false);
                foreach (var group in spans.GroupBy(LatencyKey)) _latencies.Add(group.Key, trace.IsAfter, group.Average(s => Latencies.Log(s.SelfMs)));
            }

            CountBelow(trace, number, failed, operations, known);
        }
    }

    /// <summary>What is asked of the system, and which versions and instances of its services answer. What follows from that is told by structure.</summary>
    private void CountMix(TraceEvents trace, int number, HashSet<string> failed, Known known)
    {
        var entries = trace.Spans.Where(s => s.Parent < 0).Select(s => (s.Service, s.Name)).ToHashSet();
        foreach (var entry in known.Entries) _mix.Add(new ChangeKey(entry.Service, entry.Name, null), number, trace.IsAfter, entries.Contains(entry), failed.Contains(entry.Service));
        var instances = trace.Spans.SelectMany(Known.Instances).ToHashSet();
        foreach (var service in trace.Spans.Select(s => s.Service).Distinct(StringComparer.Ordinal))
            foreach (var instance in known.OfService.GetValueOrDefault(service) ?? [])
                _mix.Add(new ChangeKey(service, null, instance), number, trace.IsAfter, instances.Contains((service, instance)), failed.Contains(service));
    }

    /// <summary>All operations of a service together, each in relation to itself before: a service that is short of something is slow in all it does.</summary>
    private void CountServices(TraceSet set)
    {
        foreach (var trace in set.Traces)
        {
            var shifts = from span in trace.Spans
                         where span.Peer is null
                         let key = LatencyKey(span)
                         let before = _latencies.Before(key)
                         where before is not null
                         select (key.Service, Shift: Latencies.Log(span.SelfMs) - before.Value);
            foreach (var group in shifts.GroupBy(s => s.Service, StringComparer.Ordinal))
                _services.Add(new ChangeKey(group.Key, null, null), trace.IsAfter, group.Average(s => s.Shift));
        }
    }

    /// <summary>
    /// A slow way may be the caller's or the called one's fault: it is put down to the caller when the rest of what that does has become slower than what
    /// the called one does.
    /// </summary>
    private Change Attributed(Change change)
    {
        if (change.Subject is not { } caller) return change;
        var ofCaller = _services.Shift(new ChangeKey(caller, null, null));
        var ofCalled = _services.Shift(new ChangeKey(change.Service, null, null));
        return ofCaller > (ofCalled ?? 0) ? change with { Service = caller, Subject = change.Service } : change;
    }

    /// <summary>A call's own time, in which nothing of the called service is seen, is that of the way there.</summary>
    private static ChangeKey LatencyKey(ChangeSpan span) =>
        span.Peer is { } peer ? new ChangeKey(peer, span.Name, span.Service) : new ChangeKey(span.Service, span.Name, null);

    /// <summary>Children and logs of the operations that the trace has.</summary>
    private void CountBelow(TraceEvents trace, int number, HashSet<string> failed, Dictionary<(string Service, string Name), List<ChangeSpan>> operations, Known known)
    {
        var children = new HashSet<((string, string), string)>();
        foreach (var span in trace.Spans)
            if (span.Parent >= 0) children.Add(((trace.Spans[span.Parent].Service, trace.Spans[span.Parent].Name), Known.Child(span)));
        var logs = new HashSet<((string, string), string)>();
        foreach (var log in trace.Logs) logs.Add((Known.Place(trace, log), log.Template));
        foreach (var operation in operations.Keys)
        {
            var isError = failed.Contains(operation.Service);
            foreach (var child in known.Children.GetValueOrDefault(operation) ?? [])
                _structure.Add(new ChangeKey(operation.Service, operation.Name, child), number, trace.IsAfter, children.Contains((operation, child)), isError);
            foreach (var template in known.Templates.GetValueOrDefault(operation) ?? [])
            {
                (known.Severe.Contains(template) ? _errorLogs : _logs).Add(new ChangeKey(operation.Service, operation.Name, template), number, trace.IsAfter, logs.Contains((operation, template)), isError);
            }
        }

        if (trace.Spans.Count == 0) CountLogs(trace, number, known);
        CountErrorLogs(trace, number, known);
    }

    /// <summary>What a service says, where nothing but its log records is known.</summary>
    private void CountLogs(TraceEvents trace, int number, Known known)
    {
        foreach (var said in trace.Logs.GroupBy(l => l.Service, l => l.Template, StringComparer.Ordinal))
        {
            var templates = said.ToHashSet(StringComparer.Ordinal);
            foreach (var template in known.Templates.GetValueOrDefault((said.Key, "")) ?? [])
                if (!known.Severe.Contains(template)) _logs.Add(new ChangeKey(said.Key, null, template), number, trace.IsAfter, templates.Contains(template), false);
        }
    }

    /// <summary>Errors that a service reports, wherever it does: the operation may be new itself.</summary>
    private void CountErrorLogs(TraceEvents trace, int number, Known known)
    {
        var services = (trace.Spans.Count == 0 ? trace.Logs.Select(l => l.Service) : trace.Spans.Select(s => s.Service)).ToHashSet(StringComparer.Ordinal);
        var said = trace.Logs.Select(l => (l.Service, l.Template)).ToHashSet();
        foreach (var (service, template) in known.Errors)
            if (services.Contains(service) || said.Contains((service, template)))
                _errorLogs.Add(new ChangeKey(service, null, template), number, trace.IsAfter, said.Contains((service, template)), false);
    }

    /// <summary>Everything that there is in either window.</summary>
    private sealed class Known
    {
        /// <summary>OpenTelemetry's number of the least ERROR.</summary>
        private const double ErrorSeverity = 17;

        /// <summary>Operations with which traces begin.</summary>
        public HashSet<(string Service, string Name)> Entries { get; } = [];

        /// <summary>Versions and instances of each service.</summary>
        public Dictionary<string, HashSet<string>> OfService { get; } = new(StringComparer.Ordinal);

        public Dictionary<(string, string), HashSet<string>> Children { get; } = [];

        public Dictionary<(string, string), HashSet<string>> Templates { get; } = [];

        /// <summary>The same by the services that log them.</summary>
        public HashSet<(string Service, string Template)> Errors { get; } = [];

        /// <summary>Templates of errors: few, and looked at apart from all that is said besides.</summary>
        public HashSet<string> Severe { get; } = new(StringComparer.Ordinal);

        public static Known Of(TraceSet set)
        {
            var known = new Known();
            foreach (var trace in set.Traces)
            {
                foreach (var span in trace.Spans)
                {
                    foreach (var (service, instance) in Instances(span)) Add(known.OfService, service, instance);
                    if (span.Parent < 0) known.Entries.Add((span.Service, span.Name));
                    else Add(known.Children, (trace.Spans[span.Parent].Service, trace.Spans[span.Parent].Name), Child(span));
                }

                foreach (var log in trace.Logs)
                {
                    Add(known.Templates, Place(trace, log), log.Template);
                    if (log.Severity < ErrorSeverity) continue;
                    known.Severe.Add(log.Template);
                    known.Errors.Add((log.Service, log.Template));
                }
            }

            return known;
        }

        public static string Child(ChangeSpan span) => span.Name;

        public static (string, string) Place(TraceEvents trace, ChangeLog log) =>
            log.Span >= 0 ? (trace.Spans[log.Span].Service, trace.Spans[log.Span].Name) : (log.Service, "");

        public static IEnumerable<(string Service, string Instance)> Instances(ChangeSpan span)
        {
            if (span.Version is { } version) yield return (span.Service, $"service.version = {version}");
            if (span.Instance is { } instance) yield return (span.Service, instance);
        }

        private static void Add<T>(Dictionary<T, HashSet<string>> sets, T key, string item) where T : notnull
        {
            if (!sets.TryGetValue(key, out var set)) sets.Add(key, set = []);
            set.Add(item);
        }
    }
}
