using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The rows of a query, chunk by chunk. Read by one thread; <see cref="Dispose"/> may come from another, and then ends the query.
/// </summary>
internal sealed unsafe class DuckDbResult : IDisposable
{
    private readonly QueryRun _run;
    private readonly ResultHandle _handle;
    private readonly bool _streaming;
    private readonly string[] _names;
    private readonly VectorType[] _types;
    private readonly DataChunkReader _reader;
    private readonly Lock _gate = new();
    private DataChunkHandle? _chunk;
    private bool _finished;
    private volatile bool _disposed;

    internal DuckDbResult(QueryRun run, ResultHandle handle)
    {
        _run = run;
        _handle = handle;
        _streaming = DuckDbNative.ResultIsStreaming(*handle.Pointer);
        var count = (int)DuckDbNative.ColumnCount(handle.Pointer);
        _names = new string[count];
        _types = new VectorType[count];
        for (var i = 0; i < count; i++)
        {
            _names[i] = Marshal.PtrToStringUTF8(DuckDbNative.ColumnName(handle.Pointer, (ulong)i)) ?? "";
            using var type = DuckDbNative.ColumnLogicalType(handle.Pointer, (ulong)i);
            _types[i] = VectorType.Of(type);
        }

        _reader = new DataChunkReader(_types);
    }

    public int ColumnCount => _names.Length;

    public string ColumnName(int column) => _names[column];

    public DuckDbType ColumnType(int column) => _types[column].Type;

    /// <summary>The next rows, at least one; null after the last. What it returns is valid until the next call or dispose.</summary>
    /// <exception cref="DuckDbException">The query failed on the way.</exception>
    /// <exception cref="OperationCanceledException">The query's token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another query has begun on the connection, which ended this one.</exception>
    public DataChunkReader? NextChunk()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ReleaseChunk();
            if (_finished) return null;
            _run.CancellationToken.ThrowIfCancellationRequested();
            if (_streaming && !_run.IsCurrent) throw new InvalidOperationException("another query on the connection has ended this result");

            DataChunkHandle chunk;
            using (_run.InterruptWhenCancelled()) chunk = DuckDbNative.FetchChunk(*_handle.Pointer);
            if (!chunk.IsInvalid)
            {
                _chunk = chunk;
                _reader.Load(chunk.DangerousGetHandle());
                return _reader;
            }

            chunk.Dispose();
            _finished = true;
            _run.Connection.ResultClosed(this);
            if (DuckDbNative.ResultError(_handle.Pointer) != 0) throw _run.Translate(DuckDbConnection.ErrorOf(_handle.Pointer));
            return null;
        }
    }

    /// <summary>Ends the query, however far it was read, and releases what it used.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        if (!_gate.TryEnter())
        {
            _run.Interrupt(); // another thread waits for rows: let it return
            _gate.Enter();
        }

        try
        {
            if (_disposed) return;
            _disposed = true;
            ReleaseChunk();
            if (_streaming && !_finished) _run.Connection.EndAbandonedQuery(_run.Number);
            _run.Connection.ResultClosed(this);
            _handle.Dispose();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void ReleaseChunk()
    {
        _reader.Clear();
        _chunk?.Dispose();
        _chunk = null;
    }
}
