using System.Globalization;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;
using static Explorer.Server.Demo.AttributeGroup;
using SpanKind = Explorer.Server.Otlp.Messages.Span.Types.SpanKind;

namespace Explorer.Server.Demo;

/// <summary>The spans and log records of one trace, each with the instance that sends it.</summary>
internal sealed class DemoTrace
{
    private const long Millisecond = 1_000_000;
    private const int MaxRepeats = 64;

    private readonly Request _request;
    private readonly Dice _dice;
    private readonly ByteString _traceId;
    private readonly List<DemoTrace> _consequences;

    private DemoTrace(Request request, List<DemoTrace> all)
    {
        (_request, _dice, _consequences) = (request, request.Dice, all);
        _traceId = _dice.Id(16);
        all.Add(this);
    }

    public List<(Instance Instance, Span Span)> Spans { get; } = [];

    public List<(Instance Instance, LogRecord Log)> Logs { get; } = [];

    /// <summary>When the last span ends, Unix nanoseconds.</summary>
    public long EndNanos { get; private set; }

    /// <summary>Plays one request and adds its trace, and the traces of the messages that it sends, to <paramref name="all"/>.</summary>
    public static void Play(Request request, Operation entry, List<DemoTrace> all)
    {
        var trace = new DemoTrace(request, all);
        trace.Serve(entry, trace.InstanceOf(entry.Service!), ByteString.Empty, request.StartNanos);
    }

    private static void PlayMessage(Request request, Operation consumer, Span producer, List<DemoTrace> all)
    {
        var trace = new DemoTrace(request, all);
        var start = (long)producer.EndTimeUnixNano + Nanos(request.Dice.Around(350, 0.6));
        var span = trace.Serve(consumer, trace.InstanceOf(consumer.Service!), ByteString.Empty, start).Span;
        span.Links.Add(new Span.Types.Link { TraceId = producer.TraceId, SpanId = producer.SpanId, Flags = 1 });
    }

    private readonly record struct Outcome(Span Span, long End, Fault? Fault);

    private Outcome Serve(Operation operation, Instance instance, ByteString parent, long start)
    {
        var span = Open(instance, operation.Name, operation.Kind, parent, start, operation.Constants, operation.Groups);
        var own = Nanos(_dice.Around(operation.MedianMs, operation.Sigma));
        var gap = own / (operation.Steps.Length + 1);
        long now = start + gap, before = now;
        Fault? fault = null;
        foreach (var step in operation.Steps)
        {
            if (!step.Beside)
                before = now;
            var outcome = Run(step, instance, span.SpanId, before);
            now = Math.Max(now, outcome.End) + gap;
            fault = step.Tolerated ? null : outcome.Fault;
            if (fault is not null)
                break;
        }
        if (fault is null)
        {
            now = Math.Max(now, start + own);
            fault = Array.Find(operation.Faults, possible => _dice.Chance(possible.Chance));
            if (fault is not null)
                Throw(fault, operation, instance, span, now);
        }
        Close(span, instance, operation.Protocol, fault, operation.SuccessStatus, now);
        foreach (var line in operation.Logs)
            Log(line, instance, span, now);
        if (operation.Consumer is { } consumer)
            PlayMessage(_request, consumer, span, _consequences);
        return new Outcome(span, now, fault);
    }

    /// <summary>Makes the calls of a step, one after the other.</summary>
    private (long End, Fault? Fault) Run(Step step, Instance caller, ByteString parent, long start)
    {
        var times = Math.Min(step.Times(_request), MaxRepeats);
        var pause = step.BackOffMs;
        Fault? fault = null;
        for (var i = 1; i <= times && (fault is null || step.Tolerated); i++, start += Nanos(_dice.Around(pause, 0.4)), pause *= 2)
        {
            _request.Attempt = i;
            var (span, end, thrown) = step.Operation is { Service: { } service, Protocol: Protocol.Http or Protocol.Grpc }
                ? Call(step.Operation, caller, InstanceOf(service), parent, start)
                : Serve(step.Operation, caller, parent, start);
            _request.Attempt = i;
            (start, fault) = (end, thrown);
            if (step.Log is { } line)
                Log(line, caller, span, end);
        }
        _request.Attempt = 1;
        return (start, fault);
    }

