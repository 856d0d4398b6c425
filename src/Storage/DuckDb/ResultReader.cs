using System.Text;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>Reads a whole result of the engine into columns.</summary>
internal static class ResultReader
{
    /// <param name="result">The result; BOOLEAN, BIGINT, DOUBLE and VARCHAR columns.</param>
    /// <param name="maxRows">Bound on its rows.</param>
    /// <exception cref="QueryException">The result has more rows than that.</exception>
    public static ResultTable Read(DuckDbResult result, int maxRows)
    {
        var columns = new ColumnReader[result.ColumnCount];
        for (var i = 0; i < columns.Length; i++) columns[i] = new ColumnReader(result.ColumnName(i), TypeOf(result, i));
        var rows = 0;
        while (result.NextChunk() is { } chunk)
        {
            rows += chunk.Count;
            if (rows > maxRows)
                throw new QueryException("", $"the answer has more than {maxRows:N0} rows; use a larger granularity, a smaller limit or fewer breakdowns");
            for (var i = 0; i < columns.Length; i++) columns[i].Read(chunk, i);
        }

        return new ResultTable([.. columns.Select(c => c.ToColumn())]);
    }

    private static ColumnType TypeOf(DuckDbResult result, int column) => result.ColumnType(column) switch
    {
        DuckDbType.Boolean => ColumnType.Bool,
        DuckDbType.Int64 => ColumnType.Int64,
        DuckDbType.Double => ColumnType.Float64,
        DuckDbType.Varchar => ColumnType.String,
        var other => throw new EventStoreException($"a statement returned a column of the engine's type {other}"),
    };

    private sealed class ColumnReader(string name, ColumnType type)
    {
        private readonly List<bool> _bools = [];
        private readonly List<long> _numbers = [];
        private readonly List<double> _doubles = [];
        private readonly List<string> _texts = [];
        private readonly List<bool> _nulls = [];
        private bool _anyNull;
        private string _lastText = "";

        public void Read(DataChunkReader chunk, int column)
        {
            for (var row = 0; row < chunk.Count; row++)
            {
                var isNull = chunk.IsNull(column, row);
                _nulls.Add(isNull);
                _anyNull |= isNull;
            }

            switch (type)
            {
                case ColumnType.Bool: _bools.AddRange(chunk.Values<bool>(column)[..chunk.Count]); break;
                case ColumnType.Int64: _numbers.AddRange(chunk.Values<long>(column)[..chunk.Count]); break;
                case ColumnType.Float64: _doubles.AddRange(chunk.Values<double>(column)[..chunk.Count]); break;
                default:
                    for (var row = 0; row < chunk.Count; row++) _texts.Add(chunk.IsNull(column, row) ? "" : Text(chunk, column, row));
                    break;
            }
        }

        public ResultColumn ToColumn() => new(name, type, type switch
        {
            ColumnType.Bool => _bools.ToArray(),
            ColumnType.Int64 => _numbers.ToArray(),
            ColumnType.Float64 => _doubles.ToArray(),
            _ => _texts.ToArray(),
        }, _anyNull ? [.. _nulls] : null);

        /// <summary>Sorted results repeat a text many times over: keep one object for a run of equal ones.</summary>
        private string Text(DataChunkReader chunk, int column, int row)
        {
            var bytes = chunk.GetBytes(column, row);
            if (bytes.Length <= 256 && Encoding.UTF8.GetCharCount(bytes) == _lastText.Length)
            {
                Span<char> chars = stackalloc char[256];
                if (chars[..Encoding.UTF8.GetChars(bytes, chars)].SequenceEqual(_lastText)) return _lastText;
            }

            return _lastText = Encoding.UTF8.GetString(bytes);
        }
    }
}
