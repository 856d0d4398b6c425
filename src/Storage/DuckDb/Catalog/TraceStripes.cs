namespace Storage.DuckDb.Catalog;

/// <summary>
/// Which traces are not in a segment, and where in it the others may be: a filter for each stripe of its rows. Spans of a trace arrive close
/// together, so most traces are in one or two stripes, and one filter for each takes little more than one for all.
/// </summary>
/// <param name="rowsPerStripe">Rows that a filter speaks for; the last one speaks for what is left.</param>
/// <param name="filters">The filters in the order of the rows.</param>
internal sealed class TraceStripes(long rowsPerStripe, IReadOnlyList<TraceFilter> filters)
{
    /// <summary>Rows of a stripe: those of a row group, which is what is read or not.</summary>
    public const int Rows = 122_880;

    /// <summary>Rows that a filter speaks for.</summary>
    public long RowsPerStripe => rowsPerStripe;

    public IReadOnlyList<TraceFilter> Filters => filters;

    /// <summary>False when no event belongs to a trace of that key.</summary>
    public bool MayContain(ulong key)
    {
        foreach (var filter in filters)
            if (filter.MayContain(key)) return true;
        return false;
    }

    /// <summary>False when no event at some rows belongs to a trace of that key.</summary>
    /// <param name="key">See <see cref="TraceFilter.KeyOf"/>.</param>
    /// <param name="first">The first of the rows.</param>
    /// <param name="end">The row behind the last.</param>
    public bool MayContain(ulong key, long first, long end)
    {
        if (end > rowsPerStripe * filters.Count) return true; // rows that no filter speaks for
        for (var stripe = first / rowsPerStripe; stripe * rowsPerStripe < end; stripe++)
            if (filters[(int)stripe].MayContain(key)) return true;
        return false;
    }
}
