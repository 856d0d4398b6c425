using System.Numerics;

namespace Storage.DuckDb.Zstd;

/// <summary>
/// Writes symbols in fractions of bits, as Zstandard's finite state entropy does: a state is a number that holds what was written and not
/// yet put out, and the more frequent a symbol is, the more states stand for it.
/// </summary>
internal sealed class FseTable
{
    /// <summary>The smallest table that may be described.</summary>
    private const int MinLog = 5;

    private const int MaxLog = 9;
    private const int MaxSymbols = 64;

    private readonly ushort[] _states = new ushort[1 << MaxLog];
    private readonly byte[] _symbols = new byte[1 << MaxLog];
    private readonly uint[] _deltaBits = new uint[MaxSymbols];
    private readonly int[] _deltaState = new int[MaxSymbols];
    private readonly int[] _shares = new int[MaxSymbols];
    private readonly int[] _next = new int[MaxSymbols + 1];
    private int _count;

    /// <summary>Bits of a state.</summary>
    public int Log { get; private set; }

    /// <summary>A table of shares that the format fixes; -1 is the share of a symbol that is rarer than one state.</summary>
    public static FseTable Fixed(int log, ReadOnlySpan<sbyte> shares)
    {
        var table = new FseTable { Log = log, _count = shares.Length };
        for (var i = 0; i < shares.Length; i++) table._shares[i] = shares[i];
        table.Build();
        return table;
    }

    /// <summary>Makes the table of symbols that come so often; at least two of them do.</summary>
    /// <param name="counts">How often each comes.</param>
    /// <param name="total">Their sum.</param>
    /// <param name="maxLog">Bits of a state at most.</param>
    public void Set(ReadOnlySpan<int> counts, int total, int maxLog)
    {
        _count = counts.Length;
        while (counts[_count - 1] == 0) _count--;
        var least = Math.Min(BitOperations.Log2((uint)total) + 1, BitOperations.Log2((uint)Math.Max(1, _count - 1)) + 2);
        Log = Math.Clamp(Math.Max(BitOperations.Log2((uint)Math.Max(1, total - 1)) - 2, least), MinLog, maxLog);
        Share(counts, total);
        Build();
    }

    /// <summary>Makes the table of a stream that has one symbol: it takes no bits.</summary>
    public void SetOnly(int symbol)
    {
        Log = 0;
        _states[0] = 0;
        (_deltaBits[symbol], _deltaState[symbol]) = (0, 0);
    }

    /// <summary>The state before the last symbol, which is the first to be written.</summary>
    public int Begin(int symbol)
    {
        var bits = (int)((_deltaBits[symbol] + (1 << 15)) >> 16);
        return _states[((int)(((uint)bits << 16) - _deltaBits[symbol]) >> bits) + _deltaState[symbol]];
    }

    /// <summary>Writes what the state has too much, and takes the symbol into it.</summary>
    public void Write(ref BitWriter target, ref int state, int symbol)
    {
        var bits = (int)((uint)state + _deltaBits[symbol] >> 16);
        target.Add((ulong)state, bits);
        state = _states[(state >> bits) + _deltaState[symbol]];
    }

    /// <summary>Writes the last state, from which reading begins.</summary>
    public void End(ref BitWriter target, int state) => target.Add((ulong)state, Log);

    /// <summary>Describes the table as a reader needs it.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteTo(Span<byte> target)
    {
        var size = 1 << Log;
        var (remaining, threshold, width) = (size + 1, size, Log + 1);
        var stream = new ShortBits(target);
        stream.Add(Log - MinLog, 4);
        var wasZero = false;
        for (var symbol = 0; symbol < _count && remaining > 1;)
        {
            if (wasZero)
            {
                var start = symbol;
                while (symbol < _count && _shares[symbol] == 0) symbol++;
                if (symbol == _count) break;
                for (; symbol >= start + 3; start += 3) stream.Add(3, 2);
                stream.Add(symbol - start, 2);
            }

            var share = _shares[symbol++];
            var most = 2 * threshold - 1 - remaining;
            remaining -= Math.Abs(share);
            var value = share + 1;
            if (value >= threshold) value += most;
            stream.Add(value, value < most ? width - 1 : width);
            wasZero = share == 0;
            for (; remaining < threshold; threshold >>= 1) width--;
        }

        return stream.End();
    }

    /// <summary>Shares the states out by how often symbols come; none that comes is left without.</summary>
    private void Share(ReadOnlySpan<int> counts, int total)
    {
        var (left, size) = (1 << Log, 1 << Log);
        var largest = 0;
        for (var i = 0; i < _count; i++)
        {
            _shares[i] = counts[i] == 0 ? 0 : Math.Max(1, (int)(((long)counts[i] * size + total / 2) / total));
            left -= _shares[i];
            if (_shares[i] > _shares[largest]) largest = i;
        }

        _shares[largest] += Math.Max(left, 0);
        for (; left < 0; left++)
        {
            for (var i = 0; i < _count; i++)
                if (_shares[i] > _shares[largest]) largest = i;
            _shares[largest]--;
        }
    }

    private void Build()
    {
        var size = 1 << Log;
        var (top, sum) = (size - 1, 0);
        for (var i = 0; i < _count; i++)
        {
            _next[i] = sum;
            sum += Math.Abs(_shares[i]);
            if (_shares[i] == -1) _symbols[top--] = (byte)i;
        }

        var position = 0;
        var step = (size >> 1) + (size >> 3) + 3;
        for (var i = 0; i < _count; i++)
        {
            for (var left = _shares[i]; left > 0; left--)
            {
                _symbols[position] = (byte)i;
                do position = (position + step) & (size - 1);
                while (position > top);
            }
        }

        for (var i = 0; i < size; i++) _states[_next[_symbols[i]]++] = (ushort)(size + i);
        Transitions(size);
    }

    private void Transitions(int size)
    {
        var before = 0;
        for (var i = 0; i < _count; i++)
        {
            var share = Math.Abs(_shares[i]);
            if (share == 0)
            {
                _deltaBits[i] = (uint)((Log + 1) << 16) - (uint)size;
                continue;
            }

            var bits = share == 1 ? Log : Log - BitOperations.Log2((uint)(share - 1));
            _deltaBits[i] = (uint)(bits << 16) - (share == 1 ? (uint)size : (uint)share << bits);
            _deltaState[i] = before - share;
            before += share;
        }
    }

    /// <summary>Bits from the lowest of the first byte on.</summary>
    private ref struct ShortBits(Span<byte> target)
    {
        private readonly Span<byte> _target = target;
        private uint _pending;
        private int _bits;
        private int _position;

        public void Add(int value, int bits)
        {
            _pending |= (uint)value << _bits;
            for (_bits += bits; _bits >= 8; _bits -= 8, _pending >>= 8) _target[_position++] = (byte)_pending;
        }

        public int End()
        {
            if (_bits > 0) _target[_position++] = (byte)_pending;
            return _position;
        }
    }
}
