namespace Storage.Tests;

/// <summary>A test that needs to mount a small disk, which only root may; elsewhere it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_allowed = new(() =>
    {
        using var disk = SmallDisk.TryMount(1);
        return disk is not null;
    });

    public SmallDiskFactAttribute()
    {
        if (!s_allowed.Value) Skip = "mounting a small disk needs root on Linux";
    }
}
