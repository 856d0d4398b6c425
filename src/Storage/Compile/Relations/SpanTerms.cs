using System.Collections.Immutable;
using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>
/// Writes a condition on an event and bound spans as an <em>or</em> of terms, so that "there are spans with which it holds" becomes a question
/// about each span for itself. What is about one relative alone, or about none, stays one part however it is nested; only where they mix under an
/// <em>or</em> are there several terms.
/// </summary>
internal static class SpanTerms
{
    /// <summary>Terms of one condition. An <em>and</em> of n mixed <em>or</em>s has 2^n.</summary>
    public const int Max = 128;

    /// <summary>True when the condition is about a bound span, outside of what is about none.</summary>
    public static bool AreIn(BoundFilter filter) => filter switch
    {
        BoundFilter.OfSpan => true,
        BoundFilter.All all => all.Parts.Any(AreIn),
        BoundFilter.Any any => any.Parts.Any(AreIn),
        _ => false,
    };

    /// <summary>The relatives that the condition is about.</summary>
    public static IEnumerable<Relative> RelativesIn(BoundFilter filter) => filter switch
    {
        BoundFilter.OfSpan span => [span.Relative],
        BoundFilter.All all => all.Parts.SelectMany(RelativesIn),
        BoundFilter.Any any => any.Parts.SelectMany(RelativesIn),
        _ => [],
    };

    /// <summary>The terms; null when they would be more than <see cref="Max"/>.</summary>
    public static ImmutableArray<SpanTerm>? Of(BoundFilter filter)
    {
        switch (filter)
        {
            case BoundFilter.OfSpan span:
                return [SpanTerm.True with { Spans = SpanTerm.True.Spans.Add(span.Relative, span.Test) }];
            case BoundFilter.All all when AreIn(all):
                ImmutableArray<SpanTerm> product = [SpanTerm.True];
                foreach (var part in all.Parts)
                {
                    if (Of(part) is not { } next || (long)product.Length * next.Length > Max) return null;
                    product = [.. product.SelectMany(_ => next, (a, b) => a.And(b))];
                }

                return product;
            case BoundFilter.Any any when AreIn(any):
                var terms = new List<SpanTerm>();
                foreach (var part in any.Parts)
                {
                    if (Of(part) is not { } next) return null;
                    terms.AddRange(next);
                }

                var merged = Merged(terms);
                return merged.Length <= Max ? merged : null;
            default:
                return [SpanTerm.True with { Rest = [.. SpanTerm.Parts(filter)] }];
        }
    }

    /// <summary>Joins the terms that are about the event alone, and those that are about the same relative alone.</summary>
    private static ImmutableArray<SpanTerm> Merged(List<SpanTerm> terms) =>
    [
        .. terms.Select((term, i) => (term, key: term.Spans.IsEmpty ? -1 : term.Only is { } only ? (int)only : 1_000 + i)).GroupBy(x => x.key)
            .Select(same => same.Count() == 1 || same.Key >= 1_000 ? same.First().term
                : same.Key < 0 ? SpanTerm.True with { Rest = [new BoundFilter.Any([.. same.Select(x => Whole(x.term.Rest))])] }
                : SpanTerm.True with { Spans = SpanTerm.True.Spans.Add((Relative)same.Key, new BoundFilter.Any([.. same.Select(x => x.term.Spans.Values.First())])) }),
    ];

    private static BoundFilter Whole(ImmutableArray<BoundFilter> parts) => parts.Length == 1 ? parts[0] : new BoundFilter.All(parts);
}
