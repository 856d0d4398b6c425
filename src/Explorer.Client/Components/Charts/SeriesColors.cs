using System.Text;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>
/// Which group has which colour: in the order in which groups were first seen, and kept when the same question is run again, sorted or
/// narrowed in time, so that a colour means the same group as long as it is looked at.
/// </summary>
public sealed class SeriesColors
{
    /// <summary>Groups that are remembered; beyond it all are grey anyway.</summary>
    private const int MaxGroups = 1000;

    private readonly Dictionary<string, int> _byGroup = new(StringComparer.Ordinal);
    private ValueList<string> _breakdowns;

    /// <summary>Takes the groups of a result; forgets the old ones when it is grouped by other columns.</summary>
    public void Assign(ResultTable results, ValueList<string> breakdowns)
    {
        if (breakdowns != _breakdowns) _byGroup.Clear();
        _breakdowns = breakdowns;
        for (var row = 0; row < results.RowCount && _byGroup.Count < MaxGroups; row++) _byGroup.TryAdd(Key(results, breakdowns.Count, row), _byGroup.Count);
    }

    /// <summary>The colour index of a row, 0 first.</summary>
    public int IndexOf(ResultTable results, int breakdowns, int row) => _byGroup.GetValueOrDefault(Key(results, breakdowns, row), MaxGroups);

    private static string Key(ResultTable results, int breakdowns, int row)
    {
        var key = new StringBuilder();
        for (var i = 0; i < breakdowns; i++)
        {
            var text = results.Columns[i][row];
            key.Append((int)text.Kind).Append(':').Append(text.ToString().Length).Append(':').Append(text.ToString());
        }

        return key.ToString();
    }
}
