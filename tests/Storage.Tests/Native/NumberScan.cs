using System.Runtime.InteropServices;
using System.Text;
using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

/// <summary>A table of <paramref name="rows"/> rows with columns n, half, even, text, raw, in memory of its own, counted while in use.</summary>
internal sealed class NumberScan(long rows, int threads = 1) : TableScan
{
    private readonly Lock _gate = new();
    private nint _heap;
    private long _next;
    private int _running;

    public int Released { get; private set; }

    public int Scanned { get; private set; }

    /// <summary>Threads that are inside <see cref="Scan"/>.</summary>
    public int Running => Volatile.Read(ref _running);

    public bool UsedAfterRelease { get; private set; }

    public HashSet<int> Threads { get; } = [];

    /// <summary>Every set of columns that a scan was asked for.</summary>
    public HashSet<string> Projections { get; } = [];

    public Action? BeforeScan { get; init; }

    public override IReadOnlyList<(string Name, DuckDbType Type)> Columns { get; } =
    [
        ("n", DuckDbType.Int64), ("half", DuckDbType.Double), ("even", DuckDbType.Boolean), ("text", DuckDbType.Varchar), ("raw", DuckDbType.Blob),
    ];

    public override long Cardinality => rows;

    public override int MaxThreads => threads;

    public static string TextOf(long n) => n % 3 == 0 ? $"row {n}" : $"a text that is longer than a slot, {n}";

    public override void Start() => _next = 0;

    public override object StartThread() => new object();

    public override int Scan(object? threadState, ChunkWriter output)
    {
        Interlocked.Increment(ref _running);
        try
        {
            return Fill(threadState, output);
        }
        finally
        {
            UsedAfterRelease |= Released > 0;
            Interlocked.Decrement(ref _running);
        }
    }

    private int Fill(object? threadState, ChunkWriter output)
    {
        threadState.ShouldNotBeNull();
        BeforeScan?.Invoke();
        long first;
        lock (_gate)
        {
            Threads.Add(Environment.CurrentManagedThreadId);
            first = _next;
            _next = Math.Min(rows, _next + ChunkWriter.Capacity);
            Scanned++;
            var asked = new StringBuilder();
            for (var i = 0; i < output.ColumnCount; i++) asked.Append(i == 0 ? "" : ",").Append(output.SourceColumn(i));
            Projections.Add(asked.ToString());
        }

        var count = (int)Math.Min(ChunkWriter.Capacity, rows - first);
        for (var i = 0; i < output.ColumnCount; i++) Write(output, i, first, count);
        return count;
    }

    public override void Release()
    {
        Released++;
        Marshal.FreeHGlobal(_heap);
    }

    private void Write(ChunkWriter output, int i, long first, int count)
    {
        var source = output.SourceColumn(i);
        for (var row = 0; row < count; row++)
        {
            var n = first + row;
            if (source >= 0 && n % 7 == 5)
            {
                output.Validity(i)[row >> 6] &= ~(1UL << (row & 63));
                continue;
            }

            switch (source)
            {
                case 0: output.Values<long>(i)[row] = n; break;
                case 1: output.Values<double>(i)[row] = n / 2.0; break;
                case 2: output.Values<bool>(i)[row] = n % 2 == 0; break;
                case 3: output.SetBytes(i, row, Encoding.UTF8.GetBytes(TextOf(n))); break;
                case 4: output.Strings(i)[row] = InPlace(n); break;
            }
        }
    }

    /// <summary>A slot that points into memory of the scan where it is longer than a slot: n % 26 equal letters.</summary>
    private DuckDbString InPlace(long n)
    {
        lock (_gate)
        {
            if (_heap == 0)
            {
                _heap = Marshal.AllocHGlobal(26 * 26);
                for (var i = 0; i < 26 * 26; i++) Marshal.WriteByte(_heap, i, (byte)('a' + i / 26));
            }
        }

        return DuckDbString.From(_heap + (nint)(n % 26 * 26), (int)(n % 26));
    }
}
