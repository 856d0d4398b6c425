using System.Globalization;

namespace Storage.DuckDb;

/// <summary>
/// Lets so many queries run at once, and of those that read much only half as many, so that small ones are not behind them. The others wait in
/// line; when the line is full, further ones are refused at once.
/// </summary>
internal sealed class QueryGate(int atOnce, int maxWaiting) : IDisposable
{
    private readonly SemaphoreSlim _all = new(atOnce);
    private readonly SemaphoreSlim _heavy = new(Math.Max(1, atOnce / 2));
    private int _waiting;

    /// <summary>True while a query has a place.</summary>
    public bool IsBusy => _all.CurrentCount < atOnce;

    /// <summary>Waits for a place. Who has one gives it back by disposing.</summary>
    /// <param name="isHeavy">True for a query that reads much.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EventStoreException">Too many are waiting.</exception>
    public async Task<IDisposable> EnterAsync(bool isHeavy, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > maxWaiting + atOnce)
        {
            Interlocked.Decrement(ref _waiting);
            throw new EventStoreException(EventStoreFault.Busy, string.Create(CultureInfo.InvariantCulture,
                $"{atOnce} queries are running and {maxWaiting} are waiting; try again in a moment, or raise Query:MaxConcurrent or Query:MaxWaiting"));
        }

        try
        {
            if (isHeavy) await _heavy.WaitAsync(cancellationToken);
            try
            {
                await _all.WaitAsync(cancellationToken);
            }
            catch
            {
                if (isHeavy) _heavy.Release();
                throw;
            }
        }
        catch
        {
            Interlocked.Decrement(ref _waiting);
            throw;
        }

        return new Place(this, isHeavy);
    }

    /// <summary>Waits until no query runs, and lets none in any more.</summary>
    public async Task CloseAsync()
    {
        for (var i = 0; i < atOnce; i++) await _all.WaitAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        _all.Dispose();
        _heavy.Dispose();
    }

    /// <summary>Counted among the waiting until it is given back, so that line and places have one bound.</summary>
    private sealed class Place(QueryGate gate, bool isHeavy) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) != 0) return;
            Interlocked.Decrement(ref gate._waiting);
            gate._all.Release();
            if (isHeavy) gate._heavy.Release();
        }
    }
}
