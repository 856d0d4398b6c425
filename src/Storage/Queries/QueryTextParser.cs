namespace Storage.Queries;

/// <summary>Recursive descent over the tokens of one text. The grammar is described at <see cref="QueryText"/>.</summary>
internal sealed class QueryTextParser
{
    private readonly QueryTextTokens _tokens;
    private Token _token;
    private Token _previous;
    private int _depth;

    public QueryTextParser(string text)
    {
        _tokens = new QueryTextTokens(text);
        _token = _tokens.Next();
    }

    public Filter WholeFilter() => ToEnd(Alternatives(), "`and`, `or` or the end");

    public Calculation WholeCalculation() => ToEnd(Calculation(), "the end");

    public Having WholeHaving() => ToEnd(Having(), "the end");

    public Order WholeOrder() => ToEnd(Order(), "`asc`, `desc` or the end");

    public string WholeColumn() => ToEnd(Name("a column's name"), "the end; a name with such characters goes in backticks");

    private Filter Alternatives()
    {
        var first = Conjunction();
        if (!IsWord("or")) return first;
        var parts = new List<Filter> { first };
        while (TakeWord("or")) parts.Add(Conjunction());
        return new Filter.Or(parts.ToValueList());
    }

    private Filter Conjunction()
    {
        var first = Negation();
        if (!IsWord("and")) return first;
        var parts = new List<Filter> { first };
        while (TakeWord("and")) parts.Add(Negation());
        return new Filter.And(parts.ToValueList());
    }

    private Filter Negation()
    {
        if (!IsWord("not")) return Primary();
        Enter();
        Advance();
        var part = Negation();
        _depth--;
        return new Filter.Not(part);
    }

    private Filter Primary()
    {
        if (IsSymbol("("))
        {
            Enter();
            Advance();
            var inner = Alternatives();
            Expect(")", "`and`, `or` or `)`");
            _depth--;
            return inner;
        }

        if (TakeWord("true")) return new Filter.And([]);
        if (TakeWord("false")) return new Filter.Or([]);
        if (TakeWord("exists"))
        {
            Expect("(", "`(` after `exists`");
            var column = Name("a column's name");
            Expect(")", "`)`");
            return new Filter.Condition(column, FilterOp.Exists);
        }

        // A column may be called so as well; then an operator follows.
        var isSearch = IsWord(FilterOp.Search.Name());
        var name = Name("a condition");
        return isSearch && IsSymbol("(") ? Search() : Condition(name);
    }

    private Filter.Condition Search()
    {
        Advance();
        var text = Constant();
        Expect(")", "`)` after the text");
        return new Filter.Condition(Filter.AnyColumn, FilterOp.Search, text);
    }

    private Filter.Condition Condition(string column)
    {
        var op = Operator();
        return op.Operands() switch
        {
            Operands.None => new Filter.Condition(column, op),
            Operands.One => new Filter.Condition(column, op, Constant()),
            _ => new Filter.Condition(column, op, Constants()),
        };
    }

    private FilterOp Operator()
    {
        if (TakeWord("not"))
        {
            if (TakeWord("in")) return FilterOp.NotIn;
            throw Unexpected("`in` after `not`");
        }

        if (_token.Kind is TokenKind.Bare or TokenKind.Symbol && FilterOps.TryParse(_token.Text, out var op))
        {
            Advance();
            return op;
        }

        throw Unexpected("an operator after the column", _token.Kind == TokenKind.End ? [] : NearestNames.To(_token.Text, FilterOps.Names));
    }

    private Value Constant()
    {
        if (_token.Kind == TokenKind.Constant)
        {
            var value = _token.Value;
            Advance();
            return value;
        }

        if (TakeWord("true")) return true;
        if (TakeWord("false")) return false;
        if (IsWord("null")) throw Unexpected("a value; `exists(column)` asks for missing values");
        var after = $"a value after {Shown(_previous)}";
        throw Unexpected(_token.Kind == TokenKind.Bare ? after + "; text goes in double quotes" : after);
    }

    private ValueList<Value> Constants()
    {
        Expect("(", $"`(` after {Shown(_previous)}");
        var values = new List<Value>();
        if (TakeSymbol(")")) return [];
        do values.Add(Constant());
        while (TakeSymbol(","));
        Expect(")", "`,` or `)`");
        return values.ToValueList();
    }

