using System.Globalization;
using System.Text;

namespace Explorer.Client.State;

/// <summary>
/// The query part of an address, readable: only what a browser would change anyway, or what has a meaning there, is percent-encoded.
/// Writing gives exactly what a browser's <c>location.href</c> gives back, so that equal states have equal addresses.
/// </summary>
internal static class UrlText
{
    /// <summary>Adds <c>name=value</c>.</summary>
    public static void Append(StringBuilder query, string name, string value)
    {
        query.Append(query.Length == 0 ? "" : "&").Append(name).Append('=');
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            if (IsReadable(rune.Value))
            {
                query.Append((char)rune.Value);
                continue;
            }

            foreach (var b in utf8[..rune.EncodeToUtf8(utf8)]) query.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The names and values of a query, decoded: <c>+</c> and <c>%20</c> are spaces, bytes that are no UTF-8 become U+FFFD.</summary>
    public static IEnumerable<(string Name, string Value)> Parse(string uri)
    {
        var start = uri.IndexOf('?', StringComparison.Ordinal);
        if (start < 0) yield break;
        var end = uri.IndexOf('#', start);
        foreach (var pair in uri[(start + 1)..(end < 0 ? uri.Length : end)].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0 ? (Decode(pair), "") : (Decode(pair[..equals]), Decode(pair[(equals + 1)..]));
        }
    }

    private static bool IsReadable(int c) => c is > 0x20 and < 0x7F and not ('"' or '#' or '<' or '>' or '\'' or '&' or '+' or '%');

    private static string Decode(string text)
    {
        if (text.AsSpan().IndexOfAny('%', '+') < 0) return text;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            {
                bytes[length++] = b;
                i += 2;
                continue;
            }

            var size = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            length += text[i] == '+' ? Put(bytes, length, ' ') : Encoding.UTF8.GetBytes(text.AsSpan(i, size), bytes.AsSpan(length));
            i += size - 1;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static int Put(byte[] bytes, int at, char c)
    {
        bytes[at] = (byte)c;
        return 1;
    }
}
