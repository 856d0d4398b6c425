using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>What the tail shows.</summary>
/// <param name="State">The condition, its calculated fields, and the columns; of a state of Explore the rest is left alone.</param>
/// <param name="Rate">Events a second at most.</param>
public sealed record TailState(ExplorerState State, int Rate = TailUrl.DefaultRate);

/// <summary>The address of the tail and back: <c>/tail?where=error = true&amp;col=user.id&amp;rate=20</c>.</summary>
public static class TailUrl
{
    public const string Path = "/tail";

    /// <summary>What a person can read.</summary>
    public const int DefaultRate = 10;

    /// <summary>Rates that are offered; others are taken too.</summary>
    public static readonly ImmutableArray<int> Rates = [2, 10, 50, 200];

    private const int MaxRate = 200;

    /// <summary>The address, relative to the server.</summary>
    public static string Format(TailState tail)
    {
        var url = new StringBuilder();
        var state = tail.State;
        foreach (var field in state.Query.CalculatedFields) UrlText.Append(url, "field", QueryText.Format(field));
        if (state.Query.Where is { } where) UrlText.Append(url, "where", QueryText.Format(where));
        foreach (var part in state.Unread) UrlText.Append(url, part.Parameter, part.Text);
        foreach (var column in state.EventColumns) UrlText.Append(url, "col", QueryText.FormatColumn(column));
        if (tail.Rate != DefaultRate) UrlText.Append(url, "rate", tail.Rate.ToString(CultureInfo.InvariantCulture));
        return url.Length == 0 ? Path : $"{Path}?{url}";
    }

    /// <summary>Reads an address; nothing is shown while there are errors.</summary>
    public static (TailState Tail, ImmutableArray<UrlError> Errors) Parse(string uri)
    {
        var (state, errors) = ExplorerUrl.Parse(uri);
        var question = new ExplorerState { Query = new Query { Where = state.Query.Where, CalculatedFields = state.Query.CalculatedFields }, EventColumns = state.EventColumns, Unread = state.Unread };
        var rate = DefaultRate;
        foreach (var (name, value) in UrlText.Parse(uri))
        {
            if (name != "rate") continue;
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var read) && read is >= 1 and <= MaxRate) rate = read;
            else errors = errors.Add(new UrlError("rate", value, $"\"{value}\" is not a rate: expected 1 to {MaxRate} events a second", 0, value.Length));
        }

        return (new TailState(question, rate), errors);
    }
}
