using System.Runtime.InteropServices;
using System.Text;
using Benchmarks.Workloads;
using Storage.DuckDb.Native;

namespace Benchmarks.Opponents;

/// <summary>The columns of a workload and, of up to a chunk of its events, their values in the form that DuckDB's vectors have.</summary>
internal sealed unsafe class SpanColumns : IDisposable
{
    private const int FixedColumns = 10;
    private static readonly int Capacity = ChunkWriter.Capacity;

    private readonly Dictionary<int, List<(byte[] Key, int Column)>> _byLength = [];
    private readonly List<(string Name, string Type)> _columns =
    [
        ("time", "BIGINT"), ("trace.trace_id", "BLOB"), ("trace.span_id", "BLOB"), ("trace.parent_id", "BLOB"), ("name", "VARCHAR"), ("span.kind", "VARCHAR"),
        ("duration_ms", "DOUBLE"), ("status_code", "BIGINT"), ("status_message", "VARCHAR"), ("error", "BOOLEAN"),
    ];

    private readonly List<DuckDbString[]> _texts = [];
    private readonly List<long[]> _numbers = [];
    private readonly List<ulong[]> _validity = [];
    private readonly byte* _arena = (byte*)NativeMemory.Alloc(ArenaBytes);
    private int _arenaUsed;

    private const int ArenaBytes = 64 << 20;

    /// <summary>Finds the columns of the events in these requests.</summary>
    public SpanColumns(IEnumerable<byte[]> requests)
    {
        var reader = new RequestReader();
        foreach (var request in requests)
        {
            reader.Open(request);
            Learn(reader, reader.ResourceAttributes);
            while (reader.Read()) Learn(reader, reader.Attributes);
        }

        foreach (var (_, type) in _columns)
        {
            _texts.Add(type is "VARCHAR" or "BLOB" ? new DuckDbString[Capacity] : []);
            _numbers.Add(type is "VARCHAR" or "BLOB" ? [] : new long[Capacity]);
            _validity.Add(new ulong[Capacity / 64]);
        }
    }

    public int Rows { get; private set; }

    public bool IsFull => Rows == Capacity;

    public int ColumnCount => _columns.Count;

    public string CreateTable(string name) => $"CREATE TABLE {name} ({string.Join(", ", _columns.Select(c => $"\"{c.Name}\" {c.Type}"))})";

    /// <summary>Adds the event that the reader stands on.</summary>
    public void Add(RequestReader span)
    {
        var row = Rows++;
        SetNumber(0, row, span.Start);
        SetText(1, row, span.TraceId.Span);
        SetText(2, row, span.SpanId.Span);
        if (span.ParentId.Length > 0) SetText(3, row, span.ParentId.Span);
        SetText(4, row, span.Name.Span);
        SetText(5, row, span.Kind switch { 2 => "server"u8, 3 => "client"u8, _ => "internal"u8 });
        SetNumber(6, row, BitConverter.DoubleToInt64Bits((span.End - span.Start) / 1e6));
        SetNumber(7, row, span.StatusCode);
        if (span.StatusMessage.Length > 0) SetText(8, row, span.StatusMessage.Span);
        if (span.StatusCode == 2) SetNumber(9, row, 1);
        foreach (var attribute in span.ResourceAttributes) Set(span, attribute, row);
        foreach (var attribute in span.Attributes) Set(span, attribute, row);
    }

    /// <summary>Appends what was added, and starts again.</summary>
    public void AppendTo(DuckDbAppender appender)
    {
        var rows = appender.Rows;
        for (var i = 0; i < _columns.Count; i++)
        {
            if (_columns[i].Type is "VARCHAR" or "BLOB") _texts[i].AsSpan(0, Rows).CopyTo(rows.Strings(i));
            else if (_columns[i].Type == "BOOLEAN") CopyBools(_numbers[i].AsSpan(0, Rows), rows.Values<byte>(i));
            else if (_columns[i].Type == "DOUBLE") MemoryMarshal.Cast<long, double>(_numbers[i].AsSpan(0, Rows)).CopyTo(rows.Values<double>(i));
            else _numbers[i].AsSpan(0, Rows).CopyTo(rows.Values<long>(i));
            _validity[i].CopyTo(rows.Validity(i));
        }

        appender.Append(Rows);
    }

    public void Clear()
    {
        Rows = 0;
        _arenaUsed = 0;
        foreach (var validity in _validity) Array.Clear(validity);
    }

    public void Dispose() => NativeMemory.Free(_arena);

    private static void CopyBools(ReadOnlySpan<long> from, Span<byte> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = (byte)from[i];
    }

    private void Learn(RequestReader reader, List<RequestAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            var key = reader.Bytes(attribute.KeyStart, attribute.KeyLength);
            if (Find(key) >= 0) continue;
            if (!_byLength.TryGetValue(Hash(key), out var keys)) _byLength[Hash(key)] = keys = [];
            keys.Add((key.ToArray(), _columns.Count));
            _columns.Add((Encoding.UTF8.GetString(key), attribute.Kind switch { ValueKind.Text => "VARCHAR", ValueKind.Integer => "BIGINT", ValueKind.Float => "DOUBLE", _ => "BOOLEAN" }));
        }
    }

    private int Find(ReadOnlySpan<byte> key)
    {
        if (!_byLength.TryGetValue(Hash(key), out var keys)) return -1;
        foreach (var (known, column) in keys)
        {
            if (key.SequenceEqual(known)) return column;
        }

        return -1;
    }

    private static int Hash(ReadOnlySpan<byte> key)
    {
        var hash = key.Length;
        foreach (var b in key) hash = (hash * 31) + b;
        return hash;
    }

    private void Set(RequestReader span, RequestAttribute attribute, int row)
    {
        var column = Find(span.Bytes(attribute.KeyStart, attribute.KeyLength));
        if (attribute.Kind == ValueKind.Text) SetText(column, row, span.Bytes(attribute.TextStart, attribute.TextLength));
        else SetNumber(column, row, attribute.Number);
    }

    private void SetText(int column, int row, ReadOnlySpan<byte> text)
    {
        if (_arenaUsed + text.Length > ArenaBytes) throw new InvalidOperationException("a chunk of the workload holds more text than expected");
        var at = _arena + _arenaUsed;
        text.CopyTo(new Span<byte>(at, text.Length));
        _arenaUsed += text.Length;
        _texts[column][row] = DuckDbString.From((nint)at, text.Length);
        _validity[column][row >> 6] |= 1UL << row;
    }

    private void SetNumber(int column, int row, long value)
    {
        _numbers[column][row] = value;
        _validity[column][row >> 6] |= 1UL << row;
    }
}
