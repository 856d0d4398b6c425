using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Explorer.Server.Hosting;

/// <summary>
/// Messages of a page's circuit as a browser writes and reads them: MessagePack behind a length of seven bits a byte. As much of both as <see cref="FirstVisit"/>
/// needs: calls, with texts, whole numbers and flags among their arguments.
/// </summary>
internal static class BlazorPack
{
    private const byte Nil = 0xc0;
    private const byte Call = 1;

    /// <summary>A call of a method, for the wire.</summary>
    /// <param name="method">The method.</param>
    /// <param name="id">Under which its completion comes back; null for none.</param>
    /// <param name="arguments">Null, <see cref="string"/>, <see cref="bool"/> or <see cref="long"/> each.</param>
    public static byte[] Write(string method, string? id, params object?[] arguments)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write<byte>([0x96, Call, 0x80]); // six parts: the kind, no headers, and these
        Write(body, id);
        Write(body, method);
        body.Write<byte>([(byte)(0x90 | arguments.Length)]);
        foreach (var argument in arguments) Write(body, argument);
        body.Write<byte>([0x90]); // no streams
        var length = new byte[5];
        var digits = 0;
        for (var left = body.WrittenCount; left > 0 || digits == 0; left >>= 7) length[digits++] = (byte)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        return [.. length.AsSpan(0, digits), .. body.WrittenSpan];
    }

    /// <summary>Takes the next whole message from what has come; false when more has to come first.</summary>
    /// <param name="received">What has come and was not read; goes on behind the message.</param>
    /// <param name="method">The method that is called; null for any other message.</param>
    /// <param name="arguments">Its arguments; bytes as null.</param>
    /// <exception cref="FormatException">These are no such messages.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> received, out string? method, out object?[] arguments)
    {
        (method, arguments) = (null, []);
        var (length, digits) = (0, 0);
        do
        {
            if (digits >= received.Length) return false;
            if (digits == 5) throw new FormatException("a message is longer than there are");
            length |= (received[digits] & 0x7f) << (7 * digits);
        }
        while (received[digits++] >= 0x80);
        if (received.Length - digits < length) return false;
        var body = received.Slice(digits, length);
        received = received[(digits + length)..];
        if (Read(ref body) is object?[] and [(long)Call, _, _, string called, object?[] given, ..]) (method, arguments) = (called, given);
        return true;
    }

    private static void Write(ArrayBufferWriter<byte> body, object? value)
    {
        switch (value)
        {
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                body.Write<byte>([0xdb]);
                BinaryPrimitives.WriteUInt32BigEndian(body.GetSpan(4), (uint)bytes.Length);
                body.Advance(4);
                body.Write(bytes);
                break;
            case long number:
                body.Write<byte>([0xd3]);
                BinaryPrimitives.WriteInt64BigEndian(body.GetSpan(8), number);
                body.Advance(8);
                break;
            case bool flag: body.Write<byte>([(byte)(flag ? 0xc3 : 0xc2)]); break;
            default: body.Write<byte>([Nil]); break;
        }
    }

    private static object? Read(ref ReadOnlySpan<byte> body)
    {
        var kind = Take(ref body, 1)[0];
        return kind switch
        {
            < 0x80 => (long)kind,
            < 0x90 => List(ref body, 2 * (kind & 0x0f)),
            < 0xa0 => List(ref body, kind & 0x0f),
            < 0xc0 => Text(ref body, kind & 0x1f),
            Nil => null,
            0xc2 => false,
            0xc3 => true,
            0xc4 or 0xc5 or 0xc6 => Bytes(ref body, (int)Number(ref body, 1 << (kind - 0xc4))),
            0xcc or 0xcd or 0xce or 0xcf => (long)Number(ref body, 1 << (kind - 0xcc)),
            0xd0 => (sbyte)Number(ref body, 1) + 0L,
            0xd1 => (short)Number(ref body, 2) + 0L,
            0xd2 => (int)Number(ref body, 4) + 0L,
            0xd3 => (long)Number(ref body, 8),
            0xd9 or 0xda or 0xdb => Text(ref body, (int)Number(ref body, 1 << (kind - 0xd9))),
            0xdc or 0xdd => List(ref body, (int)Number(ref body, 2 << (kind - 0xdc))),
            0xde or 0xdf => List(ref body, 2 * (int)Number(ref body, 2 << (kind - 0xde))),
            >= 0xe0 => (sbyte)kind + 0L,
            _ => throw new FormatException($"a value of the kind {kind:x2} is not expected"),
        };
    }

    private static object?[] List(ref ReadOnlySpan<byte> body, int count)
    {
        if (count < 0 || count > body.Length) throw new FormatException("a list is longer than its message");
        var items = new object?[count];
        for (var i = 0; i < count; i++) items[i] = Read(ref body);
        return items;
    }

    private static string Text(ref ReadOnlySpan<byte> body, int length) => Encoding.UTF8.GetString(Take(ref body, length));

    private static object? Bytes(ref ReadOnlySpan<byte> body, int length)
    {
        Take(ref body, length);
        return null;
    }

    private static ulong Number(ref ReadOnlySpan<byte> body, int bytes)
    {
        ulong number = 0;
        foreach (var digit in Take(ref body, bytes)) number = (number << 8) | digit;
        return number;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> body, int length)
    {
        if (length < 0 || length > body.Length) throw new FormatException("a value is longer than its message");
        var taken = body[..length];
        body = body[length..];
        return taken;
    }
}