    /// <summary>A call over the network: the caller's span around the callee's, with the way there and back between them.</summary>
    private Outcome Call(Operation operation, Instance caller, Instance callee, ByteString parent, long start)
    {
        var span = Open(caller, operation.Name, SpanKind.Client, parent, start, operation.CallerConstants, operation.CallerGroups);
        var (_, served, fault) = Serve(operation, callee, span.SpanId, start + Nanos(_dice.Around(0.35, 0.4)));
        var end = served + Nanos(_dice.Around(0.35, 0.4));
        Close(span, caller, operation.Protocol, fault, operation.SuccessStatus, end);
        return new Outcome(span, end, fault);
    }

    private Span Open(Instance instance, string name, SpanKind kind, ByteString parent, long start, KeyValue[] constants,
        AttributeGroup[] groups)
    {
        var span = new Span
        {
            TraceId = _traceId,
            SpanId = _dice.Id(8),
            ParentSpanId = parent,
            Name = name,
            Kind = kind,
            StartTimeUnixNano = (ulong)(start + instance.ClockSkewNanos),
            Flags = 1,
        };
        span.Attributes.AddRange(constants);
        span.Attributes.AddRange(_request.Shared(Attributes.Everyone));
        foreach (var group in groups)
        {
            if (group.PerSpan)
                group.AddTo(span.Attributes, _request);
            else
                span.Attributes.AddRange(_request.Shared(group));
        }
        Spans.Add((instance, span));
        return span;
    }

    private void Close(Span span, Instance instance, Protocol protocol, Fault? fault, int successStatus, long end)
    {
        span.EndTimeUnixNano = (ulong)(end + instance.ClockSkewNanos);
        EndNanos = Math.Max(EndNanos, end);
        var status = fault?.HttpStatus ?? successStatus;
        if (protocol is Protocol.Http or Protocol.External)
            span.Attributes.Add(Pair("http.response.status_code", status));
        else if (protocol is Protocol.Grpc)
            span.Attributes.Add(Pair("rpc.grpc.status_code", GrpcStatus(status)));
        // What the client did wrong is an error of the client's span alone.
        if (fault is null || (fault.HttpStatus < 500 && span.Kind is SpanKind.Server))
            return;
        span.Status = new Status { Code = Status.Types.StatusCode.Error, Message = fault.Message };
        span.Attributes.Add(Pair("error.type", protocol is Protocol.Http or Protocol.External
            ? status.ToString(CultureInfo.InvariantCulture) : fault.TypeIn(instance.Service.Runtime)));
    }

    private void Throw(Fault fault, Operation operation, Instance instance, Span span, long at)
    {
        var runtime = instance.Service.Runtime;
        KeyValue[] exception =
        [
            Pair("exception.type", fault.TypeIn(runtime)),
            Pair("exception.message", fault.Message),
            Pair("exception.stacktrace", fault.StackTrace(runtime)),
        ];
        span.Events.Add(new Span.Types.Event { TimeUnixNano = (ulong)(at + instance.ClockSkewNanos), Name = "exception",
            Attributes = { exception } });
        var severity = fault.HttpStatus < 500 ? SeverityNumber.Warn : SeverityNumber.Error;
        Log(new LogLine(severity, 1, _ => $"{operation.Name} failed: {fault.Message}"), instance, span, at, exception[..2]);
    }

    private void Log(LogLine line, Instance instance, Span span, long at, params ReadOnlySpan<KeyValue> attributes)
    {
        if (!_dice.Chance(line.Chance))
            return;
        var log = new LogRecord
        {
            TimeUnixNano = (ulong)(at + instance.ClockSkewNanos),
            ObservedTimeUnixNano = (ulong)(at + instance.ClockSkewNanos + 40_000),
            SeverityNumber = line.Severity,
            SeverityText = line.Severity.ToString().ToUpperInvariant(),
            Body = Text(line.Body(_request)),
            TraceId = span.TraceId,
            SpanId = span.SpanId,
            Flags = 1,
        };
        log.Attributes.AddRange(_request.Shared(Attributes.Everyone));
        foreach (var attribute in attributes)
            log.Attributes.Add(attribute);
        Logs.Add((instance, log));
    }

    private Instance InstanceOf(Service service) => _request.Fleet.Pick(
        service, service == Fleet.Checkout ? _request.Checkout : service.Releases[0], _request.Region, _dice);

    private static long Nanos(double milliseconds) => (long)(milliseconds * Millisecond);

    private static int GrpcStatus(int http) => http switch
    {
        < 400 => 0,
        404 => 5,
        402 => 9,
        503 => 14,
        504 => 4,
        _ => 13,
    };
}
