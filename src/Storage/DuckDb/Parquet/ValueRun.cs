using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>Values of a column that stand side by side in a batch and in a row group.</summary>
/// <param name="Column">The column of the batch.</param>
/// <param name="First">The first of them among the column's values.</param>
/// <param name="Count">How many.</param>
internal readonly record struct ValueRun(BatchColumn Column, int First, int Count);
