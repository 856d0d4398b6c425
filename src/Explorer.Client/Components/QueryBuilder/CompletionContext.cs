using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>What may stand at the caret.</summary>
internal enum CompletionPart
{
    Nothing,
    Column,
    NumericColumn,
    Function,
    Operator,
    Value,
    Join,

    /// <summary>After a value of a list.</summary>
    InList,
    AfterCalculation,
    Result,
    Comparison,
    Direction,
    Step,
    Compare,

    /// <summary>A name after <c>$</c> in a formula.</summary>
    FormulaName,

    /// <summary>A name after <c>$</c> in a calculated field.</summary>
    FieldName,

    /// <summary>A function of an expression.</summary>
    ExpressionFunction,
}

/// <summary>Where the caret is in half-typed text of a clause.</summary>
/// <param name="Part">What may stand there.</param>
/// <param name="Prefix">What has been typed of it, without quotes.</param>
/// <param name="Start">Where in the text it starts.</param>
/// <param name="Length">How much of the text it replaces.</param>
/// <param name="Column">The column of the condition, when a value or operator is expected.</param>
internal sealed record CompletionContext(CompletionPart Part, string Prefix, int Start, int Length, string? Column = null)
{
    /// <summary>True for a value of a list: others may follow it.</summary>
    public bool IsListed { get; private init; }

    private readonly record struct Piece(char Kind, string Text, int Start, int End);

    /// <summary>Reads the text up to the caret; text after it only matters as the rest of the word at the caret.</summary>
    public static CompletionContext At(Clause clause, string text, int caret)
    {
        caret = Math.Clamp(caret, 0, text.Length);
        if (clause == Clause.Fields || (clause == Clause.Visualize && QueryText.IsFormula(text))) return ExpressionContext.At(clause, text, caret);
        var pieces = Cut(text);
        var current = pieces.FirstOrDefault(p => p.Kind is not 's' && p.Start < caret && caret <= p.End);
        var before = pieces.Where(p => p.End <= (current.Kind == 0 ? caret : current.Start)).ToList();
        var (prefix, start, length) = current.Kind == 0
            ? ("", caret, 0)
            : (Bare(text[current.Start..caret], current.Kind), current.Start, current.End - current.Start);
        var (part, column) = clause switch
        {
            Clause.Where => Condition(before),
            Clause.Visualize => Calculation(before),
            Clause.GroupBy => (before.Count == 0 ? CompletionPart.Column : CompletionPart.Nothing, null),
            Clause.Having => (before.Count switch { 0 => CompletionPart.Result, _ when Opens(before) => CompletionPart.Column, _ when Ends(before) => CompletionPart.Comparison, _ => CompletionPart.Nothing }, null),
            Clause.Order => (before.Count switch { 0 => CompletionPart.Result, _ when Opens(before) => CompletionPart.Column, _ when Ends(before) => CompletionPart.Direction, _ => CompletionPart.Nothing }, null),
            Clause.Step => (CompletionPart.Step, null),
            Clause.Compare => (CompletionPart.Compare, null),
            _ => ((CompletionPart, string?))(CompletionPart.Nothing, null),
        };
        // An operator is typed against its column without a space: `a>`.
        if (current.Kind == 'o' && part is not (CompletionPart.Operator or CompletionPart.Comparison)) part = CompletionPart.Nothing;
        return new CompletionContext(part, prefix, start, length, column) { IsListed = part == CompletionPart.Value && before[^1].Text is "(" or "," };
    }

    private static bool Opens(List<Piece> before) => before[^1].Text == "(";

    // After a name or a closing bracket, before a comparison.
    private static bool Ends(List<Piece> before) => before.All(p => p.Kind != 'o') && before[^1] is { Kind: 'w' or 'n' } or { Text: ")" } && !IsDirection(before[^1]);

    private static bool IsDirection(Piece piece) => piece.Kind == 'w' && (Is(piece, "asc") || Is(piece, "desc"));

