using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;
namespace Storage.Compile;
internal static class QueryRunner
{
    public static QueryResult Run(Query q, SqlSession s, DateTimeOffset now, CancellationToken ct)
    {
        var w = q.Time.Resolve(now);
        var meta = new QueryMeta(w, 1, 0, 0, TimeSpan.Zero, 1, [], false, 0, 0);
        if (q.IsListing)
        {
            var cols = s.Schema.Columns.Select((c, i) => new BoundColumn(i, c.Name, c.Type)).ToImmutableArray();
            var t = s.Execute(new SqlStatement($"SELECT * FROM {s.Source(cols, w)} ORDER BY time DESC, seq DESC LIMIT 1000", []), ct);
            return new QueryResult { Meta = meta, Events = new EventPage(new ResultTable([.. cols.Select((c, i) => { var r = t.Find(c.Alias)!; var vals = Enumerable.Range(0, r.Count).Select(k => r[k]).ToArray(); return Make(c, vals); })]), null) };
        }
        var cs = ImmutableArray.CreateBuilder<BoundColumn>();
        var sel = "count(*)";
        var where = "";
        if (q.Calculations[0].Column is { } n) { var c = s.Schema.Find(n) ?? throw new QueryException("calculations[0].column", "none"); cs.Add(new BoundColumn(0, n, c.Type)); sel = "count(c0)"; }
        if (q.Where is Filter.Condition k2) { var i = cs.Count; cs.Add(new BoundColumn(i, k2.Column, s.Schema.Find(k2.Column)!.Type)); where = $" WHERE c{i} = '{k2.Values[0]}'"; }
        var r2 = s.Execute(new SqlStatement($"SELECT {sel} FROM {s.Source(cs.ToImmutable(), w)} {where}", []), ct);
        return new QueryResult { Meta = meta, Results = r2 };
    }
    static ResultColumn Make(BoundColumn c, Value[] v) => new(c.Name, c.Type, c.Type switch { ColumnType.Bool => v.Select(x => !x.IsNull && x.AsBool()).ToArray(), ColumnType.Int64 => v.Select(x => x.IsNull ? 0 : x.AsInt64()).ToArray(), ColumnType.Float64 => v.Select(x => x.IsNull ? 0 : x.AsDouble()).ToArray(), _ => (Array)v.Select(x => x.IsNull ? "" : x.AsString()).ToArray() }, v.Select(x => x.IsNull).ToArray());
}
