namespace Storage.Queries;

/// <summary>
/// The readable form of a query's parts, used in URLs and in text boxes.
/// <code>
/// where    http.route = "/pay" and (http.response.status_code >= 500 or not exists(user.id))
///          search("timeout") · name search "pay" · name starts-with "GET" · x in ("a", 2) · x not-in ("a") · x matches "^a+$" · x does-not-exist · true · false
/// calc     COUNT · P99(duration_ms) · COUNT where error = true as errors
/// formula  error_rate: $errors / $total * 100
/// field    slow: $duration_ms > 500 and not EXISTS($error)
/// having   COUNT > 10 · P99(duration_ms) >= 5 · errors > 3
/// order    COUNT desc · service.name asc · `p99` desc
/// </code>
/// <c>and</c> binds tighter than <c>or</c>, <c>not</c> tighter than both; keywords and calculations in any case. A name is bare when it
/// is made of letters, digits and <c>_ . - / : @ $ #</c>, begins with neither digit nor <c>-</c> and is no keyword; any other stands in
/// backticks, a backtick in it doubled. Text stands in double quotes with the escapes of JSON. A number without fraction and exponent that
/// fits is an Int64, any other a Float64. <c>true</c> alone is an And without parts, <c>false</c> an Or without parts.
/// <para>
/// A formula stands among the calculations of an address, a calculated field has a parameter of its own; both are a name (in backticks also when
/// there is a <c>:</c> in it), a colon and an expression, which is kept as it was written but for blanks around it. Its grammar is another:
/// names have a <c>$</c>, since <c>/</c> and <c>-</c> are operators there.
/// </para>
/// <para>
/// Laws: <c>Parse(Format(x)) == x</c> for every part in normal form (see <see cref="FilterForm.Normalize(Filter)"/>; orders and havings
/// that refer by operation or name, an order's column being written as a name), and <c>Format(Parse(text))</c> is canonical. Parsers
/// throw nothing but <see cref="QueryException"/>, with the position of the first error and what was expected there; its path is empty.
/// </para>
/// </summary>
public static class QueryText
{
    /// <summary>Longest text that is parsed, in UTF-16 units.</summary>
    public const int MaxLength = 64 << 10;

    /// <summary>The functions of expressions, in upper case.</summary>
    public static IReadOnlyCollection<string> Functions => ExpressionFunctions.Names;

    /// <summary>Parses a condition on events.</summary>
    /// <exception cref="QueryException">The text is not a condition.</exception>
    public static Filter ParseWhere(string text) => new QueryTextParser(text).WholeFilter();

    /// <summary>Parses a calculation with its optional <c>where</c> and <c>as</c>.</summary>
    /// <exception cref="QueryException">The text is not a calculation.</exception>
    public static Calculation ParseCalculation(string text) => new QueryTextParser(text).WholeCalculation();

    /// <summary>True when a text among calculations is meant to be a formula: it begins with a name and a colon.</summary>
    public static bool IsFormula(string text) => DefinitionText.TrySplit(text, out _, out _);

    /// <summary>Parses <c>name: expression</c>, arithmetic over the query's calculations.</summary>
    /// <exception cref="QueryException">The text is not that.</exception>
    public static Formula ParseFormula(string text)
    {
        var (name, expression) = DefinitionText.Parse(text, "a formula is `name: expression`, such as `error_rate: $errors / $total * 100`");
        return new Formula(name, expression);
    }

    /// <summary>Parses <c>name: expression</c>, a value computed for each event.</summary>
    /// <exception cref="QueryException">The text is not that.</exception>
    public static CalculatedField ParseField(string text)
    {
        var (name, expression) = DefinitionText.Parse(text, "a calculated field is `name: expression`, such as `slow: $duration_ms > 500`");
        return new CalculatedField(name, expression);
    }

    /// <summary>Parses a condition on a calculation's result.</summary>
    /// <exception cref="QueryException">The text is not such a condition.</exception>
    public static Having ParseHaving(string text) => new QueryTextParser(text).WholeHaving();

    /// <summary>Parses a sort key; without direction it is ascending.</summary>
    /// <exception cref="QueryException">The text is not a sort key.</exception>
    public static Order ParseOrder(string text) => new QueryTextParser(text).WholeOrder();

    /// <summary>Parses the name of a column, bare or in backticks.</summary>
    /// <exception cref="QueryException">The text is not one name.</exception>
    public static string ParseColumn(string text) => new QueryTextParser(text).WholeColumn();

    /// <summary>Writes a condition.</summary>
    /// <exception cref="ArgumentException">A condition has a value that no text stands for, or not the number of values of its operator.</exception>
    /// <exception cref="QueryException">The filter is too deep.</exception>
    public static string Format(Filter filter) => new QueryTextFormatter().Filter(filter).ToString();

    /// <summary>Writes a calculation.</summary>
    /// <exception cref="ArgumentException">See <see cref="Format(Filter)"/>.</exception>
    public static string Format(Calculation calculation) => new QueryTextFormatter().Calculation(calculation).ToString();

    /// <summary>Writes a formula.</summary>
    public static string Format(Formula formula) => DefinitionText.Format(formula.Name, formula.Expression);

    /// <summary>Writes a calculated field.</summary>
    public static string Format(CalculatedField field) => DefinitionText.Format(field.Name, field.Expression);

    /// <summary>Writes a column, field or calculation as expressions refer to it: <c>$name</c> or <c>$"odd name"</c>.</summary>
    public static string FormatReference(string name) => ExpressionTokens.IsBareName(name) ? "$" + name : "$" + Format((Value)name);

    /// <summary>Writes a condition on a calculation's result.</summary>
    /// <exception cref="ArgumentException">See <see cref="Format(Filter)"/>.</exception>
    public static string Format(Having having) => new QueryTextFormatter().Having(having).ToString();

    /// <summary>Writes a sort key.</summary>
    public static string Format(Order order) => new QueryTextFormatter().Order(order).ToString();

    /// <summary>Writes a constant: text in double quotes, numbers so that they come back with type and value.</summary>
    /// <exception cref="ArgumentException">The value is missing, NaN or infinite.</exception>
    public static string Format(Value value) => new QueryTextFormatter().Value(value).ToString();

    /// <summary>Writes a column's name, in backticks where it needs them.</summary>
    public static string FormatColumn(string name) => new QueryTextFormatter().Name(name).ToString();
}
