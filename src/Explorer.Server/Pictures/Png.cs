using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Explorer.Server.Pictures;

/// <summary>Writes pictures as PNG: 8 bits a channel, no transparency.</summary>
internal static class Png
{
    private const byte FilterUp = 2;
    private static readonly uint[] CrcTable = MakeCrcTable();
    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <param name="pixels">Red, green and blue of each pixel, row by row.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits a channel
        header[9] = 2; // red, green, blue
        Chunk(file, "IHDR", header);
        Chunk(file, "IDAT", Compress(pixels, width * 3, height));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    // Each row as its difference from the one above: most of a chart is the same as what is above it.
    private static byte[] Compress(ReadOnlySpan<byte> pixels, int stride, int height)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal))
        {
            var line = new byte[stride + 1];
            line[0] = FilterUp;
            for (var y = 0; y < height; y++)
            {
                var row = pixels.Slice(y * stride, stride);
                for (var i = 0; i < stride; i++) line[i + 1] = (byte)(row[i] - (y == 0 ? 0 : pixels[(y - 1) * stride + i]));
                zlib.Write(line);
            }
        }

        return data.ToArray();
    }

    private static void Chunk(Stream file, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), data));
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var b in data) crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var n = 0u; n < table.Length; n++)
        {
            var c = n;
            for (var bit = 0; bit < 8; bit++) c = (c & 1) == 0 ? c >> 1 : 0xEDB88320 ^ (c >> 1);
            table[n] = c;
        }

        return table;
    }
}
