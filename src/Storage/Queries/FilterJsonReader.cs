using System.Text.Json;

namespace Storage.Queries;

/// <summary>Reads filters: the tree of <c>where</c>, and the flat <c>filters</c> with <c>filter_combination</c>.</summary>
internal sealed class FilterJsonReader(JsonFields json)
{
    private static readonly string[] Known = ["and", "or", "not", "column", "op", "value"];

    /// <summary>Both forms of a query or calculation; where both are given, both must hold.</summary>
    /// <param name="fields">The properties of the object that has them.</param>
    /// <param name="prefix">The path of that object, with a dot, or empty.</param>
    public Filter? WhereAndFilters(Dictionary<string, JsonElement> fields, string prefix)
    {
        var where = fields.TryGetValue("where", out var tree) ? Filter(tree, prefix + "where", 1) : null;
        var flat = Flat(fields, prefix);
        return where is null ? flat : flat is null ? where : new Filter.And([where, flat]);
    }

    public FilterOp? Op(JsonElement element, string path)
    {
        if (json.Text(element, path) is not { } name) return null;
        if (FilterOps.TryParse(name, out var op)) return op;
        json.Fail(path, $"there is no operator \"{JsonFields.Short(name)}\"", NearestNames.To(name, FilterOps.Names));
        return null;
    }

    private Filter? Flat(Dictionary<string, JsonElement> fields, string prefix)
    {
        var any = false;
        if (fields.TryGetValue("filter_combination", out var combination))
        {
            var word = json.Text(combination, prefix + "filter_combination");
            any = string.Equals(word, "OR", StringComparison.OrdinalIgnoreCase);
            if (word is not null && !any && !string.Equals(word, "AND", StringComparison.OrdinalIgnoreCase))
                json.Fail(prefix + "filter_combination", $"there is no combination \"{JsonFields.Short(word)}\"; it is AND or OR");
        }

        if (!fields.TryGetValue("filters", out var filters)) return null;
        var parts = json.Items(filters, prefix + "filters", Flat);
        if (parts.IsEmpty) return null;
        return parts.Count == 1 ? parts[0] : any ? new Filter.Or(parts) : new Filter.And(parts);
    }

    private Filter? Flat(JsonElement element, string path) =>
        json.TryObject(element, path, ["column", "op", "value"], out var fields) ? Condition(fields, path) : null;

    private Filter? Filter(JsonElement element, string path, int depth)
    {
        if (depth > FilterForm.MaxDepth)
        {
            json.Fail(path, $"the filter is nested deeper than {FilterForm.MaxDepth} levels");
            return null;
        }

        if (!json.TryObject(element, path, Known, out var fields)) return null;
        var combinations = fields.Keys.Where(k => k is "and" or "or" or "not").ToArray();
        if (combinations.Length == 0) return Condition(fields, path);
        if (fields.Count > 1)
        {
            json.Fail(path, "a filter is one of `and`, `or`, `not`, or `column` with `op` and `value`, not several at once");
            return null;
        }

        var inner = $"{path}.{combinations[0]}";
        switch (combinations[0])
        {
            case "and":
                return new Filter.And(json.Items(fields["and"], inner, (e, p) => Filter(e, p, depth + 1)));
            case "or":
                return new Filter.Or(json.Items(fields["or"], inner, (e, p) => Filter(e, p, depth + 1)));
            default:
                return Filter(fields["not"], inner, depth + 1) is { } part ? new Filter.Not(part) : null;
        }
    }

    private Filter.Condition? Condition(Dictionary<string, JsonElement> fields, string path)
    {
        string? column = null;
        FilterOp? op = null;
        if (fields.TryGetValue("column", out var columnElement)) column = json.Text(columnElement, $"{path}.column");
        else if (fields.TryGetValue("op", out var word) && JsonFields.TryText(word) is { } name && FilterOps.TryParse(name, out var named) && named == FilterOp.Search) column = Queries.Filter.AnyColumn;
        else json.Fail($"{path}.column", "a condition needs `column`");
        if (fields.TryGetValue("op", out var opElement)) op = Op(opElement, $"{path}.op");
        else json.Fail($"{path}.op", "a condition needs `op`");
        if (op is null) return null;
        var values = Values(op.Value, fields, $"{path}.value");
        return column is null || values is null ? null : new Filter.Condition(column, op.Value, values.Value);
    }

    private ValueList<Value>? Values(FilterOp op, Dictionary<string, JsonElement> fields, string path)
    {
        var given = fields.TryGetValue("value", out var element);
        switch (op.Operands())
        {
            case Operands.None when given:
                json.Fail(path, $"{op.Name()} takes no value");
                return null;
            case Operands.None:
                return ValueList.Create<Value>([]);
            case var _ when !given:
                json.Fail(path, $"{op.Name()} needs a value; exists and does-not-exist ask for missing ones");
                return null;
            case Operands.One:
                return json.Value(element, path) is { } value ? [value] : null;
            default:
                return json.Items<object>(element, path, (e, p) => json.Value(e, p)).Select(v => (Value)v).ToValueList();
        }
    }
}
