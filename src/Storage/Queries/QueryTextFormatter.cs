using System.Globalization;
using System.Text;

namespace Storage.Queries;

/// <summary>Writes the canonical text of a query's parts; the other half of <see cref="QueryTextParser"/>.</summary>
internal sealed class QueryTextFormatter
{
    private readonly StringBuilder _text = new();

    public override string ToString() => _text.ToString();

    public QueryTextFormatter Filter(Filter filter) => Normal(filter.Normalize());

    public QueryTextFormatter Calculation(Calculation calculation)
    {
        Operation(calculation.Op, calculation.Column);
        if (calculation.Where is { } where)
        {
            _text.Append(" where ");
            Filter(where);
        }

        if (calculation.Name is { } name)
        {
            _text.Append(" as ");
            Name(name);
        }

        return this;
    }

    public QueryTextFormatter Having(Having having)
    {
        if (!having.Op.IsComparison()) throw new ArgumentException($"a having cannot use {having.Op.Name()}", nameof(having));
        Reference(having.Target);
        _text.Append(' ').Append(having.Op.Name()).Append(' ');
        return Value(having.Value);
    }

    public QueryTextFormatter Order(Order order)
    {
        Reference(order.Target);
        _text.Append(order.Descending ? " desc" : " asc");
        return this;
    }

    public QueryTextFormatter Name(string name)
    {
        if (QueryTextTokens.IsBareName(name)) _text.Append(name);
        else _text.Append('`').Append(name.Replace("`", "``", StringComparison.Ordinal)).Append('`');
        return this;
    }

    public QueryTextFormatter Value(Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.String:
                Quoted(value.AsString());
                break;
            case ValueKind.Float64:
                Number(value.AsDouble());
                break;
            case ValueKind.Null:
                throw new ArgumentException("a missing value has no text", nameof(value));
            default:
                _text.Append(value.ToString());
                break;
        }

        return this;
    }

    private QueryTextFormatter Normal(Filter filter) => filter switch
    {
        Queries.Filter.And and => Parts(and.Parts, " and ", "true"),
        Queries.Filter.Or or => Parts(or.Parts, " or ", "false"),
        Queries.Filter.Not not => Not(not.Part),
        Queries.Filter.Condition condition => Condition(condition),
        _ => throw new ArgumentException("unknown filter", nameof(filter)),
    };

    private QueryTextFormatter Parts(ValueList<Filter> parts, string between, string whenEmpty)
    {
        if (parts.IsEmpty) _text.Append(whenEmpty);
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0) _text.Append(between);
            Nested(parts[i]);
        }

        return this;
    }

    private QueryTextFormatter Not(Filter part)
    {
        _text.Append("not ");
        // `not a = 1` would parse as well, but reads as if it negated the column.
        return part is Filter.Condition { Op: not FilterOp.Exists } and not Filter.Condition { Op: FilterOp.Search, Column: Queries.Filter.AnyColumn } ? Bracketed(part) : Nested(part);
    }

    private QueryTextFormatter Nested(Filter filter) =>
        filter is Filter.And { Parts.Count: > 1 } or Filter.Or { Parts.Count: > 1 } ? Bracketed(filter) : Normal(filter);

    private QueryTextFormatter Bracketed(Filter filter)
    {
        _text.Append('(');
        Normal(filter);
        _text.Append(')');
        return this;
    }

    private QueryTextFormatter Condition(Filter.Condition condition)
    {
        var operands = condition.Op.Operands();
        if (operands != Operands.Many && condition.Values.Count != (operands == Operands.One ? 1 : 0))
            throw new ArgumentException($"{condition.Op.Name()} cannot have {condition.Values.Count} values", nameof(condition));
        if (condition.Op == FilterOp.Exists)
        {
            _text.Append("exists(");
            Name(condition.Column);
            _text.Append(')');
            return this;
        }

        if (condition is { Op: FilterOp.Search, Column: Queries.Filter.AnyColumn })
        {
            _text.Append("search(");
            Value(condition.Values[0]);
            _text.Append(')');
            return this;
        }

        Name(condition.Column);
        _text.Append(' ').Append(condition.Op.Name());
        if (operands == Operands.None) return this;
        _text.Append(operands == Operands.Many ? " (" : " ");
        for (var i = 0; i < condition.Values.Count; i++)
        {
            if (i > 0) _text.Append(", ");
            Value(condition.Values[i]);
        }

        if (operands == Operands.Many) _text.Append(')');
        return this;
    }

    private void Reference(ResultReference reference)
    {
        if (reference.Op is { } op)
        {
            Operation(op, reference.Column);
            return;
        }

        // A bare word that is also a calculation would come back as that calculation.
        var name = reference.Name ?? reference.Column ?? "";
        if (CalculationOps.TryParse(name, out _)) _text.Append('`').Append(name).Append('`');
        else Name(name);
    }

    private void Operation(CalculationOp op, string? column)
    {
        _text.Append(op.Name());
        if (column is null) return;
        _text.Append('(');
        Name(column);
        _text.Append(')');
    }

    private void Number(double number)
    {
        if (!double.IsFinite(number)) throw new ArgumentException("NaN and infinities have no text");
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        _text.Append(text);
        // Without point or exponent it would come back as an Int64.
        if (!text.AsSpan().ContainsAny('.', 'E')) _text.Append(".0");
    }

    private void Quoted(string value)
    {
        _text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            var paired = char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]);
            if (paired) _text.Append(c).Append(value[++i]);
            else if (c is '"' or '\\') _text.Append('\\').Append(c);
            else if (c == '\n') _text.Append("\\n");
            else if (c == '\r') _text.Append("\\r");
            else if (c == '\t') _text.Append("\\t");
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
                _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else _text.Append(c);
        }

        _text.Append('"');
    }
}
