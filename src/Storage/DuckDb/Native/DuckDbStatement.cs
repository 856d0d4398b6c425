using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Storage.Queries;

namespace Storage.DuckDb.Native;

/// <summary>A prepared statement; may be bound and executed again and again, by one thread at a time.</summary>
internal sealed unsafe class DuckDbStatement : IDisposable
{
    private const int StackBytes = 512;

    private readonly DuckDbConnection _connection;
    private readonly StatementHandle _handle;

    internal DuckDbStatement(DuckDbConnection connection, StatementHandle handle)
    {
        _connection = connection;
        _handle = handle;
        ParameterCount = (int)DuckDbNative.ParameterCount(handle);
    }

    public int ParameterCount { get; }

    /// <summary>Sets parameter <paramref name="index"/>, counted from 1. Text is passed as UTF-8, lone surrogates as U+FFFD.</summary>
    /// <exception cref="DuckDbException">There is no such parameter.</exception>
    public void Bind(int index, Value value)
    {
        CheckIndex(index);
        var position = (ulong)index;
        Check(value.Kind switch
        {
            ValueKind.Null => DuckDbNative.BindNull(_handle, position),
            ValueKind.Bool => DuckDbNative.BindBoolean(_handle, position, value.AsBool()),
            ValueKind.Int64 => DuckDbNative.BindInt64(_handle, position, value.AsInt64()),
            ValueKind.Float64 => DuckDbNative.BindDouble(_handle, position, value.AsDouble()),
            ValueKind.String => BindText(position, value.AsString()),
            _ => throw new ArgumentOutOfRangeException(nameof(value), value.Kind, "unknown kind of value"),
        });
    }

    /// <summary>Sets parameter <paramref name="index"/>, counted from 1, to a BLOB.</summary>
    /// <exception cref="DuckDbException">There is no such parameter.</exception>
    public void Bind(int index, ReadOnlySpan<byte> blob)
    {
        CheckIndex(index);
        fixed (byte* data = &NotNull(blob)) Check(DuckDbNative.BindBlob(_handle, (ulong)index, data, (ulong)blob.Length));
    }

    /// <summary>
    /// Runs the statement. Rows of a SELECT are computed while they are read; anything else is done when this returns.
    /// Cancelling interrupts the query, here and while the result is read.
    /// </summary>
    /// <exception cref="DuckDbException">The statement failed, or a parameter has no value.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public DuckDbResult Execute(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        var run = new QueryRun(_connection, _connection.BeginQuery(), cancellationToken);
        var state = DuckDbNative.PendingPreparedStreaming(_handle, out var pending);
        using var ownedPending = pending;
        if (state != NativeState.Success)
            throw run.Translate(DuckDbException.FromMessage(Marshal.PtrToStringUTF8(DuckDbNative.PendingError(pending))));

        var handle = new ResultHandle();
        try
        {
            handle.HoldOpen(_connection.Handle);

            // Only from here on: DuckDB forgets interrupts that arrive before the query is pending. A cancelled token interrupts at once.
            using (run.InterruptWhenCancelled())
            {
                if (!TryWork(pending)) throw run.Translate(DuckDbException.FromMessage(Marshal.PtrToStringUTF8(DuckDbNative.PendingError(pending))));
                if (DuckDbNative.ExecutePending(pending, handle.Pointer) != NativeState.Success) throw run.Translate(DuckDbConnection.ErrorOf(handle.Pointer));
            }

            var result = new DuckDbResult(run, handle);
            _connection.ResultOpened(result);
            return result;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>
    /// Takes part in the work until there is a result; false when it failed. Where other threads do all that is left, DuckDB itself would ask again and
    /// again without a pause, which took a tenth of the CPU time of a query; here the pauses grow.
    /// </summary>
    private static bool TryWork(PendingHandle pending)
    {
        for (var idle = 0; ;)
        {
            switch (DuckDbNative.PendingExecuteTask(pending))
            {
                case PendingState.Ready:
                    return true;
                case PendingState.Error:
                    return false;
                case PendingState.NotReady:
                    idle = 0;
                    break;
                default:
                    ShortPause.Take(idle++);
                    break;
            }
        }
    }

    private NativeState BindText(ulong position, string text)
    {
        var bound = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = bound > StackBytes ? ArrayPool<byte>.Shared.Rent(bound) : null;
        try
        {
            var buffer = rented ?? stackalloc byte[StackBytes];
            var length = Encoding.UTF8.GetBytes(text, buffer);
            fixed (byte* bytes = buffer) return DuckDbNative.BindVarchar(_handle, position, bytes, (ulong)length);
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void CheckIndex(int index)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (index < 1 || index > ParameterCount)
            throw new DuckDbException(DuckDbErrorType.InvalidInput, $"there is no parameter {index}: the statement has {ParameterCount}");
    }

    private void Check(NativeState state)
    {
        if (state == NativeState.Success) return;
        throw DuckDbException.FromMessage(Marshal.PtrToStringUTF8(DuckDbNative.PrepareError(_handle)));
    }

    /// <summary>The first byte; some byte for an empty span, because DuckDB takes a null pointer for a NULL.</summary>
    private static ref readonly byte NotNull(ReadOnlySpan<byte> bytes) =>
        ref bytes.IsEmpty ? ref MemoryMarshal.GetReference("\0"u8) : ref MemoryMarshal.GetReference(bytes);
}
