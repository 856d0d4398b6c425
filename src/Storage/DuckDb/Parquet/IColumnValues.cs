namespace Storage.DuckDb.Parquet;

/// <summary>The values of a column in some rows. Whatever cannot be read throws one of <see cref="ChunkReader.IsUnreadable"/>, and the engine counts.</summary>
internal interface IColumnValues : IDisposable
{
    /// <summary>Reads a number or truth for each row.</summary>
    /// <param name="target">Takes one for each row, as it is stored, and 0 for a row without a value.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <returns>Of each row a bit that says whether it has a value, from the shared pool; null when all have.</returns>
    byte[]? Numbers(long[] target, int rows);

    /// <summary>Reads a number or truth for each of some rows.</summary>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="target">Takes one for each, as it is stored, and 0 for a row without a value.</param>
    /// <returns>Of each of the rows a bit that says whether it has a value; null when all have.</returns>
    byte[]? Numbers(int[] rows, long[] target);

    /// <summary>Reads a code for each row: 0 where it has no value, else one more than the place of its value.</summary>
    /// <param name="target">Takes one for each row.</param>
    /// <returns>The values, in their places.</returns>
    CodeBook Codes(int[] target);

    /// <summary>Reads a code for each of some rows: 0 where it has no value, else one more than the place of its value.</summary>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="target">Takes one for each.</param>
    /// <returns>The values that occur, in their places.</returns>
    CodeBook Codes(int[] rows, int[] target);

    /// <summary>Of each row a bit that says whether it has a value, from the shared pool; null when all have.</summary>
    /// <param name="rows">How many rows there are.</param>
    byte[]? Presence(int rows);

    /// <summary>The rows that have a value which may pass a test, ascending.</summary>
    List<int> Find(RowTest test);

    /// <summary>Those of some rows that have a value which may pass a test.</summary>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="test">The test.</param>
    List<int> Keep(List<int> rows, RowTest test);
}
