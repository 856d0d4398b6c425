using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>A name of an attribute or field, with what is to be known of it, looked up once for many events.</summary>
internal sealed class Key(string name, byte[] utf8, uint hash)
{
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
    public ColumnSlot? Slot { get; set; }

    /// <summary>True where the builder finds the name by itself.</summary>
    public bool IsUsual { get; set; }

    /// <summary>The key of the attribute's value where a field has taken the name; made when it is needed.</summary>
    public Key? Displaced { get; set; }
}

/// <summary>
/// Keys by their UTF-8 bytes. Those beyond the bound, long ones, and those whose places are crowded are not kept.
/// </summary>
internal sealed class KeyTable
{
    private const int MaxKeys = 1 << 13;
    private const int MaxKeyBytes = 256;
    private const int MaxProbes = 16;

    private Key?[] _keys = new Key?[256];
    private int _count;

    /// <summary>True when no further keys are kept.</summary>
    public bool IsFull => _count >= MaxKeys;

    public Key Find(string name) => Find(Encoding.UTF8.GetBytes(name));

    public Key Find(ReadOnlySpan<byte> utf8) => LookUp(utf8, Hash(utf8));

    private Key LookUp(ReadOnlySpan<byte> utf8, uint hash)
    {
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

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length >= sizeof(ulong)) return Hash(MemoryMarshal.Read<ulong>(utf8), MemoryMarshal.Read<ulong>(utf8[^sizeof(ulong)..]));
        ulong few = 0;
        for (var i = 0; i < utf8.Length; i++) few |= (ulong)utf8[i] << 8 * i;
        return Hash(few, few);
    }

    /// <summary>Both ends of a name: names rarely differ in the middle alone, and then their places are only crowded.</summary>
    private static uint Hash(ulong first, ulong last) => BitOperations.Crc32C(BitOperations.Crc32C(0, first), last);
}
