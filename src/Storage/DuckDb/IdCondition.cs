using System.Collections.Immutable;
using System.Text;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// A condition of a query on ids as the parts of the store hold them: bytes. Queries see ids as text; a comparison of that text would make it
/// of every event, and neither the engine's statistics nor its bloom filters could help. It is true wherever the query's own condition is.
/// </summary>
/// <param name="Column">The column.</param>
/// <param name="Ids">The ids that are looked for, in lower-case hex; none when no bytes have such a text.</param>
internal sealed record IdCondition(string Column, ImmutableArray<string> Ids)
{
    /// <summary>A longer list is left to the query's own condition.</summary>
    private const int MaxIds = 1_000;
    private const int MaxBytes = 64;

    /// <summary>The conditions that must hold for a condition to be true.</summary>
    public static ImmutableArray<IdCondition> Of(BoundFilter? where) => where switch
    {
        BoundFilter.All all => [.. all.Parts.SelectMany(p => Of(p))],
        BoundFilter.Condition { Column: { Type: ColumnType.String, IsStored: true } } condition when TextsOf(condition.Test) is { Length: <= MaxIds } texts =>
            [new IdCondition(condition.Column.Name, [.. texts.Where(IsId)])],
        _ => [],
    };

    /// <summary>
    /// The condition in SQL. The ids stand in the text as constants, which is what lets the engine skip by smallest and largest value: they are
    /// nothing but hex digits. It is a range and not an equality because DuckDB 1.5 asks a Parquet bloom filter of a BLOB column for another
    /// hash than it wrote, and so finds nothing in files that have one.
    /// </summary>
    public string Sql(string column) => Ids.IsEmpty ? "false" : $"({string.Join(" OR ", Ids.Select(id => $"{column} BETWEEN {Blob(id)} AND {Blob(id)}"))})";

    private static string[]? TextsOf(BoundTest test) => test switch
    {
        BoundTest.Compare { Op: FilterOp.Equal } compare => [compare.Value.AsString()],
        BoundTest.OneOf oneOf => [.. oneOf.Values.Select(v => v.AsString())],
        _ => null,
    };

    private static bool IsId(string text) =>
        text.Length <= MaxBytes * 2 && TraceFilter.TryParseHex(Encoding.UTF8.GetBytes(text), stackalloc byte[MaxBytes], out _);

    private static string Blob(string id)
    {
        var text = new StringBuilder("'");
        for (var i = 0; i < id.Length; i += 2) text.Append("\\x").Append(id, i, 2);
        return text.Append("'::BLOB").ToString();
    }
}
