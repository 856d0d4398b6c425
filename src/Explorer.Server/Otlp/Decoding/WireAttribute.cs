namespace Explorer.Server.Otlp.Decoding;

/// <summary>A KeyValue.</summary>
internal ref struct WireAttribute
{
    private const uint KeyTag = 0x0A;
    private const uint ValueTag = 0x12;

    public ReadOnlySpan<byte> Key;
    public WireValue Value;

    /// <summary>Reads an attribute.</summary>
    /// <param name="message">Its message.</param>
    /// <param name="origin">Where that begins in the request.</param>
    /// <param name="depth">How many messages it is in.</param>
    /// <exception cref="RefusedException">It is malformed.</exception>
    public static WireAttribute Read(ReadOnlySpan<byte> message, int origin, int depth)
    {
        WireShape.CheckDepth(depth);
        var attribute = default(WireAttribute);
        ReadOnlySpan<byte> value = default;
        var (valueOrigin, pieces, firstPiece) = (0, 0, 0);
        var reader = new WireReader(message, origin);
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            switch (tag)
            {
                case KeyTag:
                    attribute.Key = reader.Bytes();
                    break;
                case ValueTag:
                    value = reader.Bytes();
                    valueOrigin = reader.Place - value.Length;
                    if (++pieces == 1) firstPiece = start;
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        if (pieces == 0) return attribute;
        if (pieces > 1) value = WirePieces.Join(message, ValueTag, origin, firstPiece, WireShape.Value, depth + 1);
        WireShape.CheckDepth(depth + 1);
        attribute.Value = WireValue.Read(value, valueOrigin, depth + 1);
        return attribute;
    }
}
