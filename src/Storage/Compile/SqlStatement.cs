using System.Collections.Immutable;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>SQL text and the values of its parameters, in order. Users' values are never in the text.</summary>
internal sealed record SqlStatement(string Text, ImmutableArray<Value> Parameters);
