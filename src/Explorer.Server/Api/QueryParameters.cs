using System.Globalization;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Reads the parameters of a URL, and collects what is wrong with them.</summary>
internal sealed class QueryParameters(IQueryCollection parameters)
{
    private readonly List<QueryError> _errors = [];

    /// <summary>The text of a parameter; null when it is absent or empty.</summary>
    public string? Text(string name) => parameters[name] is [{ Length: > 0 } text, ..] ? text : null;

    public int Int(string name, int absent, int min, int max)
    {
        if (Text(name) is not { } text) return absent;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        _errors.Add(new QueryError(name, $"\"{text}\" is not a whole number from {min} to {max}"));
        return absent;
    }

    /// <summary>The window of <c>start_time</c> and <c>end_time</c>; an absent one leaves its side open.</summary>
    public TimeRange Time()
    {
        var all = TimeWindow.All;
        var start = Instant("start_time", all.StartUnixNs);
        var end = Instant("end_time", all.EndUnixNs);
        if (end <= start) _errors.Add(new QueryError("end_time", "is not after start_time"));
        return new TimeRange.Between(start, end);
    }

    /// <summary>An instant, Unix nanoseconds; null when it is absent.</summary>
    public long? Instant(string name) => Text(name) is null ? null : Instant(name, 0);

    /// <exception cref="ApiException">400 with everything that was wrong.</exception>
    public void ThrowIfFaulty()
    {
        if (_errors.Count > 0) throw new ApiException(StatusCodes.Status400BadRequest, "The parameters are not valid.", [.. _errors]);
    }

    private long Instant(string name, long absent)
    {
        if (Text(name) is not { } text) return absent;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= long.MaxValue / 1_000_000_000)
            return (long)(seconds * 1_000_000_000);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time >= DateTimeOffset.UnixEpoch)
            return UnixTime.FromDateTimeOffset(time);
        _errors.Add(new QueryError(name, $"\"{text}\" is neither Unix seconds nor RFC 3339"));
        return absent;
    }
}
