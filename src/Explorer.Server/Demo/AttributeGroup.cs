using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Collections;

namespace Explorer.Server.Demo;

/// <summary>
/// Attributes that go together onto a span. A value that reads null is left out. Unless <see cref="PerSpan"/>, the values belong to
/// the request: they are made once for it and the spans of the trace share the messages.
/// </summary>
internal sealed class AttributeGroup(params (string Key, Func<Request, AnyValue?> Read)[] attributes)
{
    public bool PerSpan { get; init; }

    public void AddTo(RepeatedField<KeyValue> target, Request request)
    {
        foreach (var (key, read) in attributes)
        {
            if (read(request) is { } value)
                target.Add(new KeyValue { Key = key, Value = value });
        }
    }

    public static KeyValue Pair(string key, string value) => new() { Key = key, Value = Text(value) };

    public static KeyValue Pair(string key, long value) => new() { Key = key, Value = Whole(value) };

    /// <summary>Attributes that never change; a value is a string or an int.</summary>
    public static KeyValue[] Pairs(params (string Key, object Value)[] attributes) =>
        [.. attributes.Select(pair => pair.Value is int number ? Pair(pair.Key, number) : Pair(pair.Key, (string)pair.Value))];

    public static AnyValue? Text(string? value) => value is null ? null : new AnyValue { StringValue = value };

    public static AnyValue? Whole(long? value) => value is { } present ? new AnyValue { IntValue = present } : null;

    public static AnyValue? Real(double? value) => value is { } present ? new AnyValue { DoubleValue = present } : null;

    public static AnyValue? Flag(bool? value) => value is { } present ? new AnyValue { BoolValue = present } : null;

    public static AnyValue? List(IEnumerable<string>? values) =>
        values is null ? null : new AnyValue { ArrayValue = new ArrayValue { Values = { values.Select(Text) } } };
}
