using System.Runtime.CompilerServices;

namespace Storage.DuckDb.Parquet;

/// <summary>Parquet's DELTA_BINARY_PACKED integers, read forwards.</summary>
internal ref struct DeltaIntegers
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _miniblocks;
    private readonly int _perMiniblock;
    private int _position;
    private ReadOnlySpan<byte> _widths;
    private long _least;
    private int _nextMiniblock;
    private int _width;
    private long _bit;
    private int _left;
    private int _index;
    private long _covered = 1;

    public DeltaIntegers(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        var block = PackedBits.Varint(bytes, ref _position);
        _miniblocks = (int)PackedBits.Varint(bytes, ref _position);
        Count = (int)PackedBits.Varint(bytes, ref _position);
        Value = Signed();
        if (_miniblocks is < 1 or > 4_096 || block == 0 || block > 1UL << 24 || block % (ulong)_miniblocks != 0 || (block / (ulong)_miniblocks) % 8 != 0 || Count < 0)
            throw new InvalidDataException("a page of the segment is damaged");
        _perMiniblock = (int)block / _miniblocks;
        _nextMiniblock = _miniblocks;
    }

    public int Count { get; }

    /// <summary>Bytes before the first block, at most.</summary>
    public const int MaxHeadBytes = 40;

    /// <summary>Begins at a mark. To be asked of one that was not moved.</summary>
    public void Resume(PlaceMark mark)
    {
        if (mark.Offset > _bytes.Length) throw new InvalidDataException("the places of the segment are damaged");
        (_index, _position, Value, Sum) = (mark.Index, mark.Offset, mark.Value, mark.Sum);
    }

    /// <summary>The integer that was moved to, the first one at first.</summary>
    public long Value { get; private set; }

    /// <summary>The sum of those before it.</summary>
    public long Sum { get; private set; }

    /// <summary>Goes forwards to an integer.</summary>
    public void MoveTo(int index)
    {
        if ((uint)index >= (uint)Count) throw new InvalidDataException("a page of the segment ends early");
        while (_index < index)
        {
            if (_left == 0) NextMiniblock();
            var steps = Math.Min(_left, index - _index);
            var (value, sum, bit, least, width) = (Value, Sum, _bit, _least, _width);
            if (CanReadWords)
            {
                var mask = (1UL << width) - 1;
                for (var i = 0; i < steps; i++, bit += width)
                {
                    sum += value;
                    value += least + (long)(PackedBits.Word(_bytes, bit) & mask);
                }
            }
            else
            {
                for (var i = 0; i < steps; i++, bit += width)
                {
                    sum += value;
                    value += least + (long)PackedBits.At(_bytes, bit, width);
                }
            }

            (Value, Sum, _bit) = (value, sum, bit);
            _left -= steps;
            _index += steps;
        }
    }

    /// <summary>Goes forwards to an integer of which the value alone is wanted: <see cref="Sum"/> is lost.</summary>
    public void SkipTo(int index)
    {
        if ((uint)index >= (uint)Count) throw new InvalidDataException("a page of the segment ends early");
        while (_index < index)
        {
            if (_left == 0) NextMiniblock();
            var steps = Math.Min(_left, index - _index);
            if (!CanReadWords)
            {
                MoveTo(_index + steps);
                continue;
            }

            Value += unchecked(steps * _least + (long)PackedTotals.Of(_bytes, _bit, _width, steps));
            _bit += (long)steps * _width;
            _left -= steps;
            _index += steps;
        }
    }

    /// <summary>Reads the first integers. To be asked of one that was not moved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyTo(Span<long> target)
    {
        if (target.Length > Count) throw new InvalidDataException("a page of the segment ends early");
        if (target.IsEmpty) return;
        var value = target[0] = Value;
        for (var i = 1; i < target.Length;)
        {
            NextMiniblock();
            var end = Math.Min(i + _left, target.Length);
            var (bit, least, width) = (_bit, _least, _width);
            if (!CanReadWords)
            {
                for (; i < end; i++, bit += width) target[i] = value += least + (long)PackedBits.At(_bytes, bit, width);
                continue;
            }

            value = PackedBits.AddUp(_bytes, bit, width, least, value, target[i..end]);
            i = end;
        }
    }

    /// <summary>Where the integers end. To be asked of a copy: it loses the place.</summary>
    public int End()
    {
        while (_covered < Count) NextMiniblock();
        return _position;
    }

    /// <summary>True when each difference of the miniblock can be read with the seven bytes behind it: none stands at the very end.</summary>
    private readonly bool CanReadWords => _width <= PackedBits.MaxWordWidth && _position + sizeof(ulong) <= _bytes.Length;

    private void NextMiniblock()
    {
        if (_nextMiniblock == _miniblocks)
        {
            _least = Signed();
            _widths = _bytes.Slice(_position, _miniblocks);
            _position += _miniblocks;
            _nextMiniblock = 0;
        }

        _width = _widths[_nextMiniblock++];
        if (_width > 64) throw new InvalidDataException("a page of the segment is damaged");
        _bit = (long)_position * 8;
        _position += _perMiniblock / 8 * _width;
        if (_position > _bytes.Length) throw new InvalidDataException("a page of the segment ends early");
        _left = _perMiniblock;
        _covered += _perMiniblock;
    }

    private long Signed()
    {
        var value = PackedBits.Varint(_bytes, ref _position);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
