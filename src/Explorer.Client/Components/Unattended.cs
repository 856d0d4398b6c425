using Microsoft.JSInterop;

namespace Explorer.Client.Components;

/// <summary>Work that a component begins and nobody waits for.</summary>
internal static class Unattended
{
    /// <summary>Begins the work, whose faults become those of the component. What ends because the page is gone, or uses what went with it, has no fault.</summary>
    /// <param name="work">The work.</param>
    /// <param name="dispatch">The component's <c>DispatchExceptionAsync</c>, so that the view that it stands in says so and no page ends with it.</param>
    public static void Start(Func<Task> work, Func<Exception, Task> dispatch) => _ = RunAsync(work, dispatch);

    private static async Task RunAsync(Func<Task> work, Func<Exception, Task> dispatch)
    {
        try
        {
            await work();
        }
        catch (Exception gone) when (gone is OperationCanceledException or JSDisconnectedException or ObjectDisposedException)
        {
            // The page is gone, and what was done for it with it.
        }
        catch (Exception fault)
        {
            await dispatch(fault);
        }
    }
}
