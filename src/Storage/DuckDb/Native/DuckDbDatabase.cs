using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>A DuckDB instance inside this process. Safe for use by several threads.</summary>
internal sealed class DuckDbDatabase : IDisposable
{
    private readonly DatabaseHandle _handle;
    private volatile bool _disposed; // the handle itself stays open while a connection holds it

    private DuckDbDatabase(DatabaseHandle handle) => _handle = handle;

    /// <summary>The version of the loaded library, as in "v1.5.5".</summary>
    public static string LibraryVersion { get; } = Marshal.PtrToStringUTF8(DuckDbNative.LibraryVersion())!;

    /// <summary>Opens a database file, or makes one in memory where <paramref name="path"/> is null or empty.</summary>
    /// <exception cref="DuckDbException">The file cannot be used, or a setting is unknown or has a bad value; the message names it.</exception>
    public static DuckDbDatabase Open(string? path, IReadOnlyDictionary<string, string> settings)
    {
        if (DuckDbNative.CreateConfig(out var config) != NativeState.Success)
            throw new DuckDbException(DuckDbErrorType.OutOfMemory, "DuckDB has no memory for its settings");
        using var ownedConfig = config;
        foreach (var (name, value) in settings)
        {
            if (DuckDbNative.SetConfig(config, name, value) != NativeState.Success)
                throw new DuckDbException(DuckDbErrorType.InvalidConfiguration, $"DuckDB does not accept the setting {name} = '{value}'");
        }

        if (DuckDbNative.OpenExt(string.IsNullOrEmpty(path) ? null : path, out var database, config, out var error) == NativeState.Success)
            return new DuckDbDatabase(database);

        database.Dispose();
        try
        {
            throw DuckDbException.FromMessage(Marshal.PtrToStringUTF8(error));
        }
        finally
        {
            DuckDbNative.Free(error);
        }
    }

    /// <summary>Opens a connection. It outlives this object: the database closes when its last connection is gone.</summary>
    /// <param name="tellsProgress">Whether it computes the progress of its queries, which costs a twentieth of their CPU time.</param>
    public DuckDbConnection Connect(bool tellsProgress = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (DuckDbNative.Connect(_handle, out var connection) == NativeState.Success)
        {
            connection.HoldOpen(_handle);
            return new DuckDbConnection(connection, tellsProgress);
        }

        connection.Dispose();
        throw new DuckDbException(DuckDbErrorType.Connection, "DuckDB opened no further connection");
    }

    public void Dispose()
    {
        _disposed = true;
        _handle.Dispose();
    }
}
