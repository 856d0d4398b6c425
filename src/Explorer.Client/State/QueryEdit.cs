using System.Globalization;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>A clause of the query builder.</summary>
public enum Clause
{
    Visualize,
    Where,
    GroupBy,
    Having,
    Order,
    Limit,
    Step,
    Fields,
    Compare,
}

/// <summary>Changes to one clause of a query, by the text of its chips. Nothing is changed when a text cannot be read.</summary>
public static class QueryEdit
{
    /// <summary>The name of the clause as the builder writes it.</summary>
    public static string Title(this Clause clause) => clause switch
    {
        Clause.GroupBy => "Group by",
        Clause.Order => "Order by",
        Clause.Compare => "Compare to",
        _ => clause.ToString(),
    };

    /// <summary>Whether the clause holds one chip at most.</summary>
    public static bool IsSingle(this Clause clause) => clause is Clause.Limit or Clause.Step or Clause.Compare;

    /// <summary>The parameter of the address that holds the clause.</summary>
    public static string Parameter(this Clause clause) => clause switch
    {
        Clause.Visualize => "calc",
        Clause.GroupBy => "by",
        Clause.Fields => "field",
        _ => clause.ToString().ToLowerInvariant(),
    };

    /// <summary>The clause of a parameter of the address; null when it belongs to none.</summary>
    public static Clause? OfParameter(string parameter) =>
        Enum.GetValues<Clause>().Cast<Clause?>().FirstOrDefault(c => c!.Value.Parameter() == parameter);

    /// <summary>The chips of a clause as text. Where is one text.</summary>
    public static IReadOnlyList<string> Texts(Query query, Clause clause) => clause switch
    {
        Clause.Visualize => [.. query.Calculations.Select(QueryText.Format), .. query.Formulas.Select(QueryText.Format)],
        Clause.Where => query.Where is { } where ? [QueryText.Format(where)] : [],
        Clause.GroupBy => [.. query.Breakdowns.Select(QueryText.FormatColumn)],
        Clause.Having => [.. query.Havings.Select(QueryText.Format)],
        Clause.Order => [.. query.Orders.Select(QueryText.Format)],
        Clause.Limit => query.Limit is { } limit ? [limit.ToString(CultureInfo.InvariantCulture)] : [],
        Clause.Step => query.GranularitySeconds is { } step ? [StepText(step)] : [],
        Clause.Fields => [.. query.CalculatedFields.Select(QueryText.Format)],
        Clause.Compare => query.CompareOffsetSeconds is { } offset ? [TimeText.FormatLength(TimeSpan.FromSeconds(offset))] : [],
        _ => [],
    };

    /// <summary>The query with the chip at <paramref name="index"/> set, or added when the index is the number of chips.</summary>
    /// <exception cref="QueryException">The text cannot be read.</exception>
    public static Query Set(Query query, Clause clause, int index, string text) => clause switch
    {
        Clause.Visualize => SetVisualize(query, index, text),
        Clause.Where => query with { Where = QueryText.ParseWhere(text) },
        Clause.GroupBy => query with { Breakdowns = PutOnce(query.Breakdowns, index, QueryText.ParseColumn(text)) },
        Clause.Having => query with { Havings = Put(query.Havings, index, QueryText.ParseHaving(text)) },
        Clause.Order => query with { Orders = Put(query.Orders, index, QueryText.ParseOrder(text)) },
        Clause.Fields => query with { CalculatedFields = Put(query.CalculatedFields, index, QueryText.ParseField(text)) },
        _ => Single(query, clause, text),
    };

    /// <summary>The query without the chip.</summary>
    public static Query Remove(Query query, Clause clause, int index) => clause switch
    {
        Clause.Visualize when index >= query.Calculations.Count => query with { Formulas = query.Formulas.RemoveAt(index - query.Calculations.Count) },
        Clause.Visualize => query with { Calculations = query.Calculations.RemoveAt(index) },
        Clause.Where => query with { Where = null },
        Clause.GroupBy => query with { Breakdowns = query.Breakdowns.RemoveAt(index) },
        Clause.Having => query with { Havings = query.Havings.RemoveAt(index) },
        Clause.Order => query with { Orders = query.Orders.RemoveAt(index) },
        Clause.Limit => query with { Limit = null },
        Clause.Step => query with { GranularitySeconds = null },
        Clause.Fields => query with { CalculatedFields = query.CalculatedFields.RemoveAt(index) },
        Clause.Compare => query with { CompareOffsetSeconds = null },
        _ => query,
    };

