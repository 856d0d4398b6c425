using System.Globalization;

namespace Benchmarks.Harness;

/// <summary>What follows the name of a benchmark: <c>--name value</c>, or <c>--name</c> alone for a switch.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Arguments(IEnumerable<string> words)
    {
        string? name = null;
        foreach (var word in words)
        {
            if (word.StartsWith("--", StringComparison.Ordinal)) _values[name = word[2..]] = "";
            else if (name is null) throw new BenchmarkException($"\"{word}\" does not belong to an option");
            else
            {
                _values[name] = word;
                name = null;
            }
        }
    }

    /// <summary>Small sizes and few rounds: shows that a benchmark runs, not how fast anything is.</summary>
    public bool Quick => Has("quick");

    /// <summary>Where everything that is written goes; a real disk, as syncs are measured.</summary>
    public string Directory => Path.GetFullPath(Text("directory", Path.Combine(Repository.Root, "artifacts", "benchmarks")));

    /// <summary>Gives an option a value unless it has one.</summary>
    public void Default(string name, string value) => _values.TryAdd(name, value);

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string otherwise) => _values.TryGetValue(name, out var text) && text.Length > 0 ? text : otherwise;

    /// <summary>A number such as 200000, 200k or 1M.</summary>
    public long Number(string name, long otherwise, long quick) => _values.TryGetValue(name, out var text) ? Parse(name, text) : Quick ? quick : otherwise;

    public int Int(string name, int otherwise, int quick) => checked((int)Number(name, otherwise, quick));

    public double Real(string name, double otherwise, double quick) =>
        !_values.TryGetValue(name, out var text) ? (Quick ? quick : otherwise)
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
        : throw new BenchmarkException($"--{name}: \"{text}\" is not a number");

    private static long Parse(string name, string text)
    {
        var unit = text.Length == 0 ? 1 : text[^1] switch { 'k' => 1_000, 'M' => 1_000_000, _ => 1 };
        var digits = unit == 1 ? text : text[..^1];
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? (long)(value * unit)
            : throw new BenchmarkException($"--{name}: \"{text}\" is not a number such as 500, 200k or 1M");
    }
}
