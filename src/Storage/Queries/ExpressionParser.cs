namespace Storage.Queries;

/// <summary>
/// Reads the expressions of formulas and calculated fields.
/// <code>
/// $errors / $total * 100
/// IF($duration_ms > 500, "slow", $http.response.status_code >= 500 and not EXISTS($"user id"), "failed")
/// REG_VALUE($url, `^/api/([a-z]+)`)
/// </code>
/// From loose to tight: <c>or</c>, <c>and</c>, <c>not</c>, one of <c>= != &lt; &lt;= &gt; &gt;=</c>, <c>+ -</c>, <c>* / %</c>, <c>-</c>. Words and
/// functions in any case. A name of letters, digits, <c>_</c> and <c>.</c> stands after a <c>$</c>, any other in <c>$"…"</c>; text stands in double
/// quotes with the escapes of JSON, or as it is between backticks.
/// </summary>
internal sealed class ExpressionParser
{
    /// <summary>Longest expression, in UTF-16 units.</summary>
    public const int MaxLength = 16 << 10;

    /// <summary>Levels of brackets, functions and negations.</summary>
    public const int MaxNesting = 32;

    /// <summary>Levels of functions, the operators among them: <c>a - b - c</c> has two. Sums, products, and, or have one however long they are.</summary>
    public const int MaxDepth = 100;

    private readonly ExpressionTokens _tokens;
    private ExpressionToken _token;
    private int _end;
    private int _depth;

    private ExpressionParser(string text, int start)
    {
        if (text.Length - start > MaxLength) throw QueryTextTokens.Error(start + MaxLength, text.Length - start - MaxLength, $"the expression is longer than {MaxLength} characters");
        _tokens = new ExpressionTokens(text, start);
        _token = _tokens.Next();
    }

    /// <summary>Reads the expression that the text is from an offset on.</summary>
    /// <exception cref="QueryException">It is none; with position, and what was expected there.</exception>
    public static Expression Parse(string text, int start = 0)
    {
        var parser = new ExpressionParser(text, start);
        var expression = parser.Alternatives();
        return parser._token.Kind == ExpressionTokenKind.End ? expression : throw parser.Unexpected("an operator or the end");
    }

    private Expression Alternatives()
    {
        var parts = new List<Expression> { Conjunction() };
        while (TakeWord("or")) parts.Add(Conjunction());
        return Chain("OR", parts);
    }

    private Expression Conjunction()
    {
        var parts = new List<Expression> { Negation() };
        while (TakeWord("and")) parts.Add(Negation());
        return Chain("AND", parts);
    }

    private Expression Negation()
    {
        var start = _token.Position;
        if (!TakeWord("not")) return Comparison();
        Enter();
        var part = Negation();
        _depth--;
        return Call("NOT", [part], start, _end - start);
    }

    private Expression Comparison()
    {
        var left = Sum();
        var (function, negated) = _token.Kind != ExpressionTokenKind.Symbol ? (null, false) : _token.Text switch
        {
            "=" or "==" => ("EQUALS", false),
            "!=" or "<>" => ("EQUALS", true),
            "<" => ("LT", false),
            "<=" => ("LTE", false),
            ">" => ("GT", false),
            ">=" => ("GTE", false),
            _ => ((string?)null, false),
        };
        if (function is null) return left;
        Advance();
        var comparison = Binary(function, left, Sum());
        return negated ? Call("NOT", [comparison], comparison.Position, comparison.Length) : comparison;
    }

    private Expression Sum()
    {
        var terms = new List<Expression> { Product() };
        while (IsSymbol("+") || IsSymbol("-"))
        {
            var isSum = IsSymbol("+");
            Advance();
            var next = Product();
            if (isSum) terms.Add(next);
            else terms = [Binary("SUB", Chain("SUM", terms), next)];
        }

        return Chain("SUM", terms);
    }

    private Expression Product()
    {
        var factors = new List<Expression> { Signed() };
        while (IsSymbol("*") || IsSymbol("/") || IsSymbol("%"))
        {
            var function = _token.Text switch { "*" => "MUL", "/" => "DIV", _ => "MOD" };
            Advance();
            var next = Signed();
            if (function == "MUL") factors.Add(next);
            else factors = [Binary(function, Chain("MUL", factors), next)];
        }

        return Chain("MUL", factors);
    }

    private Expression Signed()
    {
        if (!IsSymbol("-")) return Primary();
        var start = _token.Position;
        Advance();
        Enter();
        var part = Signed();
        _depth--;
        // A signed number is a constant, so that it is compared with as one.
        if (part is Expression.Constant { Value: { IsNumber: true } number })
            return new Expression.Constant(number.Kind == ValueKind.Int64 ? Value.Of(-number.AsInt64()) : Value.Of(-number.AsDouble()), start, _end - start);
        return Call("SUB", [new Expression.Constant(0L, start, 1), part], start, _end - start);
    }

