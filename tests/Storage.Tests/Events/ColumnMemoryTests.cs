using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Storage.Events;
using Xunit;

namespace Storage.Tests.Events;

public sealed class ColumnMemoryTests
{
    private const int Columns = 7;

    /// <summary>However columns of one memory grow beside each other: each keeps its values and their rows.</summary>
    [Fact]
    public void Columns_do_not_disturb_each_other() => Prop.ForAll(
        Gen.Choose(0, Columns - 1).SelectMany(column => Gen.Choose(1, 400).Select(rows => (column, rows))).ListOf().ToArbitrary(), runs =>
        {
            var memory = new ColumnMemory();
            var columns = Enumerable.Range(0, Columns).Select(i => new ColumnBuffer($"c{i}", StorageType.Int64, memory)).ToArray();
            var expected = columns.Select(_ => new List<(int Row, long Value)>()).ToArray();
            var row = 0;
            foreach (var (column, rows) in runs)
            {
                // One by one as events are read, or all at once as held values are.
                if (rows % 3 == 0) columns[column].Fill(row, row + rows, rows);
                else for (var i = 0; i < rows; i++) columns[column].Set(row + i, rows);
                expected[column].AddRange(Enumerable.Range(row, rows).Select(r => (r, (long)rows)));
                row += rows;
            }

            for (var i = 0; i < Columns; i++)
            {
                var (values, places) = (new long[columns[i].Count], new int[columns[i].Count]);
                columns[i].WriteValues(MemoryMarshal.AsBytes(values.AsSpan()));
                columns[i].WriteRows(MemoryMarshal.AsBytes(places.AsSpan()));
                places.Zip(values).ShouldBe(expected[i]);
            }

            memory.Bytes.ShouldBeGreaterThanOrEqualTo(expected.Sum(e => e.Count) * 12L);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_a_column_gives_back_is_used_by_the_next()
    {
        var memory = new ColumnMemory();
        var first = new ColumnBuffer("first", StorageType.Int64, memory);
        Add(first, 20_000);
        var bytes = memory.Bytes;
        Add(first, 20_000); // gives back what holds 32,768 values and rows
        var grown = memory.Bytes;
        Add(new ColumnBuffer("second", StorageType.Int64, memory), 20_000);
        grown.ShouldBeGreaterThan(bytes);
        memory.Bytes.ShouldBe(grown);
    }

    [Fact]
    public void A_value_that_all_rows_have_is_written_to_each_only_where_another_follows()
    {
        var memory = new ColumnMemory();
        var column = new ColumnBuffer("c", StorageType.Int64, memory);
        var bytes = memory.Bytes;
        column.Fill(0, 5_000, 7);
        column.Fill(5_000, 9_000, 7);
        memory.Bytes.ShouldBe(bytes);
        column.Count.ShouldBe(9_000);
        column.Set(9_000, 8);
        column.Unset(9_000);
        column.Unset(8_999);
        var values = new long[column.Count];
        column.WriteValues(MemoryMarshal.AsBytes(values.AsSpan()));
        values.ShouldBe(Enumerable.Repeat(7L, 8_999));
        column.LastRow.ShouldBe(8_998);
        column.Reset();
        column.Fill(0, 3, 1);
        column.Reset();
        column.Set(4, 2);
        (column.Count, column.LastRow).ShouldBe((1, 4));
    }

    private static void Add(ColumnBuffer column, int rows)
    {
        for (var (row, end) = (column.Count, column.Count + rows); row < end; row++) column.Set(row, row);
    }
}
