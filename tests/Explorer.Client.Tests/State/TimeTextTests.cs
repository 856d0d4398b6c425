using Explorer.Client.State;
using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Explorer.Client.Tests.State;

public sealed class TimeTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Utc = TimeZoneInfo.Utc;
    private static readonly TimeZoneInfo PlusTwo = TimeZoneInfo.CreateCustomTimeZone("plus two", TimeSpan.FromHours(2), "plus two", "plus two");

    [Theory]
    [InlineData("2h", 7200)]
    [InlineData("30m", 1800)]
    [InlineData("90min", 5400)]
    [InlineData("7d", 7 * 86400)]
    [InlineData("1w", 7 * 86400)]
    [InlineData("last 90 min", 5400)]
    [InlineData("Last 2 hours", 7200)]
    [InlineData("past day", 86400)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5 days", 129600)]
    [InlineData("  last   10   minutes ", 600)]
    [InlineData("1 h, 5 min", 3900)]
    public void Lengths_are_relative_ranges(string text, int seconds)
    {
        TimeText.TryParse(text, Now, Utc, out var range).ShouldBeTrue();
        range.ShouldBe(new TimeRange.Last(TimeSpan.FromSeconds(seconds)));
    }

    [Theory]
    [InlineData("10:00-10:20", "2026-11-20T10:00:00Z", "2026-11-20T10:20:00Z")]
    [InlineData("10:00 - 10:20", "2026-11-20T10:00:00Z", "2026-11-20T10:20:00Z")]
    [InlineData("10:00–10:20 yesterday", "2026-11-19T10:00:00Z", "2026-11-19T10:20:00Z")]
    [InlineData("yesterday 10:00-10:20", "2026-11-19T10:00:00Z", "2026-11-19T10:20:00Z")]
    [InlineData("23:50-00:10 yesterday", "2026-11-19T23:50:00Z", "2026-11-20T00:10:00Z")]
    [InlineData("2026-11-18 10:00-10:20", "2026-11-18T10:00:00Z", "2026-11-18T10:20:00Z")]
    [InlineData("2026-11-20T10:00:00Z to 2026-11-20T11:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("2026-11-18T10:00Z to 11:00", "2026-11-18T10:00:00Z", "2026-11-18T11:00:00Z")]
    [InlineData("2026-11-20T10:00:00.000000001+01:00/2026-11-20T10:00:00Z", "2026-11-20T09:00:00.000000001Z", "2026-11-20T10:00:00Z")]
    [InlineData("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("since 10:00", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("from 10:00 to 11:00", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("2h ago to 1h ago", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("2h ago", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("10:00 - now", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("today", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")]
    [InlineData("yesterday", "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z")]
    [InlineData("2026-11-01", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")]
    [InlineData("2026-11-01 to 2026-11-03", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z")]
    [InlineData("1795168800 - 1795172400", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("1795168800-1795172400", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("1795168800.5 to 1795172400500", "2026-11-20T10:00:00.5Z", "2026-11-20T11:00:00.5Z")]
    [InlineData("2026-11-20 10:00:05 to 10:00:06.5", "2026-11-20T10:00:05Z", "2026-11-20T10:00:06.5Z")]
    public void Absolute_times_are_read(string text, string start, string end)
    {
        TimeText.TryParse(text, Now, Utc, out var range).ShouldBeTrue();
        var between = range.ShouldBeOfType<TimeRange.Between>();
        (UnixTime.ToRfc3339(between.StartUnixNs), UnixTime.ToRfc3339(between.EndUnixNs)).ShouldBe((start, end));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("10:00-09:00-08:00")]
    [InlineData("25:00-26:00")]
    [InlineData("10:61")]
    [InlineData("5")]
    [InlineData("0h")]
    [InlineData("2x")]
    [InlineData("2026-13-01")]
    [InlineData("2026-11-20T12:00:00Z to 2026-11-20T11:00:00Z")]
    [InlineData("last 99999999999999999999 days")]
    [InlineData("2026-11-20T13:00:00Z")]
    public void Anything_else_is_no_time(string text) => TimeText.TryParse(text, Now, Utc, out _).ShouldBeFalse();

    [Fact]
    public void Clock_times_are_in_the_zone()
    {
        TimeText.TryParse("10:00-10:20", Now, PlusTwo, out var range).ShouldBeTrue();
        UnixTime.ToRfc3339(((TimeRange.Between)range).StartUnixNs).ShouldBe("2026-11-20T08:00:00Z");
    }

    [Fact]
    public void All_is_everything()
    {
        TimeText.TryParse("all", Now, Utc, out var range).ShouldBeTrue();
        range.ShouldBe(TimeRange.All);
    }

    [Theory]
    [InlineData(7200, "2h")]
    [InlineData(5400, "90m")]
    [InlineData(86400, "1d")]
    [InlineData(90, "90s")]
    public void Lengths_are_written_short(int seconds, string text) => TimeText.FormatLength(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    [Fact]
    public void Every_length_comes_back() => Prop.ForAll(
        ArbMap.Default.ArbFor<long>(),
        ticks =>
        {
            var length = TimeSpan.FromTicks(1 + Math.Abs(ticks % TimeSpan.FromDays(3650).Ticks));
            return TimeText.TryParseLength(TimeText.FormatLength(length), out var read) && read == length;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hostile_text_is_refused_in_time()
    {
        TimeText.TryParse(new string('1', 100_000), Now, Utc, out _).ShouldBeFalse();
        TimeText.TryParse(string.Concat(Enumerable.Repeat("1h ", 66)), Now, Utc, out var range).ShouldBeTrue();
        range.ShouldBe(new TimeRange.Last(TimeSpan.FromHours(66)));
    }
}
