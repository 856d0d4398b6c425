using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Storage.Queries;

namespace Explorer.Client.Components.Live;

/// <summary>
/// Tells which events of a listing were not in the listings before. Events have no id that all of them share, so they are known by all that they hold;
/// those that are equal in everything are told apart by how many of them there are.
/// </summary>
/// <param name="capacity">Different events that are remembered before those that the last listing did not have are forgotten.</param>
internal sealed class SeenEvents(int capacity)
{
    private readonly Dictionary<UInt128, int> _seen = [];

    public void Clear() => _seen.Clear();

    /// <summary>The rows that are new, in the listing's order. They are known from then on.</summary>
    public List<int> Take(ResultTable table)
    {
        // By name, because where a column stands in a listing changes as columns are added.
        var columns = table.Columns.OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
        var listed = new Dictionary<UInt128, int>();
        var fresh = new List<int>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var row = 0; row < table.RowCount; row++)
        {
            var identity = Identity(hash, columns, row);
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(listed, identity, out _);
            count++;
            ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, identity, out _);
            if (count <= seen) continue;
            seen = count;
            fresh.Add(row);
        }

        if (_seen.Count > capacity)
        {
            foreach (var identity in _seen.Keys.Where(identity => !listed.ContainsKey(identity)).ToList()) _seen.Remove(identity);
        }

        return fresh;
    }

    // Of the texts, because the type that a column has in a listing changes with the events beside this one.
    private static UInt128 Identity(IncrementalHash hash, List<ResultColumn> columns, int row)
    {
        foreach (var column in columns)
        {
            if (column.IsNull(row)) continue;
            Add(hash, column.Name);
            Add(hash, column[row].ToString());
        }

        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, string text)
    {
        ReadOnlySpan<int> length = [text.Length];
        hash.AppendData(MemoryMarshal.AsBytes(length));
        hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
    }
}
