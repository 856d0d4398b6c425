using System.Collections.Immutable;
using System.Diagnostics;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// The work on sealed segments: merges small neighbours, compresses old events for size, and makes lost statistics again. It has one thread of low priority, which gives way to
/// queries (<see cref="WorkPace"/>), and an engine of its own with that one thread and a share of memory.
/// </summary>
internal sealed class Compactor : IDisposable
{
    private const int Retries = 3;

    /// <summary>Segments as they were sealed, up to which merging gives way to questions; more of them would be worse for these.</summary>
    private const int MaxFresh = 24;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly EventStoreOptions _options;
    private readonly StoreFiles _files;
    private readonly PublishedState _published;
    private readonly Lock _publishing;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _wanted = new(1);
    private readonly SemaphoreSlim _working = new(1, 1);
    private readonly Thread _thread;
    private readonly HashSet<Segment> _leftAlone = [];
    private readonly Func<bool> _isBusy;
    private long _rewritten;

    /// <param name="options">The store's settings.</param>
    /// <param name="files">Its directories.</param>
    /// <param name="published">Its state.</param>
    /// <param name="publishing">Held by whoever takes segments out of the state.</param>
    /// <param name="isBusy">Whether somebody waits for what this work takes time from.</param>
    public Compactor(EventStoreOptions options, StoreFiles files, PublishedState published, Lock publishing, Func<bool> isBusy)
    {
        (_options, _files, _published, _publishing, _isBusy) = (options, files, published, publishing, isBusy);
        _thread = new Thread(Run) { IsBackground = true, Name = "explorer-compact" };
        _thread.Start();
    }

    /// <summary>Arrival times that one segment may span.</summary>
    public TimeSpan MaxSpan { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Bytes of segments that took the place of others, since the start.</summary>
    public long BytesRewritten => Interlocked.Read(ref _rewritten);

    /// <summary>There is something new to look at.</summary>
    public void Wake() => _wanted.Release();

    /// <summary>Merges what there is, however little it brings, at the caller's priority, and returns when that is done.</summary>
    /// <exception cref="EventStoreException">It could not be done, or the store is closing.</exception>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _working.WaitAsync(stop.Token);
            try
            {
                await Task.Run(() => Work(force: true, stop.Token), CancellationToken.None);
            }
            finally
            {
                _working.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EventStoreException(EventStoreFault.Closed, "the store is closing");
        }
        catch (Exception e) when (e is DuckDbException or IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException("the segments could not be compacted", e);
        }
    }

