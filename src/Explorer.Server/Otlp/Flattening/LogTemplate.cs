using System.Text;
using System.Text.Unicode;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>
/// What log records of one statement have in common: the text with placeholders for what varies. Values are words with a digit, what is quoted, what
/// follows an equals sign, and lists in brackets. Made of the text alone, so that equal statements have equal templates whenever and wherever they
/// are logged. Only the first line counts.
/// </summary>
internal static class LogTemplate
{
    /// <summary>Longest template, bytes; longer ones end there.</summary>
    public const int MaxBytes = 256;

    /// <summary>Bytes of a text that are looked at.</summary>
    private const int MaxRead = 2_048;

    private const int BytesOfCharacter = 4;

    private static ReadOnlySpan<byte> Placeholder => "<*>"u8;

    /// <summary>Writes the template of a text.</summary>
    /// <param name="text">UTF-8; the template is that of the text as it is stored, with U+FFFD for broken bytes.</param>
    /// <param name="template">At least <see cref="MaxBytes"/> long.</param>
    /// <returns>Bytes of the template, whole characters.</returns>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> template)
    {
        text = FirstLine(Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text)));
        var output = new Output(template[..MaxBytes]);
        for (var at = 0; at < text.Length && !output.IsFull;)
        {
            var c = text[at];
            if (c is (byte)'"' or (byte)'\'' && EndOfQuote(text, at) is var quote and > 0)
            {
                output.Placeholder();
                at = quote;
            }
            else if (c is (byte)'(' or (byte)'[' or (byte)'{' && EndOfList(text, at) is var list and > 0)
            {
                output.Add(c);
                output.Placeholder();
                if (text[list - 1] is (byte)')' or (byte)']' or (byte)'}') output.Add(text[list - 1]);
                at = list;
            }
            else if (c == (byte)'=' && EndOfValue(text, at + 1) is var value && value > at + 1)
            {
                output.Add(c);
                output.Placeholder();
                at = value;
            }
            else if (IsWord(c))
            {
                var end = EndOfWord(text, at);
                if (text[at..end].ContainsAnyInRange((byte)'0', (byte)'9')) output.Placeholder();
                else output.Add(text[at..end]);
                at = end;
            }
            else
            {
                output.Add(IsSpace(c) ? (byte)' ' : c);
                for (at++; IsSpace(c) && at < text.Length && IsSpace(text[at]);) at++;
            }
        }

        return output.Length;
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        var end = text.IndexOfAny((byte)'\n', (byte)'\r');
        if (end >= 0) text = text[..end];
        if (text.Length <= MaxRead) return text;
        end = MaxRead;
        while (end > 0 && (text[end] & 0xC0) == 0x80) end--;
        return text[..end];
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (byte)'\t';

    private static bool IsWord(byte c) => c >= 0x80 || char.IsAsciiLetterOrDigit((char)c) || c is (byte)'_' or (byte)'-' or (byte)'.' or (byte)'@';

    private static int EndOfWord(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && IsWord(text[at])) at++;
        return at;
    }

    /// <summary>Behind the closing quote; 0 when there is none, or it is an apostrophe.</summary>
    private static int EndOfQuote(ReadOnlySpan<byte> text, int at)
    {
        if (at > 0 && IsWord(text[at - 1])) return 0;
        var length = text[(at + 1)..].IndexOf(text[at]);
        return length < 0 ? 0 : at + length + 2;
    }

    /// <summary>Behind the bracket that closes a list, or fields with values; 0 when it holds something else, or is not closed.</summary>
    private static int EndOfList(ReadOnlySpan<byte> text, int at)
    {
        var (depth, isList) = (0, false);
        for (var i = at; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'(' or (byte)'[' or (byte)'{':
                    depth++;
                    break;
                case (byte)')' or (byte)']' or (byte)'}':
                    if (--depth == 0) return isList ? i + 1 : 0;
                    break;
                case (byte)',' when depth == 1:
                case (byte)'=' when depth == 1:
                    isList = true;
                    break;
            }
        }

        // What was cut off was too long to be anything else.
        return isList && text.Length > MaxRead - BytesOfCharacter ? text.Length : 0;
    }

    /// <summary>Behind a value: a quoted text, something in brackets, or what comes before the next delimiter.</summary>
    private static int EndOfValue(ReadOnlySpan<byte> text, int at)
    {
        if (at < text.Length && text[at] is (byte)'"' or (byte)'\'' && EndOfQuote(text, at) is var quote and > 0) return quote;
        var depth = 0;
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (c is (byte)'(' or (byte)'[' or (byte)'{') depth++;
            else if (c is (byte)')' or (byte)']' or (byte)'}' && depth-- == 0) break;
            else if (depth == 0 && (IsSpace(c) || c is (byte)',' or (byte)';' or (byte)'&' or (byte)'=')) break;
        }

        return at;
    }

    private ref struct Output(Span<byte> target)
    {
        private readonly Span<byte> _target = target;
        private int _wildcardEnd;

        public int Length { get; private set; }

        public bool IsFull { get; private set; }

        public void Add(byte c)
        {
            IsFull |= Length == _target.Length;
            if (!IsFull) _target[Length++] = c;
        }

        /// <summary>Adds a word, or nothing when there is no room for the whole.</summary>
        public void Add(ReadOnlySpan<byte> word)
        {
            IsFull |= Length + word.Length > _target.Length;
            if (IsFull) return;
            word.CopyTo(_target[Length..]);
            Length += word.Length;
        }

        /// <summary>One placeholder stands for a run of values.</summary>
        public void Placeholder()
        {
            if (_wildcardEnd > 0 && !_target[_wildcardEnd..Length].ContainsAnyExcept(" ,.:;/-+"u8))
            {
                Length = _wildcardEnd;
                return;
            }

            Add(LogTemplate.Placeholder);
            if (!IsFull) _wildcardEnd = Length;
        }
    }
}
