using System.Globalization;
using System.Text;

namespace Explorer.Client.Components.Charts;

/// <summary>Paths of small inline drawings.</summary>
internal static class Svg
{
    /// <summary>A sparkline on its own scale from 0 (or the lowest value, when that is below 0) to the highest.</summary>
    /// <param name="values">One per time; null is a gap.</param>
    /// <param name="width">Width of the drawing, px.</param>
    /// <param name="height">Height of the drawing, px.</param>
    /// <returns>The path of the line and of the area under it; both empty when there is nothing to draw.</returns>
    public static (string Line, string Area) Sparkline(IReadOnlyList<double?> values, double width, double height)
    {
        if (!values.Any(v => v is not null)) return ("", "");
        var high = Math.Max(0, values.Max() ?? 0);
        var low = Math.Min(0, values.Min() ?? 0);
        if (high == low) high = low + 1;
        var line = new StringBuilder();
        var area = new StringBuilder();
        for (var i = 0; i < values.Count;)
        {
            if (values[i] is null)
            {
                i++;
                continue;
            }

            var end = i;
            while (end + 1 < values.Count && values[end + 1] is not null) end++;
            Segment(values, i, end, v => height - 1 - (v - low) / (high - low) * (height - 2), x => 1 + (values.Count == 1 ? 0.5 : x / (double)(values.Count - 1)) * (width - 2), height, line, area);
            i = end + 1;
        }

        return (line.ToString(), area.ToString());
    }

    /// <summary>Neighbouring values merged until at most <paramref name="most"/> are left; each keeps the highest of its values.</summary>
    public static double?[] Thin(double?[] values, int most)
    {
        if (values.Length <= most) return values;
        var thin = new double?[most];
        for (var i = 0; i < values.Length; i++)
        {
            var at = (int)((long)i * most / values.Length);
            if (values[i] is { } value && !(thin[at] >= value)) thin[at] = value;
        }

        return thin;
    }

    private static void Segment(
        IReadOnlyList<double?> values, int start, int end, Func<double, double> y, Func<int, double> x, double height, StringBuilder line, StringBuilder area)
    {
        area.Append(CultureInfo.InvariantCulture, $"M{x(start):0.#} {height:0.#}");
        for (var i = start; i <= end; i++)
        {
            line.Append(CultureInfo.InvariantCulture, $"{(i == start ? 'M' : 'L')}{x(i):0.#} {y(values[i]!.Value):0.#}");
            area.Append(CultureInfo.InvariantCulture, $"L{x(i):0.#} {y(values[i]!.Value):0.#}");
        }

        // A single point is a short line, so that it is seen at all.
        if (start == end) line.Append("h1.5");
        area.Append(CultureInfo.InvariantCulture, $"L{x(end):0.#} {height:0.#}Z");
    }
}