    /// <summary>Stops the work at once; what is half done is thrown away.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        _thread.Join();
        _working.Wait();
    }

    private void Run()
    {
        ThreadPriorities.LowerCurrent();
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                _wanted.Wait(Interval, _closing.Token);
                while (_wanted.Wait(0)) { }
                _working.Wait(_closing.Token);
                try
                {
                    Work(force: false, _closing.Token);
                }
                finally
                {
                    _working.Release();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
#pragma warning disable CA1031 // the edge of the thread: what it could not do now it can perhaps do later, and the process goes on
            catch (Exception e)
#pragma warning restore CA1031
            {
                _options.Logger.CompactionFailed(e);
                _closing.Token.WaitHandle.WaitOne(Interval);
            }
        }
    }

    private void Work(bool force, CancellationToken cancellationToken)
    {
        using var engine = new LazyEngine(_options.CompactionMemoryBytes, Path.Combine(_files.Temporary, "compact"));
        foreach (var segment in _published.Current.Segments.Where(s => !s.HasStatistics && !_leftAlone.Contains(s))) Try([segment], () => Learn(segment, engine, cancellationToken));
        var pace = force ? WorkPace.Steady(cancellationToken) : new WorkPace(() => !IsBehind && _isBusy(), cancellationToken, () => _options.Step?.Invoke("compact.waits"));
        while (Next(force) is { } plan && Try(plan.Inputs, () => Merge(plan, engine, pace))) pace.Step();
    }

    /// <summary>
    /// Works on segments, or finds that it cannot: for want of memory, or since one of them is damaged or gone. Then they stay as they are until the
    /// next start, and do not keep others from being merged. A disk that fails ends the round instead: it fails others too.
    /// </summary>
    private bool Try(ImmutableArray<Segment> segments, Func<bool> work)
    {
        try
        {
            return work();
        }
        catch (DuckDbException e) when (e.ErrorType == DuckDbErrorType.OutOfMemory)
        {
            _options.Logger.TooLargeToCompact(segments.Length, segments.Sum(s => s.Footer.Events), _options.CompactionMemoryBytes, e);
            _leftAlone.UnionWith(segments);
            return true;
        }
#pragma warning disable CA1031 // what a damaged file leads to is not known beforehand
        catch (Exception e) when (e is not OperationCanceledException && !(DuckDbException.IsOfDisk(e) && segments.All(s => File.Exists(s.Path))))
#pragma warning restore CA1031
        {
            _options.Logger.NotMerged(segments.Length, e);
            _leftAlone.UnionWith(segments);
            return true;
        }
    }

    /// <summary>True when so many segments wait to be merged that questions would rather have it done.</summary>
    private bool IsBehind => _published.Current.Segments.Count(s => s.Footer.Generation == 0 && !_leftAlone.Contains(s)) > MaxFresh;

    private CompactionPlan? Next(bool force)
    {
        var segments = _published.Current.Segments;
        _leftAlone.IntersectWith(segments);
        if (_options.CompactEvents == 0) return null;
        var free = segments.Where(s => !_leftAlone.Contains(s) && !_files.HasJournal(s));
        return CompactionPlan.Next(free, new CompactionBounds(_options.CompactEvents, _options.CompressAfter, MaxSpan), _options.Time.GetUtcNow(), force);
    }

    /// <summary>Makes the statistics of a segment again; false when it is gone.</summary>
    private bool Learn(Segment segment, LazyEngine engine, CancellationToken cancellationToken)
    {
        if (!TryLease([segment])) return false;
        try
        {
            LostStatistics.Restore(segment, engine, cancellationToken);
            return true;
        }
        finally
        {
            segment.Release();
        }
    }

    /// <summary>Puts one segment in the place of several; false when one of them is gone.</summary>
    private bool Merge(CompactionPlan plan, LazyEngine engine, WorkPace pace)
    {
        if (!TryLease(plan.Inputs)) return false;
        var watch = Stopwatch.StartNew();
        var footer = SegmentMerge.Footer(plan, plan.Inputs.SelectMany(s => s.Footer.Replaces).Where(name => File.Exists(Path.Combine(_files.Segments, name))));
        var file = new SegmentFile(_files.Segments, footer);
        try
        {
            // Else wrong values would look right, and what shows that they are not be deleted.
            if (plan.Inputs.RemoveAll(s => s.IsSound(pace.Stop)) is { IsEmpty: false } unsound)
            {
                foreach (var segment in unsound) _options.Logger.Unsound(segment.Path);
                _leftAlone.UnionWith(unsound);
                return true;
            }

            var statistics = TryWriteEvents(file, plan, footer, pace);
            if (statistics is null)
            {
                WriteEvents(file, plan, footer, engine.Connection, pace.Stop);
                statistics = SegmentMerge.Statistics(engine.Connection, plan.Inputs, footer, file.UnfinishedPath, pace.Stop);
            }

            file.WriteStatistics(statistics, _options.Step);
            _options.Step?.Invoke("compact.written");
            if (!TryPublish(plan, file)) return false;
            _options.Logger.Compacted(plan.Inputs.Length, footer.Events, plan.Inputs.Sum(s => s.Bytes), file.Bytes, watch.ElapsedMilliseconds);
        }
        catch
        {
            file.Discard();
            throw;
        }
        finally
        {
            foreach (var input in plan.Inputs) input.Release();
        }

        _options.Step?.Invoke("compact.inputs-deleted");
        return true;
    }

    /// <summary>Merges without the engine; null when it is needed: for the text of a number, for another compression, or for a file that is not as ours are.</summary>
    private SegmentStatistics? TryWriteEvents(SegmentFile file, CompactionPlan plan, SegmentFooter footer, WorkPace pace)
    {
        if (!ParquetMerge.CanMerge(plan.Inputs, footer) || plan.Inputs.Any(s => !s.HasStatistics)) return null;
        try
        {
            var statistics = SegmentMerge.StatisticsOf(plan.Inputs, footer);
            if (footer.Columns.Any(c => c.Name == WellKnownColumns.TraceId && c.Type is not (StorageType.Id or StorageType.String))) statistics.Traces.Forget();
            file.WriteEvents(plan.Inputs, _options.CompactionMemoryBytes, statistics, pace);
            return statistics.Build(footer.Events);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e) && e is not IOException)
        {
            _options.Logger.LeftToEngine(plan.Inputs.Length, e);
            file.Discard();
            return null;
        }
    }

    /// <summary>
    /// Writes the events in order of time or, where the memory does not allow to sort them, in the order in which they arrived, and in
    /// smaller row groups where it does not hold one: how long texts are is only known when they have been read.
    /// </summary>
    private void WriteEvents(SegmentFile file, CompactionPlan plan, SegmentFooter footer, DuckDbConnection connection, CancellationToken cancellationToken)
    {
        var select = SegmentMerge.SelectInOrder(plan.Inputs, footer);
        var values = SegmentFile.ValuesFor(_options.CompactionMemoryBytes);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                file.WriteEvents(connection, select, values, cancellationToken);
                return;
            }
            catch (DuckDbException e) when (e.ErrorType == DuckDbErrorType.OutOfMemory && attempt < Retries)
            {
                file.Discard();
                if (attempt > 0) values /= 4;
                select = SegmentMerge.Select(plan.Inputs, footer);
            }
        }
    }

    /// <summary>One rename makes the new segment count and the old ones not: its footer names them.</summary>
    private bool TryPublish(CompactionPlan plan, SegmentFile file)
    {
        lock (_publishing)
        {
            if (!plan.Inputs.All(_published.Current.Segments.Contains))
            {
                file.Discard();
                return false;
            }

            file.Rename();
            DirectorySync.Flush(_files.Segments);
            _options.Step?.Invoke("compact.renamed");
            _published.Replace(plan.Inputs, file.ToSegment(_options));
        }

        _options.Step?.Invoke("compact.published");
        Interlocked.Add(ref _rewritten, file.Bytes);
        foreach (var input in plan.Inputs) input.Remove();
        return true;
    }

    private bool TryLease(ImmutableArray<Segment> segments)
    {
        lock (_publishing)
        {
            if (!segments.All(_published.Current.Segments.Contains)) return false;
            foreach (var segment in segments) segment.Lease();
            return true;
        }
    }
}
