using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Benchmarks.Workloads;

namespace Benchmarks.Opponents;

/// <summary>Writes spans for ClickHouse to read: its RowBinary format, with attributes as text in maps, as the Collector's exporter has them.</summary>
internal sealed class SpanFile : IDisposable
{
    private static readonly string[] Kinds = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
    private readonly BufferedStream _file;
    private readonly byte[] _number = new byte[10];

    public SpanFile(string path) => _file = new BufferedStream(File.Create(path), 1 << 20);

    public void Write(RequestReader span)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_number, span.Start);
        _file.Write(_number, 0, 8);
        Hex(span.TraceId.Span);
        Hex(span.SpanId.Span);
        Hex(span.ParentId.Span);
        Text(span.Name.Span);
        Text(Encoding.ASCII.GetBytes(Kinds[span.Kind]));
        Text(ServiceOf(span));
        Map(span, span.ResourceAttributes);
        Map(span, span.Attributes);
        BinaryPrimitives.WriteInt64LittleEndian(_number, span.End - span.Start);
        _file.Write(_number, 0, 8);
        Text(span.StatusCode == 2 ? "Error"u8 : "Unset"u8);
        Text(span.StatusMessage.Span);
    }

    public void Dispose() => _file.Dispose();

    private static ReadOnlySpan<byte> ServiceOf(RequestReader span)
    {
        foreach (var attribute in span.ResourceAttributes)
        {
            if (span.Bytes(attribute.KeyStart, attribute.KeyLength).SequenceEqual("service.name"u8)) return span.Bytes(attribute.TextStart, attribute.TextLength);
        }

        return default;
    }

    private void Map(RequestReader span, List<RequestAttribute> attributes)
    {
        Varint(attributes.Count);
        foreach (var attribute in attributes)
        {
            Text(span.Bytes(attribute.KeyStart, attribute.KeyLength));
            if (attribute.Kind == ValueKind.Text) Text(span.Bytes(attribute.TextStart, attribute.TextLength));
            else Text(Encoding.ASCII.GetBytes(Format(attribute)));
        }
    }

    private static string Format(RequestAttribute attribute) => attribute.Kind switch
    {
        ValueKind.Bool => attribute.Number == 0 ? "false" : "true",
        ValueKind.Float => BitConverter.Int64BitsToDouble(attribute.Number).ToString(CultureInfo.InvariantCulture),
        _ => attribute.Number.ToString(CultureInfo.InvariantCulture),
    };

    private void Hex(ReadOnlySpan<byte> id)
    {
        Span<char> text = stackalloc char[32];
        Span<byte> ascii = stackalloc byte[32];
        Convert.TryToHexStringLower(id, text, out var length);
        for (var i = 0; i < length; i++) ascii[i] = (byte)text[i];
        Text(ascii[..length]);
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        Varint(text.Length);
        _file.Write(text);
    }

    private void Varint(int value)
    {
        var rest = (uint)value;
        for (; rest >= 0x80; rest >>= 7) _file.WriteByte((byte)(rest | 0x80));
        _file.WriteByte((byte)rest);
    }
}
