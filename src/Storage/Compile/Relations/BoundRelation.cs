using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>What a relational column of an event is. The columns named in it are those of spans; in SQL both are columns of a relation <c>e</c>.</summary>
internal abstract record BoundRelation
{
    private BoundRelation() { }

    /// <summary>A column of the root or of the parent.</summary>
    public sealed record OfSpan(Relative Relative, BoundColumn Column) : BoundRelation;

    /// <summary>One of <see cref="RelationalColumns.OfTrace"/>.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Of">The column of spans that it is computed from; null when it needs none.</param>
    public sealed record OfTrace(string Name, BoundColumn? Of) : BoundRelation;

    /// <summary>True where a child (or any span of the trace) meets a condition, else missing.</summary>
    public sealed record Exists(bool IsChild, BoundFilter Condition) : BoundRelation;

    /// <summary>A column of the span that a condition binds.</summary>
    public sealed record OfBound(Relative Relative, BoundColumn Column, SpanBinding Binding) : BoundRelation;
}
