using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Explore;

/// <summary>What a contender answered, in the one form in which all are compared: rows of a key and numbers.</summary>
/// <param name="Rows">The rows; a key is the texts of its parts with tabs between, missing ones empty.</param>
internal sealed record Answer(IReadOnlyList<(string Key, double[] Values)> Rows)
{
    /// <summary>Reads lines of tab-separated cells, of which the first ones are the key.</summary>
    public static Answer Of(string text, int keys) => new([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        var cells = line.Split('\t');
        return (string.Join('\t', cells[..keys].Select(c => c == "\\N" ? "" : c)), Array.ConvertAll(cells[keys..], Number));
    })]);

    public static double Number(string cell) => cell is "\\N" or "" ? double.NaN : double.Parse(cell, CultureInfo.InvariantCulture);

    /// <summary>Throws when another contender answered something else.</summary>
    /// <param name="other">The other's answer.</param>
    /// <param name="byRank">Compares the numbers of rows at the same place and not their keys: several keys may tie for the last places.</param>
    /// <param name="tolerance">Relative difference that is not one.</param>
    /// <param name="numbers">How many numbers of a row are compared.</param>
    /// <param name="what">Names the question and the other in the error.</param>
    public void Check(Answer other, bool byRank, double tolerance, int numbers, string what)
    {
        if (Rows.Count != other.Rows.Count) throw new BenchmarkException($"{what}: {other.Rows.Count} rows instead of {Rows.Count}");
        var found = byRank ? null : other.Rows.ToDictionary(r => r.Key, r => r.Values, StringComparer.Ordinal);
        for (var i = 0; i < Rows.Count; i++)
        {
            var (key, values) = Rows[i];
            if (found is not null && !found.ContainsKey(key)) throw new BenchmarkException($"{what}: no row for \"{key}\"");
            var theirs = found is null ? other.Rows[i].Values : found[key];
            for (var j = 0; j < Math.Min(numbers, values.Length); j++)
                if (!Same(values[j], theirs[j], tolerance)) throw new BenchmarkException($"{what}: {theirs[j]} instead of {values[j]} for \"{key}\", number {j}");
        }
    }

    // No number and 0 are the same: a table without missing values has no other way to say it.
    private static bool Same(double a, double b, double tolerance) =>
        a == b || Math.Abs(a - b) <= tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) || (double.IsNaN(a) && b is 0 or double.NaN);
}
