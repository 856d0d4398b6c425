using System.Text;
using System.Text.Json;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>
/// What the history knows of the kept runs: in memory, and in a file with one line a change, of which the last of a run counts. The file is
/// written anew at a start, and when most of its lines no longer count. A line that is torn or lost costs a name or a star, never a run. Not safe to call concurrently.
/// </summary>
internal sealed class RunIndex
{
    private readonly Dictionary<string, Slot> _byId = new(StringComparer.Ordinal);
    private readonly SortedSet<(long Ticks, string Id)> _loose = [];
    private readonly SortedSet<(long Ticks, string Id)> _pinned = [];
    private readonly string _file;
    private int _lines;

    /// <summary>Whether the file may end within a line: until it is written anew, it is as the process before left it.</summary>
    private bool _isTorn = true;

    private sealed record Slot(RunEntry Entry, string Text, long Bytes);

    public RunIndex(string file) => _file = file;

    public int Count => _byId.Count;

    /// <summary>Bytes of all runs.</summary>
    public long Bytes { get; private set; }

    public RunEntry? Find(string id) => _byId.GetValueOrDefault(id)?.Entry;

    /// <summary>Takes what the file says of runs that are still there.</summary>
    /// <param name="bytes">The runs that are there, with their sizes.</param>
    public void Load(IReadOnlyDictionary<string, long> bytes)
    {
        if (!File.Exists(_file)) return;
        foreach (var line in File.ReadLines(_file))
            if (Parse(line) is { } entry && bytes.TryGetValue(entry.Id, out var size)) Set(entry, size);
    }

    /// <summary>Writes the file anew, with one line a run.</summary>
    public void Rewrite()
    {
        WholeFile.Write(_file, Encoding.UTF8.GetBytes(string.Concat(_byId.Values.OrderBy(s => s.Entry.At).Select(s => Line(s.Entry) + "\n"))), Durability.Sync);
        (_lines, _isTorn) = (_byId.Count, false);
    }

    /// <summary>Takes a run, or what has changed of it, and adds it to the file.</summary>
    public void Write(RunEntry entry, long bytes)
    {
        Set(entry, bytes);
        if (_isTorn || ++_lines > 1000 + 2 * _byId.Count)
        {
            Rewrite();
            return;
        }

        try
        {
            File.AppendAllText(_file, Line(entry) + "\n");
        }
        catch
        {
            _isTorn = true; // a full disk takes a part of a line, and the next one would be lost with it
            throw;
        }
    }

    /// <summary>Takes a run into memory alone.</summary>
    public void Set(RunEntry entry, long bytes)
    {
        Remove(entry.Id);
        _byId.Add(entry.Id, new Slot(entry, $"{entry.Name} {RunPreview.Text(ExplorerUrl.Parse(entry.Address).State)} {entry.Id}", bytes));
        (entry.IsPinned ? _pinned : _loose).Add((entry.At.UtcTicks, entry.Id));
        Bytes += bytes;
    }

    /// <summary>Changes what is known of a run; false when it is not there.</summary>
    public bool Change(string id, Func<RunEntry, RunEntry> change)
    {
        if (!_byId.TryGetValue(id, out var slot)) return false;
        Write(change(slot.Entry), slot.Bytes);
        return true;
    }

    /// <summary>Removes the run that makes room first, the oldest that nobody pinned, and tells its id.</summary>
    public string RemoveOldest()
    {
        var (_, id) = (_loose.Count > 0 ? _loose : _pinned).Min;
        Remove(id);
        return id;
    }

    /// <summary>See <see cref="RunArchive.Search"/>.</summary>
    public List<RunEntry> Search(string text, bool onlyStarred, int most)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var found = new List<RunEntry>();
        foreach (var slot in NewestFirst())
        {
            if (found.Count == most) break;
            if ((!onlyStarred || slot.Entry.IsStarred) && Array.TrueForAll(words, w => slot.Text.Contains(w, StringComparison.OrdinalIgnoreCase))) found.Add(slot.Entry);
        }

        return found;
    }

    private IEnumerable<Slot> NewestFirst()
    {
        using var loose = _loose.Reverse().GetEnumerator();
        using var pinned = _pinned.Reverse().GetEnumerator();
        var (isLoose, isPinned) = (loose.MoveNext(), pinned.MoveNext());
        while (isLoose || isPinned)
        {
            var takesLoose = isLoose && (!isPinned || loose.Current.CompareTo(pinned.Current) > 0);
            yield return _byId[(takesLoose ? loose : pinned).Current.Id];
            if (takesLoose) isLoose = loose.MoveNext();
            else isPinned = pinned.MoveNext();
        }
    }

    private void Remove(string id)
    {
        if (!_byId.Remove(id, out var slot)) return;
        (slot.Entry.IsPinned ? _pinned : _loose).Remove((slot.Entry.At.UtcTicks, id));
        Bytes -= slot.Bytes;
    }

    private static string Line(RunEntry entry)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("id", entry.Id);
            json.WriteString("at", UnixTime.ToRfc3339(UnixTime.FromDateTimeOffset(entry.At)));
            json.WriteString("address", entry.Address);
            if (entry.Name.Length > 0) json.WriteString("name", entry.Name);
            if (entry.IsStarred) json.WriteBoolean("starred", true);
            if (entry.IsShared) json.WriteBoolean("shared", true);
            json.WriteNumber("events", entry.Events);
            json.WriteNumber("elapsed_ms", entry.ElapsedMs);
            json.WriteStartArray("preview");
            foreach (var point in entry.Preview)
            {
                if (point is { } value) json.WriteNumberValue((float)value);
                else json.WriteNullValue();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.ToArray());
    }

    private static RunEntry? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var run = document.RootElement;
            return TimeText.TryParseInstant(run.GetProperty("at").GetString()!, TimeZoneInfo.Utc, out var at)
                ? new RunEntry(
                    run.GetProperty("id").GetString()!, UnixTime.ToDateTimeOffset(at), run.GetProperty("address").GetString()!,
                    run.TryGetProperty("name", out var name) ? name.GetString()! : "", run.TryGetProperty("starred", out _), run.TryGetProperty("shared", out _),
                    run.GetProperty("events").GetInt64(), run.GetProperty("elapsed_ms").GetDouble(),
                    [.. run.GetProperty("preview").EnumerateArray().Select(p => p.ValueKind == JsonValueKind.Number ? p.GetDouble() : (double?)null)])
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
