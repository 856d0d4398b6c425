namespace Explorer.Client.Components.Guide;

/// <summary>The built-in traffic source as the pages see it: off, or on for as long as the process runs.</summary>
/// <param name="tell">Makes the story that the traffic tells; asked once, when it is switched on.</param>
public sealed class DemoSwitch(Func<DemoStory> tell)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _on = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the traffic tells; null while it is off.</summary>
    public DemoStory? Story { get; private set; }

    /// <summary>Ends when the traffic is switched on.</summary>
    public Task On => _on.Task;

    /// <summary>Switches the traffic on; more often changes nothing.</summary>
    public void TurnOn()
    {
        lock (_gate) Story ??= tell();
        _on.TrySetResult();
    }
}
