using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The callbacks between DuckDB and <see cref="TableScan"/>. Each object that DuckDB holds for us is a GC handle, freed by the delete
/// callback that belongs to it. No exception leaves a callback: DuckDB gets its message and turns it into the query's error.
/// </summary>
internal static unsafe class TableFunction
{
    public static void Register(ConnectionHandle connection, string name, Func<long, TableScan> open)
    {
        DuckDbConnection.RejectZero(name);
        using var function = DuckDbNative.CreateTableFunction();
        using var argument = DuckDbNative.CreateLogicalType(DuckDbType.Int64);
        DuckDbNative.TableFunctionSetName(function, name);
        DuckDbNative.TableFunctionAddParameter(function, argument);
        DuckDbNative.TableFunctionSetExtraInfo(function, Hold(open), &FreeOpen);
        DuckDbNative.TableFunctionSetBind(function, &Bind);
        DuckDbNative.TableFunctionSetInit(function, &Init);
        DuckDbNative.TableFunctionSetLocalInit(function, &InitThread);
        DuckDbNative.TableFunctionSetFunction(function, &Scan);
        DuckDbNative.TableFunctionSupportsProjectionPushdown(function, true);
        if (DuckDbNative.RegisterTableFunction(connection, function) != NativeState.Success)
            throw new DuckDbException(DuckDbErrorType.Catalog, $"DuckDB refused the table function '{name}'; is the name taken?");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        TableScan? scan = null;
        try
        {
            using var argument = DuckDbNative.BindParameter(info, 0);
            if (DuckDbNative.IsNullValue(argument)) throw new ArgumentException("the argument of the table function is NULL");
            scan = Target<Func<long, TableScan>>(DuckDbNative.BindExtraInfo(info))(DuckDbNative.GetInt64(argument));
            foreach (var (name, type) in scan.Columns)
            {
                if (type.Width() == 0 || type is DuckDbType.List or DuckDbType.Map)
                    throw new NotSupportedException($"column '{name}': a table function gives no columns of type {type}");
                DuckDbConnection.RejectZero(name);
                using var logicalType = DuckDbNative.CreateLogicalType(type);
                DuckDbNative.BindAddResultColumn(info, name, logicalType);
            }

            DuckDbNative.BindSetCardinality(info, (ulong)Math.Max(0, scan.Cardinality), exact: false);
            DuckDbNative.BindSetBindData(info, Hold(scan), &ReleaseScan);
        }
        catch (Exception exception)
        {
            scan?.Release();
            DuckDbNative.BindSetError(info, Message(exception));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info)
    {
        try
        {
            var scan = Target<TableScan>(DuckDbNative.InitBindData(info));
            var columns = new ChunkColumn[DuckDbNative.InitColumnCount(info)];
            for (var i = 0; i < columns.Length; i++)
            {
                // Beyond the columns lies the row id, which DuckDB asks for when it only wants to know how many rows there are.
                var source = DuckDbNative.InitColumnIndex(info, (ulong)i);
                columns[i] = source < (ulong)scan.Columns.Count
                    ? new ChunkColumn((int)source, scan.Columns[(int)source].Type)
                    : new ChunkColumn(-1, DuckDbType.Int64);
            }

            scan.Start();
            DuckDbNative.InitSetMaxThreads(info, (ulong)Math.Max(1, scan.MaxThreads));
            DuckDbNative.InitSetInitData(info, Hold(new RunningScan(scan, columns)), &FreeRunningScan);
        }
        catch (Exception exception)
        {
            DuckDbNative.InitSetError(info, Message(exception));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void InitThread(nint info)
    {
        try
        {
            var scan = Target<TableScan>(DuckDbNative.InitBindData(info));
            DuckDbNative.InitSetInitData(info, Hold(new ThreadState(scan.StartThread())), &FreeThreadState);
        }
        catch (Exception exception)
        {
            DuckDbNative.InitSetError(info, Message(exception));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Scan(nint info, nint chunk)
    {
        try
        {
            var running = Target<RunningScan>(DuckDbNative.FunctionInitData(info));
            var state = Target<ThreadState>(DuckDbNative.FunctionLocalInitData(info));
            var writer = new ChunkWriter(chunk, running.Columns);
            var rows = running.Scan.Scan(state.Value, writer);
            if ((uint)rows > (uint)ChunkWriter.Capacity)
                throw new InvalidOperationException($"a scan returned {rows} rows, and a chunk holds {ChunkWriter.Capacity}");
            for (var i = 0; i < writer.ColumnCount; i++)
                if (writer.SourceColumn(i) < 0) writer.SetAllNull(i, rows);
            DuckDbNative.DataChunkSetSize(chunk, (ulong)rows);
        }
        catch (Exception exception)
        {
            DuckDbNative.FunctionSetError(info, Message(exception));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseScan(nint handle)
    {
        try
        {
            Target<TableScan>(handle).Release();
            Free<TableScan>(handle);
        }
        catch (Exception exception)
        {
            Environment.FailFast("the release of a table scan failed", exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeOpen(nint handle) => Free<Func<long, TableScan>>(handle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeRunningScan(nint handle) => Free<RunningScan>(handle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeThreadState(nint handle) => Free<ThreadState>(handle);

    private static nint Hold<T>(T target) where T : class => GCHandle<T>.ToIntPtr(new GCHandle<T>(target));

    private static T Target<T>(nint handle) where T : class => GCHandle<T>.FromIntPtr(handle).Target;

    private static void Free<T>(nint handle) where T : class => GCHandle<T>.FromIntPtr(handle).Dispose();

    /// <summary>The C API takes the message up to its first zero.</summary>
    private static string Message(Exception exception) => exception.Message.Replace('\0', ' ');

    private sealed record RunningScan(TableScan Scan, ChunkColumn[] Columns);

    private sealed record ThreadState(object? Value);
}