    private Expression Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case ExpressionTokenKind.Constant:
                Advance();
                return new Expression.Constant(token.Value, token.Position, token.Length);
            case ExpressionTokenKind.Name:
                Advance();
                return new Expression.Name(token.Text, token.Position, token.Length);
            case ExpressionTokenKind.Word:
                return Word(token);
            case ExpressionTokenKind.Symbol when token.Text == "(":
                Advance();
                Enter();
                var inner = Alternatives();
                Expect(")", "an operator or `)`");
                _depth--;
                return inner with { Position = token.Position, Length = _end - token.Position };
            default:
                throw Unexpected("a name such as `$duration_ms`, a value or a function");
        }
    }

    private Expression Word(ExpressionToken token)
    {
        Advance();
        var function = token.Text.ToUpperInvariant();
        if (!IsSymbol("("))
        {
            if (function is "TRUE" or "FALSE") return new Expression.Constant(function == "TRUE", token.Position, token.Length);
            if (function == "NULL") return new Expression.Constant(Value.Null, token.Position, token.Length);
            if (ExpressionFunctions.Exists(function)) throw Unexpected($"`(` after `{function}`");
            throw QueryTextTokens.Error(token.Position, token.Length, $"a name begins with `$`, and text stands in double quotes: `${Short(token.Text)}` or `\"{Short(token.Text)}\"`");
        }

        if (!ExpressionFunctions.Exists(function))
            throw QueryTextTokens.Error(token.Position, token.Length, $"there is no function `{Short(token.Text)}`", NearestNames.To(function, ExpressionFunctions.Names));
        Advance();
        Enter();
        var arguments = Arguments(function);
        _depth--;
        if (ExpressionFunctions.WrongCount(function, arguments.Count) is { } wrong) throw QueryTextTokens.Error(token.Position, _end - token.Position, wrong);
        return Call(function, arguments.ToValueList(), token.Position, _end - token.Position);
    }

    private List<Expression> Arguments(string function)
    {
        var arguments = new List<Expression>();
        if (TakeSymbol(")")) return arguments;
        do arguments.Add(Alternatives());
        while (TakeSymbol(","));
        Expect(")", $"`,` or `)` after an argument of {function}");
        return arguments;
    }

    /// <summary>Operands of one operator become one call, so that their number is no depth.</summary>
    private static Expression Chain(string function, List<Expression> parts) =>
        parts.Count == 1 ? parts[0] : Call(function, parts.ToValueList(), parts[0].Position, parts[^1].Position + parts[^1].Length - parts[0].Position);

    private static Expression.Call Binary(string function, Expression left, Expression right) =>
        Call(function, [left, right], left.Position, right.Position + right.Length - left.Position);

    private static Expression.Call Call(string function, ValueList<Expression> arguments, int position, int length)
    {
        var call = new Expression.Call(function, arguments, position, length);
        return call.Depth <= MaxDepth ? call : throw QueryTextTokens.Error(position, length, $"the expression has more than {MaxDepth} operations inside each other");
    }

    private bool IsSymbol(string symbol) => _token.Kind == ExpressionTokenKind.Symbol && _token.Text == symbol;

    private bool TakeSymbol(string symbol)
    {
        if (!IsSymbol(symbol)) return false;
        Advance();
        return true;
    }

    private bool TakeWord(string word)
    {
        if (_token.Kind != ExpressionTokenKind.Word || !string.Equals(_token.Text, word, StringComparison.OrdinalIgnoreCase)) return false;
        Advance();
        return true;
    }

    private void Expect(string symbol, string expected)
    {
        if (!TakeSymbol(symbol)) throw Unexpected(expected);
    }

    private void Advance()
    {
        _end = _token.Position + _token.Length;
        _token = _tokens.Next();
    }

    private void Enter()
    {
        if (++_depth > MaxNesting) throw QueryTextTokens.Error(_token.Position, _token.Length, $"the expression is nested deeper than {MaxNesting} levels");
    }

    private QueryException Unexpected(string expected)
    {
        var found = _token.Kind switch
        {
            ExpressionTokenKind.End => "the end of the text",
            ExpressionTokenKind.Constant => $"the value `{Short(_token.Value.ToString())}`",
            ExpressionTokenKind.Name => $"`${Short(_token.Text)}`",
            _ => $"`{Short(_token.Text)}`",
        };
        return QueryTextTokens.Error(_token.Position, _token.Length, $"expected {expected}, found {found}");
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
