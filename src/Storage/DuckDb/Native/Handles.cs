using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// A native object that is released once, after the last call that uses it. A child (a result, say) holds its parent (its connection),
/// so the order in which handles are disposed or finalized does not matter.
/// </summary>
internal abstract class NativeHandle() : SafeHandle(0, ownsHandle: true)
{
    private SafeHandle? _parent;

    public sealed override bool IsInvalid => handle == 0;

    /// <summary>Keeps <paramref name="parent"/> unreleased until this handle is. Called at most once, right after creation.</summary>
    public void HoldOpen(SafeHandle parent)
    {
        var held = false;
        parent.DangerousAddRef(ref held);
        _parent = parent;
    }

    protected abstract void Destroy();

    protected sealed override bool ReleaseHandle()
    {
        Destroy();
        _parent?.DangerousRelease();
        return true;
    }
}

internal sealed class ConfigHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyConfig(ref handle);
}

internal sealed class DatabaseHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.Close(ref handle);
}

internal sealed class ConnectionHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.Disconnect(ref handle);
}

internal sealed class StatementHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyPrepare(ref handle);
}

internal sealed class PendingHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyPending(ref handle);
}

/// <summary>Owns the memory of one <see cref="NativeResult"/>, which is never copied except as the argument of a call.</summary>
internal sealed unsafe class ResultHandle : NativeHandle
{
    public ResultHandle() => SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(NativeResult)));

    /// <summary>The struct; only to be used while the owner of the handle keeps it open.</summary>
    public NativeResult* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, typeof(DuckDbResult));
            return (NativeResult*)handle;
        }
    }

    protected override void Destroy()
    {
        DuckDbNative.DestroyResult((NativeResult*)handle);
        NativeMemory.Free((void*)handle);
    }
}

internal sealed class DataChunkHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyDataChunk(ref handle);
}

internal sealed class VectorHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyVector(ref handle);
}

internal sealed class LogicalTypeHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyLogicalType(ref handle);
}

internal sealed class ValueHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyValue(ref handle);
}

internal sealed class AppenderHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.AppenderDestroy(ref handle);
}

internal sealed class ErrorDataHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyErrorData(ref handle);
}

internal sealed class TableFunctionHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyTableFunction(ref handle);
}

internal sealed class AggregateFunctionHandle : NativeHandle
{
    protected override void Destroy() => DuckDbNative.DestroyAggregateFunction(ref handle);
}
