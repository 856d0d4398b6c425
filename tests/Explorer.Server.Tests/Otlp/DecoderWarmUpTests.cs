using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Tests.Otlp;

public sealed class DecoderWarmUpTests
{
    [Fact]
    public void It_decodes_records_of_every_kind_and_none_is_refused()
    {
        var requests = DecoderWarmUp.Requests.ToList();
        requests.Select(r => r.Signal).ShouldBe([OtlpSignal.Traces, OtlpSignal.Logs, OtlpSignal.Metrics]);
        foreach (var (signal, body) in requests)
        {
            var decoded = Events.Decode(signal, OtlpEncoding.Protobuf, body);
            (decoded.Rejected, decoded.OverflowedValues).ShouldBe((0, 0));
            decoded.Events.ShouldBeGreaterThanOrEqualTo(5);
        }

        DecoderWarmUp.Run();
    }
}
