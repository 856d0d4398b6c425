using System.Text;
using Storage.DuckDb.Native;
using Storage.Queries;

namespace Storage.Tests.Native;

/// <summary>A database in memory with one connection, and short ways to ask it.</summary>
internal sealed class Duck : IDisposable
{
    private readonly DuckDbDatabase _database;

    public Duck(params (string Name, string Value)[] settings)
    {
        _database = DuckDbDatabase.Open(null, settings.ToDictionary(setting => setting.Name, setting => setting.Value));
        Connection = _database.Connect(tellsProgress: true);
    }

    public DuckDbConnection Connection { get; }

    public DuckDbConnection Connect() => _database.Connect();

    /// <summary>Runs the statement and gives what <paramref name="read"/> makes of every row.</summary>
    public List<T> Rows<T>(string sql, Func<DataChunkReader, int, T> read, params Value[] parameters)
    {
        using var statement = Connection.Prepare(sql);
        for (var i = 0; i < parameters.Length; i++) statement.Bind(i + 1, parameters[i]);
        using var result = statement.Execute(CancellationToken.None);
        var rows = new List<T>();
        while (result.NextChunk() is { } chunk)
            for (var row = 0; row < chunk.Count; row++) rows.Add(read(chunk, row));
        return rows;
    }

    public T One<T>(string sql, Func<DataChunkReader, int, T> read, params Value[] parameters) =>
        Rows(sql, read, parameters).ShouldHaveSingleItem();

    public T One<T>(string sql, params Value[] parameters) where T : unmanaged =>
        One(sql, (chunk, row) => chunk.Values<T>(0)[row], parameters);

    public string Text(string sql, params Value[] parameters) => One(sql, (chunk, row) => chunk.GetString(0, row), parameters);

    /// <summary>One column of any type as DuckDB's own text, null as "NULL".</summary>
    public List<string> Texts(string sql, params Value[] parameters) =>
        Rows(sql, (chunk, row) => chunk.IsNull(0, row) ? "NULL" : chunk.GetString(0, row), parameters);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public void Dispose()
    {
        Connection.Dispose();
        _database.Dispose();
    }
}