    /// <summary>The query with a chip exchanged with its neighbour; unchanged at the ends.</summary>
    /// <param name="query">The query.</param>
    /// <param name="clause">The clause.</param>
    /// <param name="index">The chip.</param>
    /// <param name="by">-1 or 1.</param>
    public static Query Move(Query query, Clause clause, int index, int by) => clause switch
    {
        Clause.Visualize when index >= query.Calculations.Count => query with { Formulas = Swap(query.Formulas, index - query.Calculations.Count, index - query.Calculations.Count + by) },
        Clause.Visualize => query with { Calculations = Swap(query.Calculations, index, index + by) },
        Clause.GroupBy => query with { Breakdowns = Swap(query.Breakdowns, index, index + by) },
        Clause.Having => query with { Havings = Swap(query.Havings, index, index + by) },
        Clause.Order => query with { Orders = Swap(query.Orders, index, index + by) },
        Clause.Fields => query with { CalculatedFields = Swap(query.CalculatedFields, index, index + by) },
        _ => query,
    };

    /// <summary>Formulas stand behind the calculations; a chip that becomes the other kind leaves its place.</summary>
    private static Query SetVisualize(Query query, int index, string text)
    {
        var place = index - query.Calculations.Count;
        var isFormula = place >= 0 && place < query.Formulas.Count;
        if (QueryText.IsFormula(text))
        {
            var formula = QueryText.ParseFormula(text);
            return place >= 0 ? query with { Formulas = Put(query.Formulas, place, formula) } : Remove(query, Clause.Visualize, index) with { Formulas = query.Formulas.Add(formula) };
        }

        var calculation = QueryText.ParseCalculation(text);
        return isFormula ? Remove(query, Clause.Visualize, index) with { Calculations = query.Calculations.Add(calculation) } : query with { Calculations = Put(query.Calculations, index, calculation) };
    }

    /// <summary>The state with a chip set, as a query has it set; what could not be read of the chip before goes.</summary>
    /// <param name="state">The state.</param>
    /// <param name="clause">The clause.</param>
    /// <param name="index">The chip; the number of chips, or more, adds one.</param>
    /// <param name="text">Its new text.</param>
    /// <param name="unread">Which unreadable text of the clause the new one takes the place of.</param>
    /// <exception cref="QueryException">The text cannot be read.</exception>
    public static ExplorerState Set(ExplorerState state, Clause clause, int index, string text, int? unread)
    {
        var query = Set(state.Query, clause, index, text);
        var kept = clause == Clause.Where ? state.Forget("where") : unread is { } which ? state.Forget(clause.Parameter(), which) : state;
        return query == state.Query && kept == state ? state : kept.Ask(query);
    }

    private static Query Single(Query query, Clause clause, string text)
    {
        var url = ExplorerUrl.Parse($"?{clause.Parameter()}={Uri.EscapeDataString(text.Trim().Replace(",", "", StringComparison.Ordinal))}");
        if (!url.Errors.IsEmpty) throw new QueryException([.. url.Errors.Select(e => new QueryError("", e.Message, 0, text.Length))]);
        var parsed = url.State.Query;
        return clause switch
        {
            Clause.Limit => query with { Limit = parsed.Limit },
            Clause.Compare => query with { CompareOffsetSeconds = parsed.CompareOffsetSeconds },
            _ => query with { GranularitySeconds = parsed.GranularitySeconds },
        };
    }

    private static string StepText(double seconds) =>
        seconds * TimeSpan.TicksPerSecond is >= 1 and < long.MaxValue ? TimeText.FormatLength(TimeSpan.FromSeconds(seconds)) : seconds.ToString("R", CultureInfo.InvariantCulture);

    private static ValueList<T> Put<T>(ValueList<T> list, int index, T item) => index < list.Count ? list.SetItem(index, item) : list.Add(item);

    private static ValueList<T> PutOnce<T>(ValueList<T> list, int index, T item) => list.Contains(item) ? list : Put(list, index, item);

    private static ValueList<T> Swap<T>(ValueList<T> list, int a, int b) =>
        b < 0 || b >= list.Count ? list : list.SetItem(a, list[b]).SetItem(b, list[a]);
}
