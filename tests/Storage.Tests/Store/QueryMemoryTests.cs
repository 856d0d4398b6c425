using Microsoft.Extensions.Logging;
using Storage.DuckDb.Native;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>What becomes of questions that find too little memory. The bound is that of the process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Collection(Name)]
public sealed class QueryMemoryTests : IDisposable
{
    private const string Name = "memory of queries";
    private const int Events = 30_000, Groups = 5, Users = 9_000;
    private const int ReadAgain = 24;

    private readonly long _bound = KeptValues.MaxBytes;
    private readonly List<string> _told = [];
    private Action _whenReadAgain = () => { };

    public void Dispose() => KeptValues.MaxBytes = _bound;

    [Fact]
    public async Task A_question_waits_for_memory_that_others_hold_and_is_answered_exactly()
    {
        await using var test = await OpenAsync();
        var (run, before) = (KeptValues.Begin(), KeptValues.Bytes);
        KeptValues.Find(run)!.Add(new long[1 << 20]);
        var held = KeptValues.Bytes;
        KeptValues.MaxBytes = held + 4_096;
        _whenReadAgain = () =>
        {
            KeptValues.Bytes.ShouldBe(held); // what the question held is given back before it waits
            KeptValues.End(run);
        };
        var answer = await test.RunAsync(Question(0));
        _told.ShouldBe(["A query found too little memory and is read again when no other heavy query runs"]);
        answer.Meta.Approximate.ShouldBeEmpty();
        Check(answer, 0, 0, 0);
        KeptValues.Bytes.ShouldBe(before);
    }

    [Fact]
    public async Task What_needs_too_much_even_alone_is_estimated_and_says_so()
    {
        await using var test = await OpenAsync();
        KeptValues.MaxBytes = KeptValues.Bytes + 4_096;
        var answer = await test.RunAsync(Question(0));
        _told.Count.ShouldBe(2);
        _told[1].ShouldBe("A query found too little memory and is read again with estimates");
        answer.Meta.Approximate.ShouldBe(["P50(ms)", "COUNT_DISTINCT(user)"]);
        Check(answer, 0, 0.01, 0.03);
        // Of many groups, the engine forgets some when it fails: what they held is given back nonetheless.
        var before = KeptValues.Bytes;
        KeptValues.MaxBytes = before + (1 << 20);
        (await test.RunAsync(Question(0) with { Breakdowns = ["user", "ms"], Orders = [] })).Meta.Approximate.ShouldNotBeEmpty();
        KeptValues.Bytes.ShouldBe(before);
        _told.Clear();
        // What holds nothing is not asked about.
        (await test.RunAsync(Question(0) with { Calculations = [new(CalculationOp.Count)] })).Results.Columns[1][0].ShouldBe(Value.Of(Events / Groups));
        _told.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_many_at_once_none_fails()
    {
        await using var test = await OpenAsync();
        KeptValues.MaxBytes = KeptValues.Bytes + (1 << 20);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => test.RunAsync(Question(i)))));
        for (var i = 0; i < answers.Length; i++) Check(answers[i], i, 0.01, 0.03);
    }

    private async Task<TestStore> OpenAsync()
    {
        var test = await TestStore.OpenAsync(o => o with { Logger = new Listener(this), MaxConcurrentQueries = 4 });
        await test.AppendAsync([.. Enumerable.Range(0, Events).Select(i => ((long)i, new (string, Value)[] { ("user", $"u{i % Users}"), ("ms", Math.Sqrt(i)), ("g", $"g{i % Groups}") }))]);
        await test.Store.SealAsync(CancellationToken.None);
        return test;
    }

    /// <summary>Every salt is a question of its own.</summary>
    private static Query Question(int salt) => new()
    {
        Time = TimeRange.All, Where = new Filter.Condition("ms", FilterOp.GreaterOrEqual, (double)salt), Breakdowns = ["g"], Series = false,
        Calculations = [new(CalculationOp.P50, "ms"), new(CalculationOp.CountDistinct, "user")], Orders = [new Order(new ResultReference(Column: "g"), Descending: false)],
    };

    private static void Check(QueryResult answer, int salt, double ofValue, double ofCount)
    {
        answer.Results.RowCount.ShouldBe(Groups);
        for (var g = 0; g < Groups; g++)
        {
            var events = Enumerable.Range(0, Events).Where(i => i % Groups == g && Math.Sqrt(i) >= salt).ToArray();
            var (ms, users) = (Math.Sqrt(events[((events.Length + 1) / 2) - 1]), events.Select(i => i % Users).Distinct().Count());
            answer.Results.Columns[1][g].AsDouble().ShouldBe(ms, 1e-9 + (ms * ofValue));
            answer.Results.Columns[2][g].AsDouble().ShouldBe(users, 0.5 + (users * ofCount));
        }
    }

    private sealed class Listener(QueryMemoryTests test) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id != ReadAgain) return;
            lock (test._told) test._told.Add(formatter(state, exception));
            test._whenReadAgain();
        }
    }
}
