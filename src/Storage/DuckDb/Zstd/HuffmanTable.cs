namespace Storage.DuckDb.Zstd;

/// <summary>Codes of whole bits for the bytes of a block that are no repetition: short ones for frequent bytes.</summary>
internal sealed class HuffmanTable
{
    private const int Symbols = 256;

    /// <summary>Bits of the longest code that the format allows.</summary>
    private const int MaxBits = 11;

    /// <summary>Weights that may be described by four bits each.</summary>
    private const int MaxDirect = 128;

    private const int WeightLog = 6;

    private readonly FseTable _weightTable = new();
    private readonly int[] _order = new int[Symbols];
    private readonly int[] _weights = new int[Symbols];
    private readonly long[] _sums = new long[2 * Symbols];
    private readonly int[] _parents = new int[2 * Symbols];
    private readonly byte[] _lengths = new byte[Symbols];
    private readonly ushort[] _codes = new ushort[Symbols];
    private int _last;
    private int _longest;

    /// <summary>Makes codes for bytes that come so often; at least two of them do.</summary>
    public void Set(ReadOnlySpan<int> counts)
    {
        Array.Clear(_lengths);
        var used = 0;
        for (var i = 0; i < Symbols; i++)
        {
            if (counts[i] == 0) continue;
            _order[used++] = i;
            _last = i;
        }

        // Where codes become too long, the differences between counts are made smaller until they do not.
        for (var shift = 0; ; shift++)
        {
            for (var i = 0; i < used; i++) _sums[i] = (counts[_order[i]] >> shift) + 1;
            Array.Sort(_sums, _order, 0, used);
            if (Measure(used) <= MaxBits) break;
        }

        Weigh(used);
    }

    /// <summary>Bits that bytes which come so often take.</summary>
    public long BitsOf(ReadOnlySpan<int> counts)
    {
        long bits = 0;
        for (var i = 0; i < Symbols; i++) bits += (long)counts[i] * _lengths[i];
        return bits;
    }

    /// <summary>Describes the codes as a reader needs them.</summary>
    /// <returns>Bytes written; 0 when these codes cannot be described.</returns>
    public int WriteTo(Span<byte> target)
    {
        // The weight of the last byte follows from the others.
        var weights = _weights.AsSpan(0, _last);
        var packed = TryPackWeights(weights, target[1..]);
        if (packed > 0 && packed < MaxDirect && (packed < (_last + 1) / 2 || _last > MaxDirect))
        {
            target[0] = (byte)packed;
            return packed + 1;
        }

        if (_last > MaxDirect) return 0;
        target[0] = (byte)(127 + _last);
        for (var i = 0; i < _last; i += 2) target[1 + i / 2] = (byte)(weights[i] << 4 | (i + 1 < _last ? weights[i + 1] : 0));
        return 1 + (_last + 1) / 2;
    }

    /// <summary>Writes bytes as a stream.</summary>
    /// <returns>Bytes of the stream.</returns>
    public int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var stream = new BitWriter(target);
        var i = source.Length;
        for (; (i & 3) != 0; i--) stream.Add(_codes[source[i - 1]], _lengths[source[i - 1]]);
        stream.Flush();
        for (; i > 0; i -= 4)
        {
            stream.Add(_codes[source[i - 1]], _lengths[source[i - 1]]);
            stream.Add(_codes[source[i - 2]], _lengths[source[i - 2]]);
            stream.Add(_codes[source[i - 3]], _lengths[source[i - 3]]);
            stream.Add(_codes[source[i - 4]], _lengths[source[i - 4]]);
            stream.Flush();
        }

        return stream.Close();
    }

    /// <summary>Finds the length of each code from sums in ascending order, and gives the longest.</summary>
    private int Measure(int used)
    {
        var (leaf, inner, end) = (0, used, used);
        for (; end < 2 * used - 1; end++)
        {
            _sums[end] = 0;
            for (var child = 0; child < 2; child++)
            {
                var next = leaf < used && (inner >= end || _sums[leaf] <= _sums[inner]) ? leaf++ : inner++;
                _sums[end] += _sums[next];
                _parents[next] = end;
            }
        }

        // From the root down; the depths of inner nodes take the place of their sums.
        _sums[end - 1] = 0;
        for (var i = end - 2; i >= used; i--) _sums[i] = _sums[_parents[i]] + 1;
        _longest = 0;
        for (var i = 0; i < used; i++)
        {
            var length = (int)_sums[_parents[i]] + 1;
            _lengths[_order[i]] = (byte)length;
            _longest = Math.Max(_longest, length);
        }

        return _longest;
    }

    /// <summary>Gives the codes out: those of the longest first, and among equal lengths in the order of the bytes.</summary>
    private void Weigh(int used)
    {
        for (var i = 0; i < Symbols; i++) _weights[i] = _lengths[i] == 0 ? 0 : _longest + 1 - _lengths[i];
        var code = 0;
        for (var length = _longest; length > 0; length--, code >>= 1)
            for (var i = 0; i < Symbols; i++)
                if (_lengths[i] == length) _codes[i] = (ushort)code++;
        if (used < 2) throw new InvalidOperationException("one byte alone needs no codes");
    }

    private int TryPackWeights(ReadOnlySpan<int> weights, Span<byte> target)
    {
        if (weights.Length < 2) return 0;
        Span<int> counts = stackalloc int[MaxBits + 2];
        counts.Clear();
        foreach (var weight in weights) counts[weight]++;
        if (counts.IndexOf(weights.Length) >= 0) return 0;
        _weightTable.Set(counts, weights.Length, WeightLog);
        var head = _weightTable.WriteTo(target);
        var stream = new BitWriter(target[head..]);
        // Two states in turn: the first has the weights at even places.
        Span<int> states = [-1, -1];
        for (var i = weights.Length - 1; i >= 0; i--)
        {
            ref var state = ref states[i & 1];
            if (state < 0) state = _weightTable.Begin(weights[i]);
            else _weightTable.Write(ref stream, ref state, weights[i]);
            stream.Flush();
        }

        _weightTable.End(ref stream, states[1]);
        _weightTable.End(ref stream, states[0]);
        return head + stream.Close();
    }
}
