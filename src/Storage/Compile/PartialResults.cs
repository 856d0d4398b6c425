using System.Globalization;

namespace Storage.Compile;

/// <summary>
/// Aggregates that are put together from those of parts: each sum, count, least and greatest that calculations are made of is computed once over
/// the events, as <c>p0</c>, <c>p1</c> and so on, and from there on only added up.
/// </summary>
internal sealed class PartialResults(SqlDialect dialect)
{
    private readonly List<(string Function, string Sql)> _all = [];

    /// <summary>Over the events: what to select.</summary>
    public IEnumerable<string> Definitions => _all.Select((p, i) => $"{p.Sql} AS {Name(i)}");

    /// <summary>Over partial results: what to select to get partial results again.</summary>
    public IEnumerable<string> Additions => _all.Select((p, i) => $"{Add(p.Function, Name(i))} AS {Name(i)}");

    /// <summary>An aggregate where a row holds all of it.</summary>
    public string InRow(string function, string argument, string filter) => Name(Place(function, argument, filter));

    /// <summary>An aggregate where several rows hold parts of it.</summary>
    public string OverRows(string function, string argument, string filter) => Add(function, Name(Place(function, argument, filter)));

    private string Add(string function, string partial) => function switch
    {
        "count" => dialect.Typed($"coalesce(sum({partial}), 0)", Events.ColumnType.Int64),
        "sum" or "min" or "max" => $"{function}({partial})",
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "cannot be put together from parts"),
    };

    private int Place(string function, string argument, string filter)
    {
        var sql = $"{function}({argument}){filter}";
        var place = _all.FindIndex(p => p.Sql == sql);
        if (place >= 0) return place;
        _all.Add((function, sql));
        return _all.Count - 1;
    }

    private static string Name(int place) => "p" + place.ToString(CultureInfo.InvariantCulture);
}
