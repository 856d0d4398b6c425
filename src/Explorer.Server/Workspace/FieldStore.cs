using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>
/// The saved calculated fields of all users, in one file of the workspace that is replaced as a whole. Bounded; safe to call concurrently. Reading
/// does no I/O.
/// </summary>
internal sealed partial class FieldStore : IDisposable
{
    /// <summary>Saved fields; a query takes those of them that it uses.</summary>
    public const int MaxFields = 1_000;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly string _file;
    private ImmutableArray<CalculatedField> _fields;

    /// <summary>Reads the file; one that is damaged is set aside, and there are no fields.</summary>
    public FieldStore(ExplorerOptions options, ILogger<FieldStore> logger)
    {
        _file = Path.Combine(Directory.CreateDirectory(Path.Combine(options.DataDirectory, "workspace")).FullName, "fields.json");
        _fields = [];
        try
        {
            if (File.Exists(_file)) _fields = Read(File.ReadAllBytes(_file));
        }
        catch (JsonException e)
        {
            var aside = _file + ".damaged";
            File.Move(_file, aside, overwrite: true);
            LogDamaged(logger, aside, e);
        }
    }

    /// <summary>The fields in the order of their names.</summary>
    public ImmutableArray<CalculatedField> All => ImmutableInterlocked.InterlockedCompareExchange(ref _fields, default, default);

    public CalculatedField? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    /// <summary>Saves a field in place of one of its name.</summary>
    /// <returns>False when there are as many as there may be.</returns>
    public async Task<bool> SaveAsync(CalculatedField field, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var others = All.RemoveAll(f => f.Name == field.Name);
            if (others.Length >= MaxFields) return false;
            await Task.Run(() => Write([.. others.Add(field).OrderBy(f => f.Name, StringComparer.Ordinal)]), CancellationToken.None);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <returns>False when there is no such field.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (Find(name) is not { } field) return false;
            await Task.Run(() => Write(All.Remove(field)), CancellationToken.None);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    private static ImmutableArray<CalculatedField> Read(byte[] file)
    {
        try
        {
            using var document = JsonDocument.Parse(file);
            return [.. document.RootElement.GetProperty("fields").EnumerateArray().Select(f => new CalculatedField(f.GetProperty("name").GetString()!, f.GetProperty("expression").GetString()!))];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new JsonException("not a file of fields", e);
        }
    }

    private void Write(ImmutableArray<CalculatedField> fields)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("fields");
            foreach (var field in fields)
            {
                json.WriteStartObject();
                json.WriteString("name", field.Name);
                json.WriteString("expression", field.Expression);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        WholeFile.Write(_file, text.WrittenSpan, Durability.Sync);
        ImmutableInterlocked.InterlockedExchange(ref _fields, fields);
    }

    [LoggerMessage(1, LogLevel.Error, "The file of saved fields was damaged and is now {Path}; there are no saved fields")]
    private static partial void LogDamaged(ILogger logger, string path, Exception exception);
}
