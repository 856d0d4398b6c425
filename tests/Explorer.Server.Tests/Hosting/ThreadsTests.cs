using Storage;

namespace Explorer.Server.Tests.Hosting;

public sealed class ThreadsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public void There_are_threads_for_what_arrives_while_all_questions_hold_theirs()
    {
        server.App.ShouldNotBeNull();

        ThreadPool.GetMinThreads(out var workers, out _);

        workers.ShouldBeGreaterThan(new EventStoreOptions { DataDirectory = server.DataDirectory }.MaxConcurrentQueries + Environment.ProcessorCount);
    }
}
