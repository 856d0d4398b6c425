using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>Binds what a query says of other spans of an event's trace. The columns of those spans have a binder, and so aliases, of their own.</summary>
internal sealed class RelationBinder(ColumnBinder columns, Func<ColumnBinder> makeSpans)
{
    private readonly List<BoundColumn> _bound = [];
    private readonly Dictionary<(string Name, SpanBinding? Binding), BoundColumn> _known = [];
    private readonly List<(BoundRelation.OfBound Relation, Action Fail)> _unsettled = [];
    private ColumnBinder? _spans;

    /// <summary>The binding of the query's own condition, which names outside of conditions refer to.</summary>
    public SpanBinding QueryBinding { get; } = new();

    /// <summary>The relational columns so far, in the order of their aliases.</summary>
    public ImmutableArray<BoundColumn> Columns => [.. _bound];

    private ColumnBinder Spans => _spans ??= makeSpans();

    /// <summary>
    /// Whose column a name is, and which. Null, without an error, when it is not relational: it has no prefix, or the rest names no column while the
    /// whole names a stored one.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="fail">Told when the name is relational and the rest is at fault; then the column is null.</param>
    public (Relative Relative, BoundColumn? Column)? Find(string name, Action<string, ValueList<string>> fail)
    {
        if (!RelationalColumns.TrySplit(name, out var relative, out var rest)) return null;
        if (Spans.Has(rest)) return (relative, Spans.Bind(rest, ""));
        if (columns.Schema.Contains(name)) return null;
        var prefix = RelationalColumns.PrefixOf(relative);
        if (RelationalColumns.TypeOfTrace(rest) is not null) fail($"{rest} is the same for all spans of a trace and has no {prefix} before it", [rest]);
        else if (RelationalColumns.TrySplit(rest, out var second, out _)) fail($"{prefix} goes to a span and {RelationalColumns.PrefixOf(second)} cannot go on from there", []);
        else fail($"there is no column \"{ColumnBinder.Shown(rest)}\" that a span could have behind {prefix}", Spans.Near(rest).Select(near => prefix + near).ToValueList());
        return (relative, null);
    }

    /// <summary>A name outside of conditions as a relational column. False when it is not relational.</summary>
    /// <param name="name">The name.</param>
    /// <param name="binding">The condition that binds its span; null for the query's own.</param>
    /// <param name="fail">Told what is wrong.</param>
    /// <param name="column">The column; null when something is wrong.</param>
    /// <param name="isUsed">False in a calculated field, which may yet be used where its span is bound.</param>
    public bool TryBind(string name, SpanBinding? binding, Action<string, ValueList<string>> fail, out BoundColumn? column, bool isUsed = true)
    {
        column = null;
        if (RelationalColumns.TypeOfTrace(name) is { } type)
        {
            column = Add(name, null, i => new BoundColumn(i, name, type, Relation: new BoundRelation.OfTrace(name, SourceOf(name))));
            return true;
        }

        if (Find(name, fail) is not { } found) return false;
        if (found.Column is not { } of) return true;
        switch (found.Relative)
        {
            case Relative.None:
                fail("none. is for conditions: the span that is not there has no columns", []);
                return true;
            case Relative.Root or Relative.Parent:
                column = Add(name, null, i => new BoundColumn(i, name, of.Type, Relation: new BoundRelation.OfSpan(found.Relative, of)));
                return true;
            default:
                var relation = new BoundRelation.OfBound(found.Relative, of, binding ?? QueryBinding);
                column = Add(name, relation.Binding, i => new BoundColumn(i, name, of.Type, Relation: relation));
                if (isUsed) Use(column, fail);
                return true;
        }
    }

    /// <summary>A column that is used outside of conditions: the spans that it looks at have to be bound by one, which may be known later.</summary>
    public void Use(BoundColumn column, Action<string, ValueList<string>> fail)
    {
        foreach (var used in Spanning(column)) _unsettled.Add(((BoundRelation.OfBound)used.Relation!, () => fail(Unbound(used.Name), [])));
    }

    /// <summary>True when the conditions so far bind all spans that a column looks at.</summary>
    public static bool IsBound(BoundColumn column) => Spanning(column).All(c => c.Relation is BoundRelation.OfBound bound && bound.Binding.Binds(bound.Relative));

    /// <summary>A column, or those that a calculated field is made of, as far as they are of spans that only a condition can find.</summary>
    private static IEnumerable<BoundColumn> Spanning(BoundColumn column) =>
        (column.Expression is { } expression ? BoundColumns.In(expression) : [column]).Where(c => c.Relation is BoundRelation.OfBound { Relative: not Relative.Child });

    /// <summary>Complains of columns of spans that, now that all conditions are known, none of these binds.</summary>
    public void Settle()
    {
        foreach (var (relation, fail) in _unsettled)
            if (!relation.Binding.Binds(relation.Relative)) fail();
        _unsettled.Clear();
    }

