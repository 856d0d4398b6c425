using System.Globalization;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Reads OpenTelemetry's sampling threshold from a W3C trace state.</summary>
internal static class TraceState
{
    private const int ThresholdDigits = 14;
    private const double Whole = 1L << (ThresholdDigits * 4);

    /// <inheritdoc cref="SampleRate(ReadOnlySpan{char})"/>
    public static double? SampleRate(ReadOnlySpan<byte> traceState) =>
        traceState.IndexOf("th:"u8) < 0 ? null : SampleRate(System.Text.Encoding.UTF8.GetString(traceState));

    /// <summary>
    /// How many spans a kept one stands for: of 2^56 equally likely random values those below the threshold <c>ot=th:…</c> (hex, right-padded
    /// with zeros) were dropped. Null when the trace state has no valid threshold.
    /// </summary>
    public static double? SampleRate(ReadOnlySpan<char> traceState)
    {
        foreach (var range in traceState.Split(','))
        {
            var member = traceState[range].Trim();
            if (!member.StartsWith("ot=", StringComparison.Ordinal)) continue;
            var subkeys = member[3..];
            foreach (var part in subkeys.Split(';'))
                if (subkeys[part].StartsWith("th:", StringComparison.Ordinal)) return FromThreshold(subkeys[part][3..]);
        }

        return null;
    }

    private static double? FromThreshold(ReadOnlySpan<char> hex)
    {
        if (hex.Length is 0 or > ThresholdDigits) return null;
        // The parser lets zero characters follow the digits.
        if (hex.Contains('\0') || !long.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var threshold)) return null;
        threshold <<= (ThresholdDigits - hex.Length) * 4;
        return Whole / ((1L << (ThresholdDigits * 4)) - threshold);
    }
}
