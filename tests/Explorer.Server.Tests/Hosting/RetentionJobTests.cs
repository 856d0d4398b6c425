using Explorer.Server.Jobs;
using Explorer.Server.Tests.Otlp;
using Microsoft.Extensions.Logging.Abstractions;
using Storage;

namespace Explorer.Server.Tests.Hosting;

public sealed class RetentionJobTests
{
    [Theory]
    [InlineData(typeof(EventStoreException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task No_fault_of_the_store_ends_the_job_and_with_it_the_process(Type fault)
    {
        await using var store = new RecordingStore { Fault = (Exception)Activator.CreateInstance(fault, "the disk is full")! };
        var options = new ExplorerOptions { Retention = { MaxAge = TimeSpan.FromDays(1) } };
        using var job = new RetentionJob(store, options, NullLogger<RetentionJob>.Instance);
        await job.StartAsync(CancellationToken.None);
        await store.Entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await job.StopAsync(CancellationToken.None);
        job.ExecuteTask!.Status.ShouldBe(TaskStatus.Canceled); // stopped, not failed
    }
}
