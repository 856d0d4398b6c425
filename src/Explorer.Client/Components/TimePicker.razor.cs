using System.Globalization;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components.Web;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The button that says the time of the question, and the panel that changes it.</summary>
public sealed partial class TimePicker
{
    private static readonly (string Text, TimeSpan Length)[] Relative =
    [
        ("Last 10 min", TimeSpan.FromMinutes(10)), ("Last 30 min", TimeSpan.FromMinutes(30)), ("Last 1 h", TimeSpan.FromHours(1)), ("Last 2 h", TimeSpan.FromHours(2)),
        ("Last 6 h", TimeSpan.FromHours(6)), ("Last 12 h", TimeSpan.FromHours(12)), ("Last 24 h", TimeSpan.FromHours(24)), ("Last 3 d", TimeSpan.FromDays(3)),
        ("Last 7 d", TimeSpan.FromDays(7)), ("Last 30 d", TimeSpan.FromDays(30)),
    ];

    private bool _isOpen;
    private string _text = "";
    private string _start = "";
    private string _end = "";
    private DateOnly _month;
    private DateOnly? _firstDay;
    private DateOnly? _lastDay;

    private DateTimeOffset Now => Clock.GetUtcNow();

    private TimeRange? Typed => TimeText.TryParse(_text, Now, Zone.Zone, out var range) ? range : null;

    private TimeRange? Absolute =>
        TimeText.TryParse($"{_start} to {_end}", Now, Zone.Zone, out var range) && range is TimeRange.Between ? range : null;

    private string Reading
    {
        get
        {
            if (_text.Trim().Length == 0) return "Enter takes what is typed";
            if (Typed is not { } range) return "not a time yet";
            if (range == TimeRange.All) return "all stored events";
            var window = range.Resolve(Now);
            return $"{TimeLabel.Full(window.StartUnixNs, Zone.Zone)} to {TimeLabel.Full(window.EndUnixNs, Zone.Zone)}";
        }
    }

    private void Close() => _isOpen = false;

    private void Toggle()
    {
        _isOpen = !_isOpen;
        if (!_isOpen) return;
        _text = "";
        _start = Written(Window.StartUnixNs);
        _end = Written(Window.EndUnixNs);
        (_firstDay, _lastDay) = (DateOnly.FromDateTime(TimeLabel.In(Window.StartUnixNs, Zone.Zone).Date), DateOnly.FromDateTime(TimeLabel.In(Window.EndUnixNs, Zone.Zone).Date));
        _month = new DateOnly(_lastDay.Value.Year, _lastDay.Value.Month, 1).AddMonths(-1);
    }

    private string Written(long unixNs) => TimeLabel.In(unixNs, Zone.Zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    // The first click begins a period of whole days, the second ends it.
    private void PickDay(DateOnly day)
    {
        if (_firstDay is { } first && _lastDay is null)
        {
            (_firstDay, _lastDay) = day < first ? (day, first) : (first, day);
            _end = $"{_lastDay.Value.AddDays(1):yyyy-MM-dd} 00:00:00";
        }
        else
        {
            (_firstDay, _lastDay) = (day, null);
            _end = $"{day.AddDays(1):yyyy-MM-dd} 00:00:00";
        }

        _start = $"{_firstDay:yyyy-MM-dd} 00:00:00";
    }

    private Task KeyAsync(KeyboardEventArgs key) => key.Key switch
    {
        "Enter" when Typed is { } range => PickAsync(range),
        _ => Task.CompletedTask,
    };

    private Task AbsoluteKeyAsync(KeyboardEventArgs key) => key.Key switch
    {
        "Enter" when Absolute is { } range => PickAsync(range),
        _ => Task.CompletedTask,
    };

    private Task PickAsync(TimeRange range)
    {
        Close();
        return OnChange.InvokeAsync(range);
    }
}
