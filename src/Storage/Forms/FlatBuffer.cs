using System.Buffers.Binary;
using System.Text;

namespace Storage.Forms;

/// <summary>
/// Builds a FlatBuffer, in which Arrow describes its data: from the last byte to the first, so that what is referred to is there before what
/// refers to it. Places are counted from the end.
/// </summary>
internal sealed class FlatBuffer
{
    private byte[] _bytes = new byte[1024];
    private int _free;
    private int _widest = 1;
    private int[] _fields = [];
    private int _table;

    public FlatBuffer() => _free = _bytes.Length;

    private int Place => _bytes.Length - _free;

    /// <summary>Begins a table; nothing else may be built before it ends.</summary>
    public void Begin(int fields) => (_fields, _table) = (new int[fields], Place);

    public void Byte(int field, byte value)
    {
        Prepare(1);
        Push(1)[0] = value;
        _fields[field] = Place;
    }

    public void Short(int field, short value)
    {
        Prepare(2);
        BinaryPrimitives.WriteInt16LittleEndian(Push(2), value);
        _fields[field] = Place;
    }

    public void Int(int field, int value)
    {
        Prepare(4);
        BinaryPrimitives.WriteInt32LittleEndian(Push(4), value);
        _fields[field] = Place;
    }

    public void Long(int field, long value)
    {
        Prepare(8);
        BinaryPrimitives.WriteInt64LittleEndian(Push(8), value);
        _fields[field] = Place;
    }

    /// <summary>A field that refers to a text, vector or table.</summary>
    public void Reference(int field, int place)
    {
        Refer(place);
        _fields[field] = Place;
    }

    /// <summary>Ends the table and gives its place.</summary>
    public int End()
    {
        Prepare(4);
        Push(4);
        var table = Place;
        var used = _fields.AsSpan().LastIndexOfAnyExcept(0) + 1;
        for (var i = used - 1; i >= 0; i--) PushShort(_fields[i] == 0 ? 0 : table - _fields[i]);
        PushShort(table - _table);
        PushShort((used + 2) * sizeof(short));
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_bytes.Length - table), Place - table);
        return table;
    }

    public int Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Prepare(4, length + 1);
        Push(1)[0] = 0;
        Encoding.UTF8.GetBytes(text, Push(length));
        PushLength(length);
        return Place;
    }

    /// <summary>A vector of tables or texts.</summary>
    public int References(ReadOnlySpan<int> places)
    {
        Prepare(4, places.Length * sizeof(int));
        for (var i = places.Length - 1; i >= 0; i--) Refer(places[i]);
        PushLength(places.Length);
        return Place;
    }

    /// <summary>A vector of structures of two numbers.</summary>
    public int Pairs(IReadOnlyList<(long First, long Second)> pairs)
    {
        Prepare(4, pairs.Count * 2 * sizeof(long));
        Prepare(8, pairs.Count * 2 * sizeof(long));
        for (var i = pairs.Count - 1; i >= 0; i--)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Push(8), pairs[i].Second);
            BinaryPrimitives.WriteInt64LittleEndian(Push(8), pairs[i].First);
        }

        PushLength(pairs.Count);
        return Place;
    }

    /// <summary>The whole buffer.</summary>
    /// <param name="root">Its outermost table.</param>
    public ReadOnlySpan<byte> Finish(int root)
    {
        Prepare(_widest, sizeof(int));
        Refer(root);
        return _bytes.AsSpan(_free);
    }

    private void Refer(int place)
    {
        Prepare(4);
        var distance = Place - place + sizeof(int);
        BinaryPrimitives.WriteInt32LittleEndian(Push(4), distance);
    }

    private void PushLength(int length) => BinaryPrimitives.WriteInt32LittleEndian(Push(4), length);

    private void PushShort(int value) => BinaryPrimitives.WriteInt16LittleEndian(Push(2), (short)value);

    /// <summary>Fills up, so that something of a width stands at a multiple of it when more bytes have been put behind it.</summary>
    private void Prepare(int width, int more = 0)
    {
        _widest = Math.Max(_widest, width);
        var gap = -(Place + more) & (width - 1);
        Push(gap).Clear();
    }

    private Span<byte> Push(int count)
    {
        if (_free < count)
        {
            var larger = new byte[Math.Max(_bytes.Length * 2, _bytes.Length + count)];
            _bytes.AsSpan(_free).CopyTo(larger.AsSpan(larger.Length - Place));
            _free = larger.Length - Place;
            _bytes = larger;
        }

        _free -= count;
        return _bytes.AsSpan(_free, count);
    }
}
