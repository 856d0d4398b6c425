using System.Text.Json;
using Explorer.Client.Display;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>The columns that one person used in questions, and when: completion offers them first. Kept by the browser.</summary>
/// <param name="time">The clock.</param>
/// <param name="keep">Takes the text that the browser keeps, whenever it has changed.</param>
public sealed class RecentColumns(TimeProvider time, Func<string, Task> keep)
{
    /// <summary>Columns that are remembered; the one unused for longest makes room.</summary>
    public const int Max = 50;

    private readonly Dictionary<string, long> _used = new(StringComparer.Ordinal);
    private bool _isRead;

    /// <summary>A memory of nothing that is kept nowhere.</summary>
    public static RecentColumns None { get; } = new(TimeProvider.System, _ => Task.CompletedTask);

    /// <summary>Takes what the browser kept, beside what was used before it told; text that is not ours counts as nothing.</summary>
    public Task ReadAsync(string text)
    {
        var isUsed = _used.Count > 0;
        foreach (var (column, at) in Parse(text).OrderByDescending(c => c.Value).Take(Max)) _used.TryAdd(column, at);
        MakeRoom();
        _isRead = true;
        return isUsed ? keep(JsonSerializer.Serialize(_used)) : Task.CompletedTask;
    }

    /// <summary>Remembers the columns of a question that was asked; before the browser told what it kept, nothing is kept over that.</summary>
    public Task TouchAsync(Query query)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var columns = Columns(query).Where(c => c.Length <= 200).Distinct(StringComparer.Ordinal).Take(Max).ToList();
        if (columns.Count == 0 || ReferenceEquals(this, None)) return Task.CompletedTask;
        foreach (var column in columns) _used[column] = now;
        MakeRoom();
        return _isRead ? keep(JsonSerializer.Serialize(_used)) : Task.CompletedTask;
    }

    /// <summary>When a column was last used, Unix milliseconds; null when it is not remembered.</summary>
    public long? LastUsed(string column) => _used.TryGetValue(column, out var at) ? at : null;

    /// <summary>How long ago that was: <c>3 min ago</c>; empty when it is not remembered.</summary>
    public string Ago(string column)
    {
        if (LastUsed(column) is not { } at) return "";
        var ago = TimeSpan.FromMilliseconds(Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - at));
        return ago < TimeSpan.FromMinutes(1) ? "just now"
            : ago < TimeSpan.FromHours(1) ? Format.Length(TimeSpan.FromMinutes(Math.Floor(ago.TotalMinutes))) + " ago"
            : ago < TimeSpan.FromDays(1) ? Format.Length(TimeSpan.FromHours(Math.Floor(ago.TotalHours))) + " ago"
            : Format.Length(TimeSpan.FromDays(Math.Floor(ago.TotalDays))) + " ago";
    }

    private static Dictionary<string, long> Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, long>>(text) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private void MakeRoom()
    {
        foreach (var old in _used.OrderByDescending(c => c.Value).Skip(Max).Select(c => c.Key).ToList()) _used.Remove(old);
    }

    private static IEnumerable<string> Columns(Query query) =>
        query.Breakdowns.Concat(query.Calculations.Select(c => c.Column).OfType<string>()).Concat(Conditions(query.Where)).Concat(query.Calculations.SelectMany(c => Conditions(c.Where)));

    private static IEnumerable<string> Conditions(Filter? filter) => filter switch
    {
        Filter.And and => and.Parts.SelectMany(Conditions),
        Filter.Or or => or.Parts.SelectMany(Conditions),
        Filter.Not not => Conditions(not.Part),
        Filter.Condition condition => [condition.Column],
        _ => [],
    };
}
