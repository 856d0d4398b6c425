using System.Globalization;

namespace Storage.DuckDb;

/// <summary>How much room a query needs beside others.</summary>
internal enum QueryWeight
{
    /// <summary>It reads little.</summary>
    Small,

    /// <summary>It reads much.</summary>
    Heavy,

    /// <summary>It found too little memory beside others: it runs when no heavy one does, and small ones do.</summary>
    Alone,
}

/// <summary>
/// Lets so many queries run at once, and of those that read much only half as many, so that small ones are not behind them. The others wait in
/// line; when the line is full, further ones are refused at once.
/// </summary>
/// <remarks>Nothing of it is disposed: who comes late finds it closed, and it holds nothing but memory.</remarks>
internal sealed class QueryGate(int atOnce, int maxWaiting)
{
    private readonly SemaphoreSlim _all = new(atOnce);
    private readonly SemaphoreSlim _heavy = new(HeavyOf(atOnce));

    /// <summary>Held by the first in the line for heavy places: who needs all of them gets each as it becomes free, and two who do never wait for each other.</summary>
    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    /// <summary>True while a query has a place.</summary>
    public bool IsBusy => _all.CurrentCount < atOnce;

    /// <summary>Waits for a place. Who has one gives it back by disposing.</summary>
    /// <param name="weight">What place it needs. Who needs to be alone has had a place before, so that it is never refused.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EventStoreException">Too many are waiting.</exception>
    public async Task<IDisposable> EnterAsync(QueryWeight weight, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > maxWaiting + atOnce && weight != QueryWeight.Alone)
        {
            Interlocked.Decrement(ref _waiting);
            throw new EventStoreException(EventStoreFault.Busy, string.Create(CultureInfo.InvariantCulture,
                $"{atOnce} queries are running and {maxWaiting} are waiting; try again in a moment, or raise Query:MaxConcurrent or Query:MaxWaiting"));
        }

        var heavy = weight switch { QueryWeight.Small => 0, QueryWeight.Heavy => 1, _ => HeavyOf(atOnce) };
        try
        {
            await TakeHeavyAsync(heavy, cancellationToken);
            try
            {
                await _all.WaitAsync(cancellationToken);
            }
            catch
            {
                GiveHeavy(heavy);
                throw;
            }
        }
        catch
        {
            Interlocked.Decrement(ref _waiting);
            throw;
        }

        return new Place(this, heavy);
    }

    /// <summary>Waits until no query runs, and lets none in any more. Those who wait must have been told to stop.</summary>
    public async Task CloseAsync()
    {
        for (var i = 0; i < atOnce; i++) await _all.WaitAsync(CancellationToken.None);
        await _turn.WaitAsync(CancellationToken.None);
    }

    private static int HeavyOf(int places) => Math.Max(1, places / 2);

    private async Task TakeHeavyAsync(int places, CancellationToken cancellationToken)
    {
        if (places == 0) return;
        await _turn.WaitAsync(cancellationToken);
        var taken = 0;
        try
        {
            for (; taken < places; taken++) await _heavy.WaitAsync(cancellationToken);
        }
        catch
        {
            GiveHeavy(taken);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void GiveHeavy(int places)
    {
        if (places > 0) _heavy.Release(places);
    }

    /// <summary>Counted among the waiting until it is given back, so that line and places have one bound.</summary>
    private sealed class Place(QueryGate gate, int heavy) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) != 0) return;
            Interlocked.Decrement(ref gate._waiting);
            gate.GiveHeavy(heavy); // first: once all have their places back, the gate may be closed
            gate._all.Release();
        }
    }
}