    private static (CompletionPart, string?) Calculation(List<Piece> before)
    {
        var where = before.FindIndex(p => p.Kind == 'w' && Is(p, "where"));
        var named = before.FindIndex(p => p.Kind == 'w' && Is(p, "as"));
        if (named >= 0) return (CompletionPart.Nothing, null);
        if (where >= 0) return Condition(before[(where + 1)..]);
        if (before.Count == 0) return (CompletionPart.Function, null);
        if (Opens(before))
        {
            var numeric = before.Count < 2 || !CalculationOps.TryParse(before[0].Text, out var op) || op is not (CalculationOp.Count or CalculationOp.CountDistinct or CalculationOp.Min or CalculationOp.Max);
            return (numeric ? CompletionPart.NumericColumn : CompletionPart.Column, null);
        }

        return before[^1].Text == ")" || before.Count == 1 ? (CompletionPart.AfterCalculation, null) : (CompletionPart.Nothing, null);
    }

    // A condition is column, operator, value, join, over and over; brackets and `not` do not change what follows.
    private static (CompletionPart, string?) Condition(List<Piece> before)
    {
        var expect = CompletionPart.Column;
        string? column = null;
        var inList = false;
        foreach (var piece in before)
        {
            if (piece.Text is "(" or ")" or "," && piece.Kind == 's')
            {
                if (piece.Text == ")") (expect, inList) = (CompletionPart.Join, false);
                else if (inList) expect = CompletionPart.Value;
                continue;
            }

            switch (expect)
            {
                case CompletionPart.Column when piece.Kind == 'w' && (Is(piece, "not") || Is(piece, "exists")):
                    break;
                case CompletionPart.Column:
                    column = Bare(piece.Text, piece.Kind);
                    expect = CompletionPart.Operator;
                    break;
                case CompletionPart.Operator:
                    if (!FilterOps.TryParse(piece.Text, out var op)) return (CompletionPart.Nothing, null);
                    inList = op is FilterOp.In or FilterOp.NotIn;
                    expect = op is FilterOp.Exists or FilterOp.DoesNotExist ? CompletionPart.Join : CompletionPart.Value;
                    break;
                case CompletionPart.Value:
                    expect = inList ? CompletionPart.InList : CompletionPart.Join;
                    break;
                default:
                    expect = CompletionPart.Column;
                    break;
            }
        }

        return (expect, expect is CompletionPart.Operator or CompletionPart.Value ? column : null);
    }

    private static bool Is(Piece piece, string word) => piece.Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static string Bare(string text, char kind) => kind switch
    {
        'n' => text.Trim('`').Replace("``", "`", StringComparison.Ordinal),
        't' => text.Trim('"').Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal),
        _ => text,
    };

    // w word or number, n name in backticks, t text in quotes, o comparison, s bracket or comma. Open quotes run to the end.
    private static List<Piece> Cut(string text)
    {
        var pieces = new List<Piece>();
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            var end = i + 1;
            var kind = 'w';
            if (char.IsWhiteSpace(c))
            {
                i++;
                continue;
            }

            if (c is '"' or '`')
            {
                kind = c == '"' ? 't' : 'n';
                while (end < text.Length && (text[end] != c || IsDoubled(text, end, c))) end += IsDoubled(text, end, c) || (text[end] == '\\' && c == '"') ? 2 : 1;
                end = Math.Min(text.Length, end + 1);
            }
            else if (c is '(' or ')' or ',') kind = 's';
            else if (IsComparison(c))
            {
                kind = 'o';
                while (end < text.Length && IsComparison(text[end])) end++;
            }
            else
            {
                while (end < text.Length && !char.IsWhiteSpace(text[end]) && !IsComparison(text[end]) && text[end] is not ('(' or ')' or ',' or '"' or '`')) end++;
            }

            pieces.Add(new Piece(kind, text[i..end], i, end));
            i = end;
        }

        return pieces;
    }

    // Two backticks inside a quoted name are one.
    private static bool IsDoubled(string text, int at, char quote) => quote == '`' && text[at] == '`' && at + 1 < text.Length && text[at + 1] == '`';

    private static bool IsComparison(char c) => c is '=' or '!' or '<' or '>';
}
