using Explorer.Client.Display;
using Storage.Queries;

namespace Explorer.Client.Tests.Display;

public sealed class FormatTests
{
    // No-break spaces are written as _ here.
    private static string Plain(string text) => text.Replace('\u00A0', '_');

    [Theory]
    [InlineData(1.1, "1.10_ms")]
    [InlineData(86.2, "86.2_ms")]
    [InlineData(418, "418_ms")]
    [InlineData(2910, "2.91_s")]
    [InlineData(999.4, "999_ms")]
    [InlineData(999.6, "1.00_s")]
    [InlineData(99_949, "99.9_s")]
    [InlineData(200_000, "3_min_20_s")]
    [InlineData(8_040_000, "2_h_14_min")]
    [InlineData(273_600_000, "3_d_4_h")]
    [InlineData(0, "0_ms")]
    [InlineData(0.0451, "45.1_µs")]
    [InlineData(0.000045, "45.0_ns")]
    [InlineData(-5, "−5.00_ms")]
    [InlineData(double.NaN, "–")]
    public void Durations(double milliseconds, string expected) => Plain(Format.Duration(milliseconds)).ShouldBe(expected);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(98412, "98,412")]
    [InlineData(999_999, "999,999")]
    [InlineData(1_280_000, "1.28_M")]
    [InlineData(519_287.0, "519,287")]
    [InlineData(12.5, "12.5")]
    [InlineData(-1000, "−1,000")]
    public void Counts(double number, string expected) => Plain(Format.Count(number)).ShouldBe(expected);

    [Theory]
    [InlineData(61.4e9, "61.4_GB")]
    [InlineData(999, "999_B")]
    [InlineData(999.7, "1.00_kB")]
    [InlineData(1500, "1.50_kB")]
    public void Bytes(double bytes, string expected) => Plain(Format.Bytes(bytes)).ShouldBe(expected);

    [Theory]
    [InlineData(4.21, "4.21_%")]
    [InlineData(9.996, "10.0_%")]
    [InlineData(95.64, "95.6_%")]
    [InlineData(0, "0.00_%")]
    [InlineData(0.001, "<0.1_%")]
    public void Percents(double number, string expected) => Plain(Format.Number(number, Unit.Percent)).ShouldBe(expected);

    [Theory]
    [InlineData("duration_ms", Unit.Milliseconds)]
    [InlineData("P99(duration_ms)", Unit.Milliseconds)]
    [InlineData("SUM(http.request.body_bytes)", Unit.Bytes)]
    [InlineData("error_rate %", Unit.Percent)]
    [InlineData("COUNT", Unit.Count)]
    [InlineData("COUNT_DISTINCT(user.id)", Unit.Count)]
    [InlineData("COUNT(duration_ms)", Unit.Count)]
    [InlineData("MIN(time)", Unit.Instant)]
    [InlineData("items", Unit.None)]
    [InlineData("ms", Unit.None)]
    [InlineData("bytes_per_s", Unit.None)]
    [InlineData("per_s", Unit.None)]
    public void Units_come_from_names(string column, Unit unit) => Units.Of(column).ShouldBe(unit);

    [Fact]
    public void Cells_leave_the_percent_sign_to_the_head()
    {
        Format.Cell(4.21, Unit.Percent).ShouldBe("4.21");
        Format.Cell(Value.Null, Unit.None).ShouldBe("–");
        Format.Exact(1234567L).ShouldBe("1,234,567");
    }

    [Fact]
    public void Text_is_one_line_and_keeps_its_direction()
    {
        Format.Text("a\nb\t\0c").ShouldBe("a\\nb\\t\\0c");
        Format.Text("abc\u202Edef").ShouldBe("abc\\u202Edef");
        Format.Text("<b>x</b>").ShouldBe("<b>x</b>");
        Format.Text(Value.Of("")).ShouldBe("\"\"");
        Format.Text(Value.Null).ShouldBe("(missing)");
        Format.Text(new string('x', 300)).Length.ShouldBe(201);
        Format.Text(new string('x', 199) + "🙂🙂").ShouldBe(new string('x', 199) + "…");
        Format.Middle("checkout-eu-7c9f-x2k4p", 12).ShouldBe("check…-x2k4p");
    }

    [Theory]
    [InlineData(60, "1_min")]
    [InlineData(5400, "1_h_30_min")]
    [InlineData(10, "10_s")]
    [InlineData(0.25, "250_ms")]
    [InlineData(604800, "7_d")]
    public void Chosen_lengths_are_exact(double seconds, string expected) => Plain(Format.Length(TimeSpan.FromSeconds(seconds))).ShouldBe(expected);

    [Fact]
    public void Windows_say_no_more_than_needed()
    {
        var now = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        TimeLabel.Window(At("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"), now, TimeZoneInfo.Utc).ShouldBe("10:00 – 12:00");
        TimeLabel.Window(At("2026-11-19T10:00:00Z", "2026-11-20T12:00:00Z"), now, TimeZoneInfo.Utc).ShouldBe("19 Nov 10:00 – 20 Nov 12:00");
        TimeLabel.Window(At("2026-11-19T10:00:00Z", "2026-11-19T10:05:30Z"), now, TimeZoneInfo.Utc).ShouldBe("19 Nov 10:00:00 – 10:05:30");
        TimeLabel.Window(At("2025-11-19T10:00:00Z", "2025-11-19T12:00:00Z"), now, TimeZoneInfo.Utc).ShouldBe("19 Nov 2025 10:00 – 12:00");
        TimeLabel.Full(At("2026-11-20T11:24:17.406Z", "2026-11-20T12:00:00Z").StartUnixNs, TimeZoneInfo.Utc).ShouldBe("Fri 20 Nov 2026 11:24:17.406 UTC");
    }

    [Fact]
    public void Time_ticks_are_round_and_few()
    {
        var ticks = TimeLabel.Ticks(At("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"), 14, TimeZoneInfo.Utc);
        ticks.Select(t => t.Text).ShouldBe(["10:00", "10:10", "10:20", "10:30", "10:40", "10:50", "11:00", "11:10", "11:20", "11:30", "11:40", "11:50"]);
        TimeLabel.Ticks(At("2026-11-19T22:00:00Z", "2026-11-20T02:00:00Z"), 6, TimeZoneInfo.Utc).Select(t => t.Text).ShouldBe(["22:00", "23:00", "20 Nov", "01:00"]);
        TimeLabel.Ticks(TimeWindow.All, 10, TimeZoneInfo.Utc).Length.ShouldBeLessThan(12);
        TimeLabel.Ticks(default, 10, TimeZoneInfo.Utc).ShouldBeEmpty();
    }

    [Fact]
    public void Services_have_colours_of_their_own()
    {
        var colors = new ServiceColors();
        var numbers = Enumerable.Range(0, 10).Select(i => colors.NumberOf($"service-{i}")).ToList();
        numbers.Order().ShouldBe(Enumerable.Range(1, 10));
        colors.NumberOf("service-3").ShouldBe(numbers[3]);
        colors.NumberOf("an eleventh").ShouldBeInRange(1, 10);
        new ServiceColors().NumberOf("checkout").ShouldBe(new ServiceColors().NumberOf("checkout"));
    }

    private static TimeWindow At(string start, string end) => new(Ns(start), Ns(end));

    private static long Ns(string time) => UnixTime.FromDateTimeOffset(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData(576.0, 100.0, Unit.None, "+476\u00A0%")]
    [InlineData(99.5, 100.0, Unit.Milliseconds, "\u22120.5\u00A0%")]
    [InlineData(104.0, 100.0, Unit.Count, "+4.0\u00A0%")]
    [InlineData(100.0, 100.0, Unit.None, "0.0\u00A0%")]
    [InlineData(4.61, 3.59, Unit.Percent, "+1.02\u00A0pt")]
    [InlineData(5.0, 0.0, Unit.None, "new")]
    [InlineData(double.NaN, 1.0, Unit.None, "–")]
    public void A_change_is_signed_and_relative_to_the_earlier_value(double now, double before, Unit unit, string text) => Format.Change(now, before, unit).ShouldBe(text);

    [Fact]
    public void There_is_no_change_from_nothing() => Format.Change(Value.Of(1), Value.Null, Unit.None).ShouldBe("–");
}
