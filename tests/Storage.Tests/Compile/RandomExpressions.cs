using Storage.Events;

namespace Storage.Tests.Compile;

/// <summary>Random expressions of a wanted type over the columns of <see cref="RandomQueries"/>; both branches of a choice have exactly one type.</summary>
internal sealed class RandomExpressions(Random random)
{
    private static readonly string[] Patterns = ["\"a\"", "`[0-9]+`", "\"(b|é)\"", "`^([a-z])`", "`5|0`", "`(5)(0)?`"];

    /// <summary>Names of calculated fields so far, by type.</summary>
    public List<(string Name, ColumnType Type)> Fields { get; } = [];

    public string Of(ColumnType type, int depth)
    {
        var fields = Fields.Where(f => f.Type == type).ToArray();
        if (fields.Length > 0 && random.Next(6) == 0) return "$" + Pick(fields).Name;
        if (depth > 0 && random.Next(5) == 0) return Choice(type, depth - 1);
        return type switch
        {
            ColumnType.Bool => Bool(depth),
            ColumnType.Int64 => Int64(depth),
            ColumnType.Float64 => Float64(depth),
            _ => Text(depth),
        };
    }

    /// <summary>An expression over the results of calculations.</summary>
    public string Formula(IReadOnlyList<(string Name, ColumnType Type)> results, int depth = 2)
    {
        var numbers = results.Where(r => r.Type.IsNumeric()).ToArray();
        if (depth == 0 || numbers.Length == 0) return numbers.Length == 0 ? "1.5" : random.Next(4) == 0 ? Pick(["2", "0.5", "10"]) : "$" + Pick(numbers).Name;
        string Next() => Formula(results, depth - 1);
        return random.Next(8) switch
        {
            0 => $"{Next()} * {Next()}",
            1 or 2 => $"({Next()}) / ({Next()})",
            3 => $"({Next()}) - 1",
            4 => $"IF({Next()} > {Pick(["1", "2.5", "0"])}, FLOAT({Next()}), null)",
            5 => $"COALESCE(FLOAT({Next()}), 7.5)",
            6 => $"IF(EXISTS(${Pick(results).Name}), {Next()} * 1.0, MIN({Next()} / 3, 2.5))",
            _ => $"LOG10({Next()})",
        };
    }

    private string Choice(ColumnType type, int depth)
    {
        string Value() => Of(type, depth);
        return random.Next(4) switch
        {
            0 => $"IF({Bool(depth)}, {Value()}{(random.Next(2) == 0 ? "" : $", {Bool(depth)}, {Value()}")}, {Pick([Value(), "null"])})",
            1 => $"IF({Bool(depth)}, {Value()})",
            2 => $"COALESCE({Value()}, {Value()})",
            _ => random.Next(2) == 0 ? $"SWITCH($s, \"a\", {Value()}, \"é\", {Value()}{Pick(["", ", " + Value()])})" : $"SWITCH($x, 1, {Value()}, 7.25, {Value()}, $x, {Value()})",
        };
    }

