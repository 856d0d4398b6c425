using System.Text;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Flattening;

namespace Explorer.Server.Tests.Otlp;

public sealed class LogTemplateTests
{
    [Theory]
    [InlineData("connection refused", "connection refused")]
    [InlineData("user 1234 logged in from 10.0.0.1:5432", "user <*> logged in from <*>")]
    [InlineData("2023-01-29 15:38:06,120 INFO started", "<*> INFO started")]
    [InlineData("order d9b7f2ac-0d0f-4c2b-8d3e-1f0a5c5d7e10 paid", "order <*> paid")]
    [InlineData("it's not there: 'some file' or \"another\"", "it's not there: <*> or <*>")]
    [InlineData("login user=bob took=12ms ok", "login user=<*> took=<*> ok")]
    [InlineData("[query][trips: [Trip(id=8a53, name=ZhiDa), Trip(id=5c63, name=TeKuai)]]", "[query][trips: [<*>]]")]
    [InlineData("[query][trips: [Trip(id=8a53, name=ZhiDa)]]", "[query][trips: [Trip(<*>)]]")]
    [InlineData("GET /api/v1/orders/77 (slow)", "GET /api/<*>/orders/<*> (slow)")]
    [InlineData("java.lang.NullPointerException: null\n\tat Foo.bar(Foo.java:31)", "java.lang.NullPointerException: null")]
    [InlineData("unbalanced (a, b", "unbalanced (a, b")]
    [InlineData("größe  12\tµm", "größe <*> µm")]
    [InlineData("   ", "")]
    public void Values_give_way_to_placeholders(string text, string template) => Of(text).ShouldBe(template);

    [Fact]
    public void A_template_is_bounded_and_whole_characters()
    {
        for (var n = 200; n < 300; n++)
        {
            var template = Of(new string('x', n) + " ä" + new string('ö', 200));
            Encoding.UTF8.GetByteCount(template).ShouldBeLessThanOrEqualTo(LogTemplate.MaxBytes);
            template.ShouldNotContain('\uFFFD');
        }

        for (var n = 2_030; n < 2_050; n++) Of("call(" + string.Concat(Enumerable.Repeat("a,", n / 2)) + new string('b', n % 2) + ")ää").ShouldNotContain('\uFFFD');

        Of("call(" + string.Concat(Enumerable.Repeat("name=value, ", 1_000)) + ")").ShouldStartWith("call(<*>");
    }

    [Fact]
    public void Records_with_a_text_have_it_and_a_sender_may_give_its_own()
    {
        const string record = """{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"took 5 ms"}},{"timeUnixNano":"2","body":{"stringValue":"took 5 ms"},"attributes":[{"key":"log.record.template","value":{"stringValue":"took <n> ms"}}]},{"timeUnixNano":"3","body":{"intValue":"5"}}]}]}]}""";

        var events = Events.FromJson(OtlpSignal.Logs, record);

        events[0]["log.record.template"].AsString().ShouldBe("took <*> ms");
        events[1]["log.record.template"].AsString().ShouldBe("took <n> ms");
        events[2].ShouldNotContainKey("log.record.template");
    }

    private static string Of(string text)
    {
        var template = new byte[LogTemplate.MaxBytes];
        return Encoding.UTF8.GetString(template, 0, LogTemplate.Write(Encoding.UTF8.GetBytes(text), template));
    }
}
