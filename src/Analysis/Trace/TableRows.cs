using Storage.Events;
using Storage.Queries;

namespace Analysis.Trace;

/// <summary>Tables of events that are not in the store.</summary>
public static class TableRows
{
    /// <summary>The table with the rows that match, and the columns that these have.</summary>
    public static ResultTable Where(ResultTable table, Func<int, bool> matches)
    {
        var rows = Enumerable.Range(0, table.RowCount).Where(matches).ToArray();
        return new ResultTable([.. table.Columns.Where(c => rows.Any(r => !c.IsNull(r))).Select(c => Of(c.Name, c.Type, [.. rows.Select(r => c[r])]))]);
    }

    /// <summary>A column of values, each of the type or missing.</summary>
    public static ResultColumn Of(string name, ColumnType type, Value[] values)
    {
        var isNull = Array.ConvertAll(values, v => v.IsNull);
        Array cells = type switch
        {
            ColumnType.Bool => Array.ConvertAll(values, v => !v.IsNull && v.AsBool()),
            ColumnType.Int64 => Array.ConvertAll(values, v => v.IsNull ? 0 : v.AsInt64()),
            ColumnType.Float64 => Array.ConvertAll(values, v => v.IsNull ? 0 : v.AsDouble()),
            _ => Array.ConvertAll(values, v => v.ToString()),
        };
        return new ResultColumn(name, type, cells, isNull);
    }
}
