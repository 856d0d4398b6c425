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
    [InlineData("-2h", 7200)]
    [InlineData("-1h30m", 5400)]
    [InlineData("last week", 7 * 86400)]
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
    [InlineData("Fri 09:00-10:00", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z")]
    [InlineData("thursday 9:00 to 10:00", "2026-11-19T09:00:00Z", "2026-11-19T10:00:00Z")]
    [InlineData("9:00-10:00 on Thursday", "2026-11-19T09:00:00Z", "2026-11-19T10:00:00Z")]
    [InlineData("last monday", "2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z")]
    [InlineData("last fri", "2026-11-13T00:00:00Z", "2026-11-14T00:00:00Z")]
    [InlineData("friday", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")]
    [InlineData("fri 14:00-15:00", "2026-11-13T14:00:00Z", "2026-11-13T15:00:00Z")]
    [InlineData("mon 22:00 - tue 03:00", "2026-11-16T22:00:00Z", "2026-11-17T03:00:00Z")]
    [InlineData("since monday", "2026-11-16T00:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("since yesterday", "2026-11-19T00:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("since 23:00", "2026-11-19T23:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("14:00-15:00", "2026-11-19T14:00:00Z", "2026-11-19T15:00:00Z")]
    [InlineData("yesterday 22:00 to 03:00", "2026-11-19T22:00:00Z", "2026-11-20T03:00:00Z")]
    [InlineData("yesterday 22:00 to today 3:00", "2026-11-19T22:00:00Z", "2026-11-20T03:00:00Z")]
    [InlineData("between 10:00 and 11:00", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("2026-11-20 10:00 to 11:00", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("2026-11-20 10:00-11:00", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("2026-11-20T10:00:00-01:00", "2026-11-20T11:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("20 Nov 9:00-10:00", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z")]
    [InlineData("Nov 18", "2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z")]
    [InlineData("December 24th", "2025-12-24T00:00:00Z", "2025-12-25T00:00:00Z")]
    [InlineData("3 Mar 2025 to 5 Mar 2025", "2025-03-03T00:00:00Z", "2025-03-05T00:00:00Z")]
    [InlineData("9-10am", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z")]
    [InlineData("9:30 pm - 11pm yesterday", "2026-11-19T21:30:00Z", "2026-11-19T23:00:00Z")]
    [InlineData("midnight to noon", "2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("around 10:00", "2026-11-20T09:45:00Z", "2026-11-20T10:15:00Z")]
    [InlineData("10:00 ± 5 min", "2026-11-20T09:55:00Z", "2026-11-20T10:05:00Z")]
    [InlineData("yesterday 10:00 +/- 30m", "2026-11-19T09:30:00Z", "2026-11-19T10:30:00Z")]
    [InlineData("around 2026-11-20T10:00:00Z", "2026-11-20T09:45:00Z", "2026-11-20T10:15:00Z")]
    [InlineData("10:00 for 20 min", "2026-11-20T10:00:00Z", "2026-11-20T10:20:00Z")]
    [InlineData("-2h to -1h", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("now-2h to now-1h", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")]
    [InlineData("now-2h", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("10:00-10:20 2 days ago", "2026-11-18T10:00:00Z", "2026-11-18T10:20:00Z")]
    [InlineData("this week", "2026-11-16T00:00:00Z", "2026-11-20T12:00:00Z")]
    [InlineData("this month", "2026-11-01T00:00:00Z", "2026-11-20T12:00:00Z")]
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
    [InlineData("9-10")]
    [InlineData("13pm")]
    [InlineData("31 feb")]
    [InlineData("last someday")]
    [InlineData("around")]
    [InlineData("around 10:00 ± soon")]
    [InlineData("10:00 for ever")]
    [InlineData("-")]
    [InlineData("- - - - -")]
    [InlineData("to to to")]
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
    public void Days_are_those_of_the_zone()
    {
        // Saturday has begun there, and the night goes over from the day before.
        var late = new DateTimeOffset(2026, 11, 20, 23, 0, 0, TimeSpan.Zero);
        (string, string) Read(string text) =>
            TimeText.TryParse(text, late, PlusTwo, out var range) && range is TimeRange.Between between ? (UnixTime.ToRfc3339(between.StartUnixNs), UnixTime.ToRfc3339(between.EndUnixNs)) : ("", "");
        Read("sat").ShouldBe(("2026-11-20T22:00:00Z", "2026-11-21T22:00:00Z"));
        Read("23:30-00:30").ShouldBe(("2026-11-20T21:30:00Z", "2026-11-20T22:30:00Z"));
        Read("since 23:30").ShouldBe(("2026-11-20T21:30:00Z", "2026-11-20T23:00:00Z"));
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
