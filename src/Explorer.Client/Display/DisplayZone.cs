namespace Explorer.Client.Display;

/// <summary>The zone that times are shown and typed in: UTC, or the browser's own.</summary>
public sealed class DisplayZone
{
    private readonly Func<bool, Task> _changed;
    private readonly TimeZoneInfo _local;

    private DisplayZone(TimeZoneInfo local, bool isLocal, Func<bool, Task> changed)
    {
        _local = local;
        _changed = changed;
        IsLocal = isLocal;
    }

    /// <summary>UTC, for tests and for pages that have no choice.</summary>
    public static DisplayZone Utc { get; } = new(TimeZoneInfo.Utc, false, _ => Task.CompletedTask);

    /// <summary>True when times are in the browser's zone.</summary>
    public bool IsLocal { get; }

    /// <summary>The zone.</summary>
    public TimeZoneInfo Zone => IsLocal ? _local : TimeZoneInfo.Utc;

    /// <summary>What is printed beside a time: <c>UTC</c>, or the IANA name of the zone.</summary>
    public string Label => IsLocal ? _local.Id : "UTC";

    /// <param name="timeZone">IANA name that the browser gave; UTC when this machine does not know it.</param>
    /// <param name="isLocal">Whether the user chose local times.</param>
    /// <param name="changed">Told when the user switches: true to local times.</param>
    public static DisplayZone Create(string timeZone, bool isLocal, Func<bool, Task> changed) =>
        new(TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone) ? zone : TimeZoneInfo.Utc, isLocal, changed);

    /// <summary>Switches between UTC and local.</summary>
    public Task SwitchAsync() => _changed(!IsLocal);
}
