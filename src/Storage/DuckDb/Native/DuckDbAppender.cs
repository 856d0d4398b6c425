using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>Appends rows to a table by whole columns, up to <see cref="ChunkWriter.Capacity"/> rows at a time. One thread.</summary>
internal sealed unsafe class DuckDbAppender : IDisposable
{
    private readonly AppenderHandle _handle;
    private readonly DataChunkHandle _chunk;
    private readonly ChunkColumn[] _columns;

    private DuckDbAppender(AppenderHandle handle, DataChunkHandle chunk, ChunkColumn[] columns)
    {
        _handle = handle;
        _chunk = chunk;
        _columns = columns;
    }

    /// <summary>The rows to append next; valid until <see cref="Append"/>.</summary>
    public ChunkWriter Rows
    {
        get
        {
            ObjectDisposedException.ThrowIf(_chunk.IsClosed, this);
            return new ChunkWriter(_chunk.DangerousGetHandle(), _columns);
        }
    }

    internal static DuckDbAppender Create(ConnectionHandle connection, string? schema, string table)
    {
        DuckDbConnection.RejectZero(table);
        var state = DuckDbNative.AppenderCreate(connection, schema, table, out var handle);
        try
        {
            if (state != NativeState.Success) throw ErrorOf(handle);
            handle.HoldOpen(connection);
            var count = (int)DuckDbNative.AppenderColumnCount(handle);
            var columns = new ChunkColumn[count];
            var types = new LogicalTypeHandle[count];
            for (var i = 0; i < count; i++)
            {
                types[i] = DuckDbNative.AppenderColumnType(handle, (ulong)i);
                columns[i] = new ChunkColumn(i, DuckDbNative.TypeId(types[i]));
            }

            var chunk = CreateChunk(types);
            foreach (var type in types) type.Dispose();
            return new DuckDbAppender(handle, chunk, columns);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Appends the first <paramref name="count"/> of <see cref="Rows"/> and clears them. Text they point at may then go away.</summary>
    public void Append(int count)
    {
        ObjectDisposedException.ThrowIf(_chunk.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)ChunkWriter.Capacity, nameof(count));
        DuckDbNative.DataChunkSetSize(_chunk.DangerousGetHandle(), (ulong)count);
        if (DuckDbNative.AppendDataChunk(_handle, _chunk) != NativeState.Success) throw ErrorOf(_handle);
        DuckDbNative.DataChunkReset(_chunk);
    }

    /// <summary>Writes everything appended into the table. Nothing can be appended afterwards.</summary>
    public void Complete()
    {
        if (DuckDbNative.AppenderClose(_handle) != NativeState.Success) throw ErrorOf(_handle);
    }

    /// <summary>Drops the rows that are not yet in the table; after <see cref="Complete"/> there are none.</summary>
    public void Dispose()
    {
        if (!_handle.IsClosed) DuckDbNative.AppenderClear(_handle);
        _chunk.Dispose();
        _handle.Dispose();
    }

    private static DataChunkHandle CreateChunk(LogicalTypeHandle[] types)
    {
        var pointers = new nint[types.Length];
        for (var i = 0; i < types.Length; i++) pointers[i] = types[i].DangerousGetHandle();
        fixed (nint* first = pointers) return DuckDbNative.CreateDataChunk(first, (ulong)pointers.Length);
    }

    private static DuckDbException ErrorOf(AppenderHandle handle)
    {
        using var error = DuckDbNative.AppenderErrorData(handle);
        var message = Marshal.PtrToStringUTF8(DuckDbNative.ErrorDataMessage(error));
        var type = DuckDbNative.ErrorDataType(error);
        return type == DuckDbErrorType.Invalid || message is null ? DuckDbException.FromMessage(message) : new DuckDbException(type, message);
    }
}
