using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>Aggregate functions: registration, and what their callbacks need.</summary>
internal static unsafe partial class DuckDbNative
{
    /// <summary>
    /// Gives the connection's database an aggregate function. It has no destructor: of a statement that failed for want of memory DuckDB reads the states back that it spilled, to
    /// destroy them, and where there is no memory for that either, the process ends. What states hold belongs to a <see cref="KeptRun"/>, and is let go of when they are finalized
    /// or the run ends.
    /// </summary>
    /// <exception cref="DuckDbException">DuckDB takes it not.</exception>
    public static void RegisterAggregate(
        ConnectionHandle connection, string name, ReadOnlySpan<LogicalTypeHandle> parameters, LogicalTypeHandle result, delegate* unmanaged[Cdecl]<nint, ulong> stateSize,
        delegate* unmanaged[Cdecl]<nint, nint, void> init, delegate* unmanaged[Cdecl]<nint, nint, nint*, void> update, delegate* unmanaged[Cdecl]<nint, nint*, nint*, ulong, void> combine,
        delegate* unmanaged[Cdecl]<nint, nint*, nint, ulong, ulong, void> finalize, nint info = 0)
    {
        using var function = CreateAggregateFunction();
        AggregateFunctionSetName(function, name);
        foreach (var parameter in parameters) AggregateFunctionAddParameter(function, parameter);
        AggregateFunctionSetReturnType(function, result);
        AggregateFunctionSetFunctions(function, stateSize, init, update, combine, finalize);
        AggregateFunctionSetExtraInfo(function, info, 0);
        if (RegisterAggregateFunction(connection, function) != NativeState.Success)
            throw new DuckDbException(DuckDbErrorType.Catalog, $"DuckDB refused the aggregate function '{name}'");
    }

    /// <summary>Whether a row has a value; without a mask all have one.</summary>
    public static bool IsValid(ulong* mask, int row) => mask is null || (mask[row >> 6] >> (row & 63) & 1) != 0;

    /// <summary>Makes the value of a row missing.</summary>
    public static void SetNull(nint vector, ulong row)
    {
        VectorEnsureValidityWritable(vector);
        VectorValidity(vector)[row >> 6] &= ~(1UL << (int)(row & 63));
    }

    /// <summary>The number that an aggregate function was registered with, from within its callbacks.</summary>
    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_get_extra_info")]
    public static partial nint AggregateFunctionGetExtraInfo(nint info);

    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_set_extra_info")]
    private static partial void AggregateFunctionSetExtraInfo(AggregateFunctionHandle function, nint info, nint destroy);

    [LibraryImport(Library, EntryPoint = "duckdb_create_decimal_type")]
    public static partial LogicalTypeHandle CreateDecimalType(byte width, byte scale);

    [LibraryImport(Library, EntryPoint = "duckdb_create_aggregate_function")]
    public static partial AggregateFunctionHandle CreateAggregateFunction();

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_aggregate_function")]
    public static partial void DestroyAggregateFunction(ref nint function);

    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_set_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void AggregateFunctionSetName(AggregateFunctionHandle function, string name);

    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_add_parameter")]
    public static partial void AggregateFunctionAddParameter(AggregateFunctionHandle function, LogicalTypeHandle type);

    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_set_return_type")]
    public static partial void AggregateFunctionSetReturnType(AggregateFunctionHandle function, LogicalTypeHandle type);

    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_set_functions")]
    public static partial void AggregateFunctionSetFunctions(
        AggregateFunctionHandle function, delegate* unmanaged[Cdecl]<nint, ulong> stateSize, delegate* unmanaged[Cdecl]<nint, nint, void> init,
        delegate* unmanaged[Cdecl]<nint, nint, nint*, void> update, delegate* unmanaged[Cdecl]<nint, nint*, nint*, ulong, void> combine,
        delegate* unmanaged[Cdecl]<nint, nint*, nint, ulong, ulong, void> finalize);

    [LibraryImport(Library, EntryPoint = "duckdb_aggregate_function_set_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void AggregateFunctionSetError(nint info, string message);

    [LibraryImport(Library, EntryPoint = "duckdb_register_aggregate_function")]
    public static partial NativeState RegisterAggregateFunction(ConnectionHandle connection, AggregateFunctionHandle function);

    [LibraryImport(Library, EntryPoint = "duckdb_create_list_type")]
    public static partial LogicalTypeHandle CreateListType(LogicalTypeHandle type);

    [LibraryImport(Library, EntryPoint = "duckdb_list_vector_reserve")]
    public static partial NativeState ListVectorReserve(nint vector, ulong capacity);

    [LibraryImport(Library, EntryPoint = "duckdb_list_vector_set_size")]
    public static partial NativeState ListVectorSetSize(nint vector, ulong size);

    [LibraryImport(Library, EntryPoint = "duckdb_create_vector")]
    public static partial VectorHandle CreateVector(LogicalTypeHandle type, ulong capacity);

    [LibraryImport(Library, EntryPoint = "duckdb_destroy_vector")]
    public static partial void DestroyVector(ref nint vector);

    [LibraryImport(Library, EntryPoint = "duckdb_vector_reference_vector")]
    public static partial void VectorReference(nint vector, VectorHandle other);
}
