using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Reads a message from JSON at the cursor.</summary>
internal delegate T MessageReader<T>(ref JsonCursor json);

/// <summary>
/// Walks OTLP/JSON. Fields may be named in lowerCamelCase, as the protocol says, or in snake_case, as some senders do; unknown ones are
/// skipped; null is the same as absent. What has the wrong type is refused with its path, never with its value.
/// </summary>
internal ref struct JsonCursor
{
    private const int MaxFieldNameBytes = 64;

    /// <summary>More levels than <see cref="WireShape.MaxDepth"/> messages can need.</summary>
    private const int MaxJsonDepth = 256;

    /// <summary>What stands for an id that is no hex text: of no valid length, so that its record is treated like any with a wrong id.</summary>
    private static readonly ByteString InvalidId = ByteString.CopyFrom(0);

    private readonly ReadOnlySpan<byte> _json;
    private readonly char[] _name = new char[MaxFieldNameBytes];
    private Utf8JsonReader _reader;
    private JsonPath _path = new();
    private int _nameLength;
    private int _depth;
    private int _messages;

    private JsonCursor(ReadOnlySpan<byte> json)
    {
        _json = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        _reader = new Utf8JsonReader(_json, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
    }

    /// <summary>Name of the field at the cursor, in lowerCamelCase; empty for a name that no field can have.</summary>
    public readonly ReadOnlySpan<char> Field => _name.AsSpan(0, _nameLength);

    /// <summary>True where the cursor is at a null.</summary>
    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    /// <summary>Reads a whole document.</summary>
    /// <exception cref="RefusedException">It is not JSON, or not such a message.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, MessageReader<T> read)
    {
        var cursor = new JsonCursor(json);
        try
        {
            cursor._reader.Read();
            var message = read(ref cursor);
            cursor._reader.Read(); // only white space may follow
            return message;
        }
        catch (JsonException)
        {
            throw new RefusedException(Verdict.Malformed, $"not JSON: syntax error after {cursor._reader.BytesConsumed} bytes", cursor.Path());
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException(Verdict.Malformed, $"not JSON: a name that is not text after {cursor._reader.BytesConsumed} bytes", cursor.Path());
        }
    }

    /// <summary>Enters the message at the cursor.</summary>
    public void Enter()
    {
        Expect(JsonTokenType.StartObject, "an object");
        if (++_depth > WireShape.MaxDepth + 1)
            throw new RefusedException(Verdict.Malformed, $"values are nested deeper than {WireShape.MaxDepth} messages");
        if (++_messages > WireShape.MaxMessages)
            throw new RefusedException(Verdict.TooLarge, $"the request holds more than {WireShape.MaxMessages} messages; send fewer records in one request");
        _path.Push(-1);
    }

    /// <summary>Moves to the value of the message's next field that is not null; at the end of the message leaves it.</summary>
    public bool NextField()
    {
        while (true)
        {
            _reader.Read();
            if (_reader.TokenType == JsonTokenType.EndObject)
            {
                _path.Pop();
                _depth--;
                return false;
            }

            ReadName();
            _path.Name((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length);
            _reader.Read();
            if (!IsNull) return true;
        }
    }

    public void Skip() => _reader.Skip();

    /// <summary>Reads the messages of a repeated field; nulls among them are passed over.</summary>
    public void Repeated<T>(RepeatedField<T> into, MessageReader<T> read)
    {
        EnterArray();
        while (NextItem())
            if (!IsNull) into.Add(read(ref this));
    }

    public void EnterArray()
    {
        Expect(JsonTokenType.StartArray, "an array");
        _path.Push(-1);
    }

    public bool NextItem()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            _path.Pop();
            return false;
        }

        _path.NextIndex();
        return true;
    }

    public readonly string Text()
    {
        Expect(JsonTokenType.String, "a string");
        return JsonStrings.Read(_reader.ValueSpan, _reader.ValueIsEscaped);
    }

    public readonly bool Bool() => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Wrong("true or false"),
    };

    public readonly long Int64()
    {
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out var value)) return value;
        var number = Integer("a 64-bit integer");
        return number is >= long.MinValue and <= long.MaxValue ? (long)number : throw Wrong("a 64-bit integer");
    }

    public readonly ulong UInt64()
    {
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt64(out var value)) return value;
        var number = Integer("an unsigned 64-bit integer");
        return number is >= 0 and <= ulong.MaxValue ? (ulong)number : throw Wrong("an unsigned 64-bit integer");
    }

    /// <summary>A time in Unix nanoseconds. A whole number that is none becomes one that no clock shows: it makes its own event's time invalid, as in protobuf, and no more.</summary>
    public readonly ulong UnixNano()
    {
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt64(out var value)) return value;
        var number = Integer("a time in nanoseconds");
        return number is >= 0 and <= ulong.MaxValue ? (ulong)number : ulong.MaxValue;
    }

    public readonly int Int32()
    {
        var number = Int64();
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : throw Wrong("a 32-bit integer");
    }

    public readonly uint UInt32()
    {
        var number = UInt64();
        return number <= uint.MaxValue ? (uint)number : throw Wrong("an unsigned 32-bit integer");
    }

    /// <summary>A number, also as text; NaN and the infinities are texts in JSON.</summary>
    public readonly double Double()
    {
        if (_reader.TokenType == JsonTokenType.Number) return _reader.GetDouble();
        if (_reader.TokenType != JsonTokenType.String) throw Wrong("a number");
        return Text() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
            _ => throw Wrong("a number"),
        };
    }

    /// <summary>An enum as its number, or, as some senders write it, as its name.</summary>
    public readonly int Enum(EnumDescriptor type)
    {
        if (_reader.TokenType == JsonTokenType.Number) return Int32();
        if (_reader.TokenType != JsonTokenType.String) throw Wrong("an enum number");
        var text = Text();
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        return type.FindValueByName(text.ToUpperInvariant())?.Number ?? throw Wrong($"a number or name of {type.Name}");
    }

    /// <summary>Bytes in base64, of the standard or the URL alphabet, padded or not.</summary>
    public readonly ByteString Bytes()
    {
        var text = Text().Replace('+', '-').Replace('/', '_');
        try
        {
            return UnsafeByteOperations.UnsafeWrap(Base64Url.DecodeFromChars(text));
        }
        catch (FormatException)
        {
            throw Wrong("base64");
        }
    }

    /// <summary>A trace or span id in hex of either case. A text that is not hex is a wrong id, not a wrong message.</summary>
    public readonly ByteString Id()
    {
        Expect(JsonTokenType.String, "a string of hex digits");
        var hex = _reader.ValueSpan;
        if (hex.Length == 0) return ByteString.Empty;
        if (_reader.ValueIsEscaped || hex.Length % 2 != 0) return InvalidId;
        var bytes = new byte[hex.Length / 2];
        return Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? UnsafeByteOperations.UnsafeWrap(bytes)
            : InvalidId;
    }

    private readonly string? Path() => _path.Format(_json);

    private readonly decimal Integer(string expected)
    {
        var text = _reader.TokenType switch
        {
            JsonTokenType.String => Text(),
            JsonTokenType.Number => Encoding.ASCII.GetString(_reader.ValueSpan),
            _ => throw Wrong(expected),
        };
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && decimal.IsInteger(number)
            ? number
            : throw Wrong(expected);
    }

    private readonly void Expect(JsonTokenType type, string expected)
    {
        if (_reader.TokenType != type) throw Wrong(expected);
    }

    private readonly RefusedException Wrong(string expected)
    {
        var found = _reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            _ => "null",
        };
        var path = Path();
        return new RefusedException(Verdict.Malformed, $"{path ?? "the request"}: expected {expected}, found {found}", path);
    }

    /// <summary>snake_case becomes lowerCamelCase, so that one switch serves both.</summary>
    private void ReadName()
    {
        _nameLength = 0;
        if (_reader.ValueSpan.Length > MaxFieldNameBytes) return;
        var length = _reader.CopyString(_name);
        var upper = false;
        for (var i = 0; i < length; i++)
        {
            if (_name[i] == '_')
            {
                upper = true;
                continue;
            }

            _name[_nameLength++] = upper ? char.ToUpperInvariant(_name[i]) : _name[i];
            upper = false;
        }
    }
}
