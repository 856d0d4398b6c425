using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Values that are flattened and wait for their events; their texts lie in one array.</summary>
internal sealed class LeafList
{
    private readonly List<Entry> _items = [];
    private byte[] _text = [];
    private int _textLength;

    public int Count => _items.Count;

    public Leaf this[int index]
    {
        get
        {
            var item = _items[index];
            return new Leaf(item.Key, item.Type, item.Bits, _text.AsSpan(item.Offset, item.Length));
        }
    }

    public void Add(Leaf leaf)
    {
        var needed = checked(_textLength + leaf.Text.Length);
        if (needed > _text.Length) Array.Resize(ref _text, Math.Max(needed, Math.Max(256, (int)Math.Min(_text.Length * 2L, Array.MaxLength))));
        leaf.Text.CopyTo(_text.AsSpan(_textLength));
        _items.Add(new Entry(leaf.Key, leaf.Type, leaf.Bits, _textLength, leaf.Text.Length));
        _textLength = needed;
    }

    public bool Has(Key key)
    {
        foreach (var item in _items)
            if (item.Key == key) return true;
        return false;
    }

    /// <summary>Forgets the values, and memory that only unusual ones need.</summary>
    public void Clear()
    {
        _items.Clear();
        _textLength = 0;
        if (_text.Length > 1 << 16) _text = [];
    }

    private readonly record struct Entry(Key Key, StorageType Type, long Bits, int Offset, int Length);
}
