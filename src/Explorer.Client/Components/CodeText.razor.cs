using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;

namespace Explorer.Client.Components;

/// <summary>A few lines of settings or commands, coloured.</summary>
public sealed partial class CodeText
{
    [Parameter, EditorRequired] public string Text { get; set; } = "";

    // NAME=value lines, quoted text, and the first word of a command.
    private static IEnumerable<(string Text, string? Kind)> Pieces(string code)
    {
        foreach (Match match in Pattern().Matches(code))
            yield return (match.Value, match.Groups["key"].Success ? "fn" : match.Groups["text"].Success ? "v" : match.Groups["word"].Success ? "op" : null);
    }

    [GeneratedRegex("""(?<word>\b(?:export|curl)\b)|(?<key>\b[A-Z][A-Z_]{3,}(?==))|(?<text>"[^"\n]*"|'[^'\n]*'|(?<==)[^\s"']+)|[^\s"'=]+|[\s=]+|.""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();
}
