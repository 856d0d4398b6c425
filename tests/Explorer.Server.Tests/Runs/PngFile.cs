using System.Buffers.Binary;
using System.IO.Compression;

namespace Explorer.Server.Tests.Runs;

/// <summary>Reads a PNG of 8-bit red, green and blue as its specification says, checksums included.</summary>
internal static class PngFile
{
    public static (int Width, int Height, byte[] Pixels) Read(byte[] file)
    {
        file.AsSpan(0, 8).ToArray().ShouldBe([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        using var data = new MemoryStream();
        var (width, height) = (0, 0);
        var last = "";
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            last = System.Text.Encoding.ASCII.GetString(file, at + 4, 4);
            var body = file.AsSpan(at + 8, length);
            BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)).ShouldBe(Crc(file.AsSpan(at + 4, length + 4)), last);
            if (last == "IHDR") (width, height) = (BinaryPrimitives.ReadInt32BigEndian(body), BinaryPrimitives.ReadInt32BigEndian(body[4..]));
            if (last == "IDAT") data.Write(body);
            at += 12 + length;
        }

        last.ShouldBe("IEND");
        data.Position = 0;
        using var lines = new ZLibStream(data, CompressionMode.Decompress);
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            lines.ReadByte().ShouldBe(2, "the filter that takes the difference from the row above");
            lines.ReadExactly(pixels, y * width * 3, width * 3);
            for (var i = 0; y > 0 && i < width * 3; i++) pixels[y * width * 3 + i] += pixels[(y - 1) * width * 3 + i];
        }

        lines.ReadByte().ShouldBe(-1);
        return (width, height, pixels);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        }

        return ~crc;
    }
}
