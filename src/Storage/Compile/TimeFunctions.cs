using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Binds the functions that make texts of times, and times of texts.</summary>
internal sealed class TimeFunctions(ExpressionScope scope)
{
    /// <summary>What may follow a <c>%</c> in a format: those of strftime that need neither locale nor zone.</summary>
    private const string Specifiers = "aAwudbBmyYHIpMSfjUWVG%";

    public BoundExpression? Bind(Expression.Call call, BoundExpression[] arguments) => call.Function == "FORMAT_TIME" ? Format(call, arguments) : Parse(call, arguments[0]);

    private BoundExpression.Call? Format(Expression.Call call, BoundExpression[] arguments)
    {
        if (arguments[0] is not BoundExpression.Constant { Value: { Kind: ValueKind.String } format })
        {
            scope.Fail(call.Arguments[0], "the format of FORMAT_TIME is a text in quotes, such as \"%Y-%m-%d\"");
            return null;
        }

        if (Unknown(format.AsString()) is { } unknown)
        {
            scope.Fail(call.Arguments[0], $"a format has no {unknown}; after a % stands one of {string.Join(' ', Specifiers.AsEnumerable())}");
            return null;
        }

        var seconds = arguments[1];
        if (!seconds.Type.IsNumeric())
        {
            scope.Fail(call.Arguments[1], $"FORMAT_TIME needs seconds since 1970, such as EVENT_TIMESTAMP(), and this is {seconds.Type}");
            return null;
        }

        if (seconds.Type == ColumnType.Int64) seconds = new BoundExpression.Call(BoundFunction.Number, [seconds], ColumnType.Float64);
        return new BoundExpression.Call(BoundFunction.FormatTime, [seconds, arguments[0]], ColumnType.String);
    }

    private BoundExpression.Call? Parse(Expression.Call call, BoundExpression text)
    {
        if (text.Type == ColumnType.String) return new BoundExpression.Call(BoundFunction.ParseTime, [text], ColumnType.Float64);
        scope.Fail(call.Arguments[0], $"UNIX_TIMESTAMP needs a text in RFC 3339, and this is {text.Type}");
        return null;
    }

    private static string? Unknown(string format)
    {
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] == '\0') return "character 0";
            if (format[i] != '%') continue;
            if (++i == format.Length) return "single % at its end";
            if (!Specifiers.Contains(format[i], StringComparison.Ordinal)) return $"%{QueryTextTokens.Shown(format[i])}";
        }

        return null;
    }
}
