using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>
/// Texts of JSON, as lenient as the protobuf form: what is not Unicode becomes U+FFFD. JavaScript senders do write halves of characters
/// when they cut a text.
/// </summary>
internal static class JsonStrings
{
    /// <param name="raw">What stands between the quotes; syntactically valid.</param>
    /// <param name="escaped">True where it holds backslashes.</param>
    public static string Read(ReadOnlySpan<byte> raw, bool escaped)
    {
        var text = Encoding.UTF8.GetString(raw);
        return escaped ? Unescape(text) : text;
    }

    /// <summary>Makes a whole document such that every text in it is Unicode, in place where that is possible.</summary>
    public static ReadOnlyMemory<byte> Repair(ArraySegment<byte> json)
    {
        if (!Utf8.IsValid(json)) json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        var bytes = json.AsSpan();
        for (var i = bytes.IndexOf((byte)'\\'); i >= 0 && i + 1 < bytes.Length; i++)
        {
            if (bytes[i] != '\\') continue;
            i++;
            if (bytes[i] != 'u' || Escape(bytes, i) is not { } first || !char.IsSurrogate(first)) continue;
            if (char.IsHighSurrogate(first)
                && bytes[(i + 5)..].StartsWith("\\u"u8)
                && Escape(bytes, i + 6) is { } second
                && char.IsLowSurrogate(second))
                i += 10;
            else
                "FFFD"u8.CopyTo(bytes[(i + 1)..]);
        }

        return json.AsMemory();
    }

    /// <summary>The character of an escape whose u is at a place, or null when there is none.</summary>
    private static char? Escape(ReadOnlySpan<byte> json, int u) =>
        u + 5 <= json.Length && ushort.TryParse(json.Slice(u + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : null;

    private static string Unescape(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u')
            {
                result.Append((char)ushort.Parse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }

            result.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var same => same });
        }

        return ReplaceLoneSurrogates(result);
    }

    private static string ReplaceLoneSurrogates(StringBuilder text)
    {
        var chars = text.ToString();
        if (!chars.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return chars;
        return string.Create(chars.Length, chars, static (target, source) =>
        {
            source.CopyTo(target);
            for (var i = 0; i < target.Length; i++)
            {
                if (!char.IsSurrogate(target[i])) continue;
                if (i + 1 < target.Length && char.IsSurrogatePair(target[i], target[i + 1])) i++;
                else target[i] = '\uFFFD';
            }
        });
    }
}
