namespace Explorer.Server.Otlp.Decoding;

/// <summary>What an attribute's value is; the numbers are those of its fields.</summary>
internal enum WireKind
{
    /// <summary>There is no value, or one without content.</summary>
    None = 0,
    Text = 1,
    Bool = 2,
    Int64 = 3,
    Float64 = 4,
    Array = 5,
    List = 6,
    Bytes = 7,
}

/// <summary>An AnyValue, read one level deep.</summary>
internal ref struct WireValue
{
    private const uint TextTag = 0x0A;
    private const uint BoolTag = 0x10;
    private const uint Int64Tag = 0x18;
    private const uint Float64Tag = 0x21;
    private const uint ArrayTag = 0x2A;
    private const uint ListTag = 0x32;
    private const uint BytesTag = 0x3A;

    public WireKind Kind;

    /// <summary>A Bool as 0 or 1, an Int64, or the bits of a Float64.</summary>
    public long Bits;

    /// <summary>A text, bytes, or the message that is an array or list.</summary>
    public ReadOnlySpan<byte> Content;

    /// <summary>Where the content begins in the request.</summary>
    public int Origin;

    /// <summary>Reads a value. Of several contents the last counts; an array or list that follows one of its kind continues it.</summary>
    /// <param name="message">The value's message.</param>
    /// <param name="origin">Where it begins in the request.</param>
    /// <param name="depth">How many messages it is in.</param>
    /// <exception cref="RefusedException">It is malformed.</exception>
    public static WireValue Read(ReadOnlySpan<byte> message, int origin, int depth)
    {
        // One short text and nothing else: most values.
        if (message.Length is >= 2 and < 0x82 && message[0] == TextTag && message[1] == message.Length - 2)
            return new WireValue { Kind = WireKind.Text, Content = message[2..], Origin = origin + 2 };
        return ReadAll(message, origin, depth);
    }

    private static WireValue ReadAll(ReadOnlySpan<byte> message, int origin, int depth)
    {
        var value = default(WireValue);
        var (runStart, pieces) = (0, 0);
        var reader = new WireReader(message, origin);
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            switch (tag)
            {
                case TextTag or BytesTag:
                    var content = reader.Bytes();
                    value.Replace((WireKind)(tag >> 3), 0, content, reader.Place, depth);
                    break;
                case BoolTag:
                    value.Replace(WireKind.Bool, reader.Varint() != 0 ? 1 : 0, [], 0, depth);
                    break;
                case Int64Tag:
                    value.Replace(WireKind.Int64, (long)reader.Varint(), [], 0, depth);
                    break;
                case Float64Tag:
                    value.Replace(WireKind.Float64, (long)reader.Fixed64(), [], 0, depth);
                    break;
                case ArrayTag or ListTag:
                    var piece = reader.Bytes();
                    if (value.Kind == (WireKind)(tag >> 3))
                    {
                        pieces++;
                        Shape(value.Kind).Check(piece, reader.Place - piece.Length, depth + 1);
                        break;
                    }

                    value.Replace((WireKind)(tag >> 3), 0, piece, reader.Place, depth);
                    (runStart, pieces) = (start, 1);
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        if (pieces > 1 && value.Kind is (WireKind.Array or WireKind.List))
            value.Content = WirePieces.Join(message, (uint)value.Kind << 3 | (uint)WireType.Bytes, origin, runStart, Shape(value.Kind), depth + 1);
        return value;
    }

    private static WireShape Shape(WireKind kind) => kind == WireKind.Array ? WireShape.Array : WireShape.List;

    /// <summary>Takes a content. What it replaces is checked: a request is well-formed as a whole or not at all.</summary>
    private void Replace(WireKind kind, long bits, ReadOnlySpan<byte> content, int end, int depth)
    {
        if (Kind is WireKind.Array or WireKind.List) Shape(Kind).Check(Content, Origin, depth + 1);
        Kind = kind;
        Bits = bits;
        Content = content;
        Origin = end - content.Length;
    }
}
