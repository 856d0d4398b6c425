using System.Collections.Immutable;

namespace Storage.Queries;

/// <summary>One thing that is wrong with a query.</summary>
/// <param name="Path">Where in the query object: <c>where.and[0].column</c>, <c>calculations[1]</c>, <c>limit</c>.</param>
/// <param name="Message">What is wrong, naming the value, in one sentence.</param>
/// <param name="Position">Offset of the first offending character when the query was text, else null.</param>
/// <param name="Length">Number of offending characters when the query was text.</param>
/// <param name="Suggestions">Valid names near to the given one, best first.</param>
public sealed record QueryError(
    string Path, string Message, int? Position = null, int Length = 0, ValueList<string> Suggestions = default);

/// <summary>The caller's query is at fault.</summary>
public sealed class QueryException : Exception
{
    public QueryException() : this([]) { }

    public QueryException(string message) : this([new QueryError("", message)]) { }

    public QueryException(string message, Exception innerException) : base(message, innerException) => Errors = [new QueryError("", message)];

    public QueryException(ImmutableArray<QueryError> errors)
        : base(errors.IsDefaultOrEmpty ? "the query is not valid" : string.Join("; ", errors.Select(e => e.Path.Length == 0 ? e.Message : $"{e.Path}: {e.Message}"))) =>
        Errors = errors.IsDefault ? [] : errors;

    public QueryException(string path, string message) : this([new QueryError(path, message)]) { }

    /// <summary>All errors that were found, in the order of the query.</summary>
    public ImmutableArray<QueryError> Errors { get; }
}