    private string Bool(int depth)
    {
        if (depth <= 0) return Pick(["$b", "($x > 2)", "($d <= 2.5)", "($m >= 5)", "EXISTS($s)", "($s = \"a\")", "true", "($x = $d)", "($b != true)"]);
        ColumnType type = Pick([ColumnType.Bool, ColumnType.Int64, ColumnType.Float64, ColumnType.String]), other = type is ColumnType.Int64 or ColumnType.Float64 ? Pick([ColumnType.Int64, ColumnType.Float64]) : type;
        string Deeper(ColumnType t) => Of(t, depth - 1);
        return random.Next(11) switch
        {
            0 => $"AND({Deeper(ColumnType.Bool)}, {Deeper(ColumnType.Bool)})",
            1 => $"({Deeper(ColumnType.Bool)} or {Deeper(ColumnType.Bool)})",
            2 => $"NOT({Deeper(ColumnType.Bool)})",
            3 => $"EXISTS({Deeper(type)})",
            4 or 5 => $"({Deeper(type)} {Pick(["=", "!=", "<", "<=", ">", ">="])} {Deeper(other)})",
            6 => $"{Pick(["LT", "GTE", "EQUALS"])}({Deeper(ColumnType.Float64)}, {Pick(["0", "1", "2.5", "7"])})",
            7 => $"{Pick(["CONTAINS", "STARTS_WITH", "ENDS_WITH"])}({Deeper(ColumnType.String)}, {Pick(["\"a\"", "\"\"", "$s", "$x", "\"5\""])})",
            8 => $"REG_MATCH({Deeper(ColumnType.String)}, {Pattern()})",
            9 => $"IN({Deeper(ColumnType.Int64)}, {Pick(["1, 2.5, 3", "5", "$x, 7", "\"100\", 0"])})",
            _ => $"BOOL({Deeper(type)})",
        };
    }

    private string Int64(int depth)
    {
        if (depth <= 0) return Pick(["$x", "$x", "1", "0", "-3", "9223372036854775807"]);
        string Deeper() => Of(ColumnType.Int64, depth - 1);
        return random.Next(8) switch
        {
            0 => $"({Deeper()} + {Deeper()})",
            1 => $"({Deeper()} - {Deeper()})",
            2 => $"MUL({Deeper()}, {Deeper()}, {Deeper()})",
            3 => $"({Deeper()} % {Deeper()})",
            4 => $"{Pick(["MIN", "MAX"])}({Deeper()}, {Deeper()})",
            5 => $"INT({Of(Pick([ColumnType.Bool, ColumnType.Float64, ColumnType.String]), depth - 1)})",
            6 => $"LENGTH({Of(ColumnType.String, depth - 1)})",
            _ => $"REG_COUNT({Of(ColumnType.String, depth - 1)}, {Pattern()})",
        };
    }

    private string Float64(int depth)
    {
        if (depth <= 0) return Pick(["$d", "$d", "2.5", "-0.25", "EVENT_TIMESTAMP()"]);
        string Deeper() => Of(ColumnType.Float64, depth - 1);
        string Number() => Of(Pick([ColumnType.Int64, ColumnType.Float64]), depth - 1);
        return random.Next(9) switch
        {
            0 => $"SUM({Deeper()}, {Number()})",
            1 => $"({Number()} * {Deeper()})",
            2 or 3 => $"({Number()} / {Number()})",
            4 => $"MOD({Number()}, {Deeper()})",
            5 => $"LOG10({Number()})",
            6 => $"BUCKET({Number()}, {Pick(["2.5", "10", "10, 1", "2, 0, 100"])})",
            7 => $"FLOAT({Of(Pick([ColumnType.Bool, ColumnType.Int64, ColumnType.String]), depth - 1)})",
            _ => $"{Pick(["MIN", "MAX"])}({Deeper()}, {Deeper()})",
        };
    }

    private string Text(int depth)
    {
        if (depth <= 0) return Pick(["$s", "$m", "\"a\"", "\"\"", "$m"]);
        string Deeper() => Of(ColumnType.String, depth - 1);
        return random.Next(6) switch
        {
            0 => $"TO_LOWER({Deeper()})",
            1 => $"CONCAT({Deeper()}, $x, {Deeper()})",
            2 => $"REG_VALUE({Deeper()}, {Pattern()})",
            3 => $"STRING({Pick(["$d", "$x", "$b", "$s"])})",
            4 => $"FORMAT_TIME({Pick(["\"%Y-%m-%d %H:%M:%S\"", "\"%A\""])}, {Pick(["EVENT_TIMESTAMP()", "$x", "$d"])})",
            _ => $"STRING({Of(ColumnType.Bool, depth - 1)})",
        };
    }

    private string Pattern() => Pick(Patterns);

    private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
