using Storage;

namespace Explorer.Server.Jobs;

/// <summary>Removes what the retention settings do not keep, once a minute.</summary>
internal sealed partial class RetentionJob(IEventStore store, ExplorerOptions options, ILogger<RetentionJob> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var policy = options.Retention.Policy;
        if (policy.KeepsAll) return;
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                await store.ExpireAsync(policy, stoppingToken);
            }
#pragma warning disable CA1031 // the edge of the job: what it could not do now it can perhaps do in a minute, and a fault would end the process
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                LogFailed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1, LogLevel.Warning, "Old events could not be removed; the next try is in a minute")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