    /// <summary>A condition on the event alone in place of one that speaks of bound spans: there are such spans.</summary>
    /// <param name="filter">The condition.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="binding">Remembers which spans it binds.</param>
    public BoundFilter Quantify(BoundFilter filter, string path, SpanBinding? binding = null)
    {
        if (!SpanTerms.AreIn(filter)) return filter;
        if (SpanTerms.Of(filter) is not { } terms)
        {
            throw new QueryException(path, $"conditions on spans of the trace are mixed with others in more than {SpanTerms.Max} ways; "
                + "each `or` of both doubles them where it stands in an `and` with another");
        }

        binding ??= new SpanBinding();
        binding.Relatives = [.. SpanTerms.RelativesIn(filter)];
        if (terms.IsEmpty) return new BoundFilter.Any([]);
        binding.Terms = terms;
        binding.Conditions = [.. terms.Select(Condition)];
        return binding.Conditions.Length == 1 ? binding.Conditions[0] : new BoundFilter.Any(binding.Conditions);
    }

    /// <summary>True where no span of the trace meets the condition.</summary>
    public BoundFilter None(BoundFilter condition) => new BoundFilter.Not(Exists(isChild: false, condition));

    /// <summary>The condition of a term on the event.</summary>
    private BoundFilter Condition(SpanTerm term)
    {
        ImmutableArray<BoundFilter> parts = [.. term.Rest, .. term.Spans.Select(s => Exists(s.Key == Relative.Child, s.Value))];
        return parts.Length == 1 ? parts[0] : new BoundFilter.All(parts);
    }

    /// <summary>
    /// A calculated field in a condition, as a field of the one span that all its names belong to. Null without an error when it has no such names.
    /// </summary>
    public (Relative Relative, BoundColumn? Column)? OnSpan(BoundColumn field, Action<string, ValueList<string>> fail)
    {
        var used = BoundColumns.In(field.Expression!).ToList();
        var spans = used.Select(c => c.Relation).OfType<BoundRelation.OfBound>().Select(r => r.Relative).Distinct().ToArray();
        if (spans.Length == 0) return null;
        if (spans.Length == 1 && used.TrueForAll(c => c.Relation is BoundRelation.OfBound)) return (spans[0], field with { Expression = Moved(field.Expression!) });
        fail($"the calculated field \"{field.Name}\" looks at {RelationalColumns.PrefixOf(spans[0])} and at other columns; in a condition, a field that looks at a bound span can look at nothing else", []);
        return (spans[0], null);
    }

    /// <summary>The expression as the span sees it.</summary>
    private static BoundExpression Moved(BoundExpression expression) => expression switch
    {
        BoundExpression.OfColumn { Column.Relation: BoundRelation.OfBound bound } => new BoundExpression.OfColumn(bound.Column),
        BoundExpression.OfColumn { Column: { Expression: { } inner } field } => new BoundExpression.OfColumn(field with { Expression = Moved(inner) }),
        BoundExpression.Test test => test with { Operand = Moved(test.Operand) },
        BoundExpression.Call call => call with { Arguments = [.. call.Arguments.Select(Moved)] },
        _ => expression,
    };

    /// <summary>The well-known column of spans from which a column of whole traces is computed.</summary>
    private BoundColumn? SourceOf(string name) => name switch
    {
        RelationalColumns.TraceDurationMs => Spans.Stored(WellKnownColumns.DurationMs),
        RelationalColumns.TraceErrorCount => Spans.Stored(WellKnownColumns.Error),
        RelationalColumns.TraceServiceCount => Spans.Stored(WellKnownColumns.ServiceName),
        _ => null,
    };

    private BoundFilter Exists(bool isChild, BoundFilter condition)
    {
        var known = _bound.Find(c => c.Relation is BoundRelation.Exists exists && exists.IsChild == isChild && ReferenceEquals(exists.Condition, condition));
        if (known is null) _bound.Add(known = new BoundColumn(_bound.Count, "", ColumnType.Bool, Relation: new BoundRelation.Exists(isChild, condition)));
        return new BoundFilter.Condition(known, new BoundTest.Present());
    }

    private BoundColumn Add(string name, SpanBinding? binding, Func<int, BoundColumn> make)
    {
        if (_known.TryGetValue((name, binding), out var known)) return known;
        _bound.Add(known = make(_bound.Count));
        return _known[(name, binding)] = known;
    }

    private static string Unbound(string name)
    {
        _ = RelationalColumns.TrySplit(name, out var relative, out _);
        var prefix = RelationalColumns.PrefixOf(relative);
        return $"\"{ColumnBinder.Shown(name)}\" belongs to the span that where finds, and where says nothing of {prefix} outside of a not: add a condition such as exists({prefix}name)";
    }
}