    private Calculation Calculation()
    {
        if (!TryOperation(out var op)) throw Unexpected("a calculation", NearestCalculations());
        var column = ColumnOf(op);
        var where = TakeWord("where") ? Alternatives() : null;
        var name = TakeWord("as") ? Name("a name after `as`") : null;
        return new Calculation(op, column, name, where);
    }

    private Having Having()
    {
        var target = Reference();
        if (_token.Kind != TokenKind.Symbol || !FilterOps.TryParse(_token.Text, out var op)) throw Unexpected("one of `= != > >= < <=`");
        Advance();
        return new Having(target, op, Constant());
    }

    private Order Order()
    {
        var target = Reference();
        if (TakeWord("desc") || TakeWord("descending")) return new Order(target, Descending: true);
        _ = TakeWord("asc") || TakeWord("ascending");
        return new Order(target, Descending: false);
    }

    private ResultReference Reference()
    {
        if (TryOperation(out var op)) return new ResultReference(Op: op, Column: ColumnOf(op));
        var start = _token;
        var name = Name("a calculation or a name");
        if (IsSymbol("("))
        {
            throw QueryTextTokens.Error(start.Position, start.Length, $"there is no calculation {Shown(start)}",
                NearestNames.To(start.Text, CalculationOps.Names));
        }

        return new ResultReference(Name: name);
    }

    private bool TryOperation(out CalculationOp op)
    {
        op = default;
        if (_token.Kind != TokenKind.Bare || !CalculationOps.TryParse(_token.Text, out op)) return false;
        Advance();
        return true;
    }

    private string? ColumnOf(CalculationOp op)
    {
        if (!IsSymbol("("))
            return op.NeedsColumn() ? throw Unexpected($"`(` and a column: {op.Name()}(column)") : null;
        if (!op.TakesColumn()) throw Unexpected($"no column after {op.Name()}");
        Advance();
        var column = Name("a column's name");
        Expect(")", "`)` after the column");
        return column;
    }

    private string Name(string expected)
    {
        if (_token.Kind == TokenKind.Quoted || (_token.Kind == TokenKind.Bare && !QueryTextTokens.IsKeyword(_token.Text)))
        {
            var name = _token.Text;
            Advance();
            return name;
        }

        throw Unexpected(_token.Kind == TokenKind.Bare ? expected + "; a name that is a keyword goes in backticks" : expected);
    }

    private ValueList<string> NearestCalculations() =>
        _token.Kind == TokenKind.Bare ? NearestNames.To(_token.Text, CalculationOps.Names) : [];

    private T ToEnd<T>(T result, string expected) => _token.Kind == TokenKind.End ? result : throw Unexpected(expected);

    private bool IsWord(string word) => _token.Kind == TokenKind.Bare && string.Equals(_token.Text, word, StringComparison.OrdinalIgnoreCase);

    private bool IsSymbol(string symbol) => _token.Kind == TokenKind.Symbol && _token.Text == symbol;

    private bool TakeWord(string word) => IsWord(word) && Advance();

    private bool TakeSymbol(string symbol) => IsSymbol(symbol) && Advance();

    private void Expect(string symbol, string expected)
    {
        if (!TakeSymbol(symbol)) throw Unexpected(expected);
    }

    private bool Advance()
    {
        _previous = _token;
        _token = _tokens.Next();
        return true;
    }

    private void Enter()
    {
        if (++_depth >= FilterForm.MaxDepth)
            throw QueryTextTokens.Error(_token.Position, _token.Length, $"the filter is nested deeper than {FilterForm.MaxDepth} levels");
    }

    private QueryException Unexpected(string expected, ValueList<string> suggestions = default)
    {
        var found = _token.Kind == TokenKind.End ? "the end of the text" : Shown(_token);
        return QueryTextTokens.Error(_token.Position, _token.Length, $"expected {expected}, found {found}", suggestions);
    }

    private static string Shown(Token token) => token.Kind switch
    {
        TokenKind.Constant => $"the value `{Short(token.Value.ToString())}`",
        TokenKind.End => "the beginning",
        _ => $"`{Short(token.Text)}`",
    };

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
