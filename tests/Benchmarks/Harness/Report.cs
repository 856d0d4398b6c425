using System.Globalization;
using System.Text;

namespace Benchmarks.Harness;

/// <summary>Whether a bar is met.</summary>
internal enum Verdict
{
    Met,
    Missed,

    /// <summary>The runs of one side differ by more than a quarter: the ratio says little.</summary>
    Unsteady,
}

/// <summary>What a benchmark found: a title, tables, and the bars that it holds the product to.</summary>
internal sealed class Report(string title)
{
    private const double SteadySpread = 0.25;
    private readonly List<(string[] Header, List<string[]> Rows)> _tables = [];
    private readonly List<(string Name, string Bar, string Value, Verdict Verdict)> _bars = [];
    private readonly List<string> _notes = [];

    public bool Missed => _bars.Any(bar => bar.Verdict == Verdict.Missed);

    public bool Unsteady => _bars.Any(bar => bar.Verdict == Verdict.Unsteady);

    public static string Number(double value) => value switch
    {
        double.NaN => "-",
        >= 10_000 or <= -10_000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 100 or <= -100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 or <= -10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "x";

    public static string Share(double value) => value.ToString("0 %", CultureInfo.InvariantCulture);

    public static string Bytes(double value) => value switch
    {
        >= 1L << 30 => (value / (1L << 30)).ToString("0.00 GiB", CultureInfo.InvariantCulture),
        >= 1L << 20 => (value / (1L << 20)).ToString("0.0 MiB", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0 B", CultureInfo.InvariantCulture),
    };

    public void Table(params string[] header) => _tables.Add((header, []));

    public void Row(params string[] cells) => _tables[^1].Rows.Add(cells);

    public void Note(string text) => _notes.Add(text);

    /// <summary>A bar on a value that must not be below.</summary>
    public void AtLeast(string name, double value, double bar, string unit, params Samples[] samples) => Add(name, value, bar, unit, value >= bar, "at least", samples);

    /// <summary>A bar on a value that must not be above.</summary>
    public void AtMost(string name, double value, double bar, string unit, params Samples[] samples) => Add(name, value, bar, unit, value <= bar, "at most", samples);

    /// <summary>The table of contenders that did the same work on <paramref name="items"/> things; the first is ours.</summary>
    public void Contest(string item, long items, IReadOnlyDictionary<string, Samples> samples)
    {
        Table("", $"{item} per CPU s (best)", "(median)", "CPU s median", "wall s median", "spread", "ours : this, best", "ours : this, median");
        var ours = samples.First().Value;
        foreach (var (name, side) in samples)
        {
            Row(name, Number(items / side.MinCpu), Number(items / side.MedianCpu), Number(side.MedianCpu), Number(side.MedianWall), Share(side.Spread),
                Ratio(side.MinCpu / ours.MinCpu), Ratio(side.MedianCpu / ours.MedianCpu));
        }
    }

    public string ToText(bool markdown)
    {
        var text = new StringBuilder(markdown ? $"### {title}\n" : $"\n== {title}\n");
        foreach (var (header, rows) in _tables) AppendTable(text, markdown, header, rows);
        if (_bars.Count > 0)
            AppendTable(text, markdown, ["must hold", "bar", "measured", "verdict"], [.. _bars.Select(b => new[] { b.Name, b.Bar, b.Value, b.Verdict.ToString().ToLowerInvariant() })]);
        if (_notes.Count > 0) text.Append('\n');
        foreach (var note in _notes) text.Append(markdown ? "- " : "   ").Append(note).Append('\n');
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, bool markdown, string[] header, List<string[]> rows)
    {
        text.Append('\n');
        var widths = header.Select((cell, i) => Math.Max(cell.Length, rows.Count == 0 ? 0 : rows.Max(row => i < row.Length ? row[i].Length : 0))).ToArray();
        AppendRow(header);
        if (markdown) text.Append('|').Append(string.Concat(header.Select((_, i) => i == 0 ? "---|" : "---:|"))).Append('\n');
        foreach (var row in rows) AppendRow(row);

        void AppendRow(string[] cells)
        {
            if (markdown)
            {
                text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
                return;
            }

            var line = cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
            text.Append("   ").Append(string.Join("   ", line).TrimEnd()).Append('\n');
        }
    }

    private void Add(string name, double value, double bar, string unit, bool met, string relation, Samples[] samples)
    {
        var verdict = samples.Any(s => s.Count > 1 && s.Spread > SteadySpread) ? Verdict.Unsteady : met ? Verdict.Met : Verdict.Missed;
        if (!met && verdict == Verdict.Unsteady && samples.Length > 0) verdict = Verdict.Missed;
        _bars.Add((name, $"{relation} {Number(bar)} {unit}".TrimEnd(), $"{Number(value)} {unit}".TrimEnd(), verdict));
    }
}
