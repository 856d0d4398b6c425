using System.Collections.Immutable;
using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>
/// Which spans a condition binds: those with which it holds. The condition is the <em>or</em> of its terms; in each, every relative has a condition
/// of its own. A child that no condition binds is the first child.
/// </summary>
internal sealed class SpanBinding
{
    public ImmutableArray<SpanTerm> Terms { get; set; } = [SpanTerm.True];

    /// <summary>What each term says of the event: that there are such spans.</summary>
    public ImmutableArray<BoundFilter> Conditions { get; set; } = [];

    /// <summary>True when the condition speaks of that relative's span.</summary>
    public bool Binds(Relative relative) => Relatives.Contains(relative);

    /// <summary>The relatives that the condition speaks of.</summary>
    public ImmutableHashSet<Relative> Relatives { get; set; } = [];
}

/// <summary>An <em>and</em> of conditions on the event and of conditions on one span of each relative.</summary>
/// <param name="Spans">Conditions on spans, by relative.</param>
/// <param name="Rest">Conditions on the event.</param>
internal sealed record SpanTerm(ImmutableSortedDictionary<Relative, BoundFilter> Spans, ImmutableArray<BoundFilter> Rest)
{
    public static SpanTerm True { get; } = new(ImmutableSortedDictionary<Relative, BoundFilter>.Empty, []);

    /// <summary>The one relative that the term is about and nothing else is; null when there is none such.</summary>
    public Relative? Only => Rest.IsEmpty && Spans.Count == 1 ? Spans.Keys.First() : null;

    public SpanTerm And(SpanTerm other)
    {
        var spans = Spans;
        foreach (var (relative, condition) in other.Spans) spans = spans.SetItem(relative, spans.TryGetValue(relative, out var mine) ? Both(mine, condition) : condition);
        return new SpanTerm(spans, Rest.AddRange(other.Rest));
    }

    private static BoundFilter.All Both(BoundFilter a, BoundFilter b) => new([.. Parts(a), .. Parts(b)]);

    public static ImmutableArray<BoundFilter> Parts(BoundFilter filter) => filter is BoundFilter.All all ? all.Parts : [filter];
}
