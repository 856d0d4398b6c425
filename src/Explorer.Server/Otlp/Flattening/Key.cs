using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>A name of an attribute or field, with what is to be known of it, looked up once for many events.</summary>
internal sealed class Key(string name, byte[] utf8, uint hash)
{
    /// <summary>Bytes that may be read from where a name begins, to compare it in one step.</summary>
    public const int ReadableBytes = 32;

    private readonly Vector256<byte> _start = Vector256.Create(Padded(utf8));
    private readonly Vector256<byte> _mask = Vector256.Create(Padded(utf8.Select(_ => (byte)255)));

    /// <summary>A key outside of any table.</summary>
    public Key(string name) : this(name, Encoding.UTF8.GetBytes(name), 0)
    {
    }

    public string Name { get; } = name;

    public byte[] Utf8 { get; } = utf8;

    public uint Hash { get; } = hash;

    /// <summary>True where a field may have the name, see <see cref="OwnColumns"/>.</summary>
    public bool IsOwn { get; } = OwnColumns.Contains(name);

    public bool IsSampleRate { get; } = name == WellKnownColumns.SampleRate;

    /// <summary>True where nothing about the name is special.</summary>
    public bool IsPlain { get; } = !OwnColumns.Contains(name) && name != WellKnownColumns.SampleRate;

    /// <summary>Where the builder puts its values; null until it has any, and for a name that may not be a column.</summary>
    public ColumnSlot? Slot
    {
        get;
        set
        {
            field = value;
            PlainSlot = IsPlain ? value : null;
        }
    }

    /// <summary>The same; null also where the name is special.</summary>
    public ColumnSlot? PlainSlot { get; private set; }

    /// <summary>The key of the attribute's value where a field has taken the name; made when it is needed.</summary>
    public Key? Displaced { get; set; }

    /// <summary>A key that was looked up after this one.</summary>
    public Key? Next { get; set; }

    /// <summary>Another that was, before it.</summary>
    public Key? OtherNext { get; set; }

    /// <summary>True where this is the name.</summary>
    /// <param name="name">Its first byte; <see cref="ReadableBytes"/> can be read from there.</param>
    /// <param name="length">Its length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Is(ref byte name, int length) =>
        length == Utf8.Length
        && ((Vector256.LoadUnsafe(ref name) ^ _start) & _mask) == Vector256<byte>.Zero
        && (length <= ReadableBytes || MemoryMarshal.CreateReadOnlySpan(ref name, length).SequenceEqual(Utf8));

    private static byte[] Padded(IEnumerable<byte> bytes)
    {
        var padded = new byte[ReadableBytes];
        var at = 0;
        foreach (var b in bytes.Take(ReadableBytes)) padded[at++] = b;
        return padded;
    }
}

/// <summary>
/// Keys by their UTF-8 bytes. Attributes tend to come in the order of the event before, so the keys that followed the last times are
/// tried first. Keys beyond the bound, long ones, and those whose places in the table are crowded are not kept.
/// </summary>
internal sealed class KeyTable
{
    private const int MaxKeys = 1 << 13;
    private const int MaxKeyBytes = 256;
    private const int MaxProbes = 16;

    private Key?[] _keys = new Key?[256];
    private int _count;

    /// <summary>The key that was found last; at first one that nothing finds.</summary>
    public Key Last { get; set; } = new(string.Empty);

    /// <summary>True when no further keys are kept.</summary>
    public bool IsFull => _count >= MaxKeys;

    public Key Find(string name) => Find(Encoding.UTF8.GetBytes(name));

    public Key Find(ReadOnlySpan<byte> utf8)
    {
        if (Last.Next is { } next && utf8.SequenceEqual(next.Utf8)) return Last = next;
        if (Last.OtherNext is { } other && utf8.SequenceEqual(other.Utf8)) return Last = other;
        return Last = FindElsewhere(Last, utf8);
    }

    /// <summary>The key after another, where it is neither of the two that are expected; it is one of them from now on.</summary>
    public Key FindElsewhere(Key last, ReadOnlySpan<byte> utf8)
    {
        var key = LookUp(utf8);
        (last.Next, last.OtherNext) = (key, last.Next);
        return key;
    }

    private Key LookUp(ReadOnlySpan<byte> utf8)
    {
        var hash = Hash(utf8);
        var position = (int)hash & (_keys.Length - 1);
        for (var probe = 0; probe < MaxProbes; probe++, position = (position + 1) & (_keys.Length - 1))
        {
            if (_keys[position] is not { } key)
            {
                key = new Key(Encoding.UTF8.GetString(utf8), utf8.ToArray(), hash);
                if (utf8.Length <= MaxKeyBytes && _count < MaxKeys) Keep(key, position);
                return key;
            }

            if (key.Hash == hash && utf8.SequenceEqual(key.Utf8)) return key;
        }

        return new Key(Encoding.UTF8.GetString(utf8), utf8.ToArray(), hash);
    }

    private void Keep(Key added, int position)
    {
        _keys[position] = added;
        if (++_count * 2 < _keys.Length) return;
        var old = _keys;
        _keys = new Key?[old.Length * 2];
        foreach (var key in old)
        {
            if (key is null) continue;
            position = (int)key.Hash & (_keys.Length - 1);
            for (var probe = 0; probe < MaxProbes; probe++, position = (position + 1) & (_keys.Length - 1))
            {
                if (_keys[position] is not null) continue;
                _keys[position] = key;
                break;
            }
        }
    }

    /// <summary>Both ends and the length: names rarely differ in the middle alone, and then their places are only crowded.</summary>
    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong low, high;
        if (utf8.Length >= 8)
        {
            low = MemoryMarshal.Read<ulong>(utf8);
            high = MemoryMarshal.Read<ulong>(utf8[^8..]);
        }
        else
        {
            low = high = 0;
            foreach (var b in utf8) low = low << 8 | b;
        }

        var hash = Math.BigMul(low ^ Multiplier, high + (ulong)utf8.Length * Multiplier, out var rest) ^ rest;
        return (uint)(hash ^ (hash >> 32));
    }
}
