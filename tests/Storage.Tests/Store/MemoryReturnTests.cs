using System.Runtime.CompilerServices;
using Storage.DuckDb;

namespace Storage.Tests.Store;

public sealed class MemoryReturnTests
{
    [Fact]
    public void A_process_with_more_than_it_may_gives_back_in_the_midst_of_work()
    {
        var clock = new Clock();
        var work = 0L;
        using var memory = new MemoryReturn(clock, residentBytes: 0, () => work++);
        var garbage = Garbage();
        clock.Due.MinBy(timer => timer.Key).Value();
        garbage.IsAlive.ShouldBeFalse();
    }

    /// <summary>Old enough that only a full collection finds it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Garbage() => new(new byte[40 << 20]);

    /// <summary>Timers that wait until somebody calls them.</summary>
    private sealed class Clock : TimeProvider
    {
        public Dictionary<TimeSpan, Action> Due { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Due[dueTime] = () => callback(state);
            return new Waiting();
        }

        private sealed class Waiting : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
