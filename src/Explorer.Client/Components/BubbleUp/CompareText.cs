using System.Globalization;
using Analysis.BubbleUp;
using Explorer.Client.Display;
using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components.BubbleUp;

/// <summary>What comparisons say, as text.</summary>
internal static class CompareText
{
    private const double SmallestP = 1e-9;
    private const string Digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>A share, 0 to 1, as percent with its sign; nothing at all is a plain 0.</summary>
    public static string Share(double share) => share == 0 ? "0\u00A0%" : Format.Number(share * 100, Unit.Percent);

    /// <summary>A share without its sign: <c>100</c>, <c>97.4</c>.</summary>
    public static string Bare(double share) => share >= 1 ? "100" : Share(share)[..^2];

    /// <summary><c>p &lt; 10⁻⁹</c>, <c>p 3·10⁻⁵</c>, <c>p 0.012</c>.</summary>
    public static string P(double p)
    {
        if (p < SmallestP) return "p < 10" + Power(-9);
        if (p >= 0.001) return "p " + p.ToString(p >= 0.1 ? "0.00" : "0.000", CultureInfo.InvariantCulture);
        var exponent = (int)Math.Floor(Math.Log10(p));
        var head = Math.Round(p / Math.Pow(10, exponent));
        if (head >= 10) (head, exponent) = (1, exponent + 1);
        return string.Create(CultureInfo.InvariantCulture, $"p {head:0}·10{Power(exponent)}");
    }

    /// <summary>How many times as frequent the best statement of a column is in the selection.</summary>
    public static string Lift(ComparedPredicate best) => best switch
    {
        { Baseline.Share: <= 0, Selection.Share: > 0 } => "only in selection",
        { Selection.Share: <= 0, Baseline.Share: > 0 } => "only in baseline",
        { Lift: { } lift } => "lift " + lift.ToString(lift >= 99.5 ? "N0" : lift >= 0.95 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + "×",
        _ => "",
    };

    /// <summary>Counts and intervals of a value, for its tooltip.</summary>
    public static string Counts(string name, SideCount selection, SideCount baseline) =>
        $"{name}\nselection: {Side(selection)}\nbaseline: {Side(baseline)}";

    /// <summary>A statement as a condition: <c>service.version = "2026.11.3"</c>.</summary>
    public static string Statement(Predicate predicate) => Format.Text(QueryText.Format(predicate.ToFilter()));

    /// <summary>How a sample is said: <c>1 : 8</c>.</summary>
    public static string Ratio(double share) => "1 : " + Format.Plain(Math.Max(1, Math.Round(1 / Math.Max(share, 1e-9), share > 0.2 ? 1 : 0)));

    /// <summary>What is selected, in a few words.</summary>
    public static string Of(ExplorerSelection? selection, DateTimeOffset now, TimeZoneInfo zone) => selection switch
    {
        SelectedEvents { Window: { } window, Where: null } => TimeLabel.Window(window, now, zone),
        SelectedEvents { Window: { } window, Where: { } where } => $"{TimeLabel.Window(window, now, zone)} and {Format.Text(QueryText.Format(where), 60)}",
        SelectedEvents { Where: { } where } => Format.Text(QueryText.Format(where), 80),
        HeatmapBox box => TimeLabel.Window(new TimeWindow(box.StartUnixNs, box.EndUnixNs), now, zone),
        _ => "the rest of the query",
    };

    private static string Side(SideCount side) => string.Create(
        CultureInfo.InvariantCulture, $"{Format.Count(Math.Round(side.Events))} events, {Share(side.Share)} ({Bare(side.Low)} to {Bare(side.High)}\u00A0% with 95\u00A0%)");

    private static string Power(int exponent) => (exponent < 0 ? "⁻" : "") + string.Concat(Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).Select(c => Digits[c - '0']));
}
