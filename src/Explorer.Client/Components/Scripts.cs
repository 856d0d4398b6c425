using Microsoft.JSInterop;

namespace Explorer.Client.Components;

/// <summary>The end of objects that live in the browser.</summary>
internal static class Scripts
{
    /// <summary>Lets the object clean up after itself and releases it; does nothing when the page is gone.</summary>
    public static async Task EndAsync(IJSObjectReference? reference)
    {
        if (reference is null) return;
        try
        {
            await reference.InvokeVoidAsync("dispose");
            await reference.DisposeAsync();
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone, and the object with it.
        }
    }
}
