namespace Analysis.Changes;

/// <summary>What is counted: something about an operation of a service.</summary>
internal readonly record struct ChangeKey(string Service, string? Operation, string? Subject);

/// <summary>One kind of change: for everything that it is about, in which traces it could be seen, and in which it was.</summary>
/// <param name="kind">Which kind.</param>
/// <param name="isBad">True when what is counted is a failure: that it gets rarer is for the better.</param>
internal sealed class ChangeCounts(ChangeKind kind, bool isBad = false)
{
    private readonly Dictionary<ChangeKey, Counts> _counts = [];

    /// <summary>Counts a trace in which the key could be seen.</summary>
    /// <param name="key">What it is about.</param>
    /// <param name="trace">Number of the trace.</param>
    /// <param name="isAfter">Which window the trace is in.</param>
    /// <param name="isSeen">Whether it was seen.</param>
    /// <param name="isError">Whether the service failed in that trace.</param>
    public void Add(ChangeKey key, int trace, bool isAfter, bool isSeen, bool isError)
    {
        if (!_counts.TryGetValue(key, out var counts)) _counts.Add(key, counts = new Counts());
        counts.Add(trace, isAfter, isSeen, isError);
    }

    /// <summary>What changed beyond chance. Keys that are seen in the same traces are one test, and what does not vary is none.</summary>
    public IEnumerable<Change> Changes()
    {
        var tests = _counts.Values.Where(c => c.Varies).Select(c => c.Pattern).Distinct().Count();
        var cost = Math.Log2(Math.Max(1, tests)) + Change.KindCost;
        foreach (var (key, counts) in _counts)
        {
            if (counts.Before == 0 || counts.After == 0) continue;
            if (!Change.IsMentioned(counts.Bits, cost)) continue;
            yield return new Change(
                kind, key.Service, key.Operation, key.Subject, counts.Bits - cost, (double)counts.SeenBefore / counts.Before, (double)counts.SeenAfter / counts.After, counts.Before, counts.After)
            {
                IsBetter = isBad ? counts.Rises < 0 : counts.GoesWithFewerErrors, Traces = counts.Pattern,
            };
        }
    }

    private sealed class Counts
    {
        private readonly int[] _traces = new int[8];
        private ulong _possible, _seen;

        public int Before => _traces[0] + _traces[1] + _traces[2] + _traces[3];

        public int After => _traces[4] + _traces[5] + _traces[6] + _traces[7];

        public int SeenBefore => _traces[2] + _traces[3];

        public int SeenAfter => _traces[6] + _traces[7];

        public bool Varies => SeenBefore + SeenAfter > 0 && SeenBefore + SeenAfter < Before + After;

        /// <summary>Equal where the same traces show the same.</summary>
        public ulong Pattern => _possible * 31 + _seen;

        public double Bits => BubbleUp.Netbits.Bits(SeenAfter, SeenBefore, After, Before);

        /// <summary>Above 0 when it is seen more often, below when more seldom.</summary>
        public long Rises => (long)SeenAfter * Before - (long)SeenBefore * After;

        /// <summary>
        /// True when the service fails more seldom, and the change is that of its traces that no longer fail: that explains it.
        /// </summary>
        public bool GoesWithFewerErrors
        {
            get
            {
                var (errorsBefore, errorsAfter) = (_traces[1] + _traces[3], _traces[5] + _traces[7]);
                if ((long)errorsAfter * Before >= (long)errorsBefore * After) return false;
                var (seenError, seen) = (_traces[3] + _traces[7], SeenBefore + SeenAfter);
                var (unseenError, unseen) = (_traces[1] + _traces[5], Before + After - seen);
                var isWithError = (long)seenError * unseen > (long)unseenError * seen;
                return isWithError == Rises < 0 && BubbleUp.Netbits.Bits(seenError, unseenError, seen, unseen) >= Bits / 2;
            }
        }

        public void Add(int trace, bool isAfter, bool isSeen, bool isError)
        {
            _traces[(isAfter ? 4 : 0) + (isSeen ? 2 : 0) + (isError ? 1 : 0)]++;
            var hash = Mix((ulong)trace + 1);
            _possible ^= hash;
            if (isSeen) _seen ^= hash;
        }

        private static ulong Mix(ulong x)
        {
            x = (x + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
            return (x ^ (x >> 27)) * 0x94D049BB133111EB;
        }
    }
}
