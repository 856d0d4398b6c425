using System.Text;

namespace Storage.DuckDb.Parquet;

/// <summary>Writes Thrift's compact protocol, in which Parquet keeps its footer and the headers of pages.</summary>
/// <param name="target">Takes the bytes.</param>
internal sealed class ThriftWriter(ByteBuffer target)
{
    public const int Struct = 12;
    public const int Binary = 8;
    public const int Int32 = 5;

    private readonly Stack<int> _outer = new();
    private int _last;

    /// <summary>Begins a structure: the outermost one, or an item of a list.</summary>
    public void Begin()
    {
        _outer.Push(_last);
        _last = 0;
    }

    /// <summary>Begins a structure that is a field.</summary>
    public void Begin(int field)
    {
        Head(field, Struct);
        Begin();
    }

    public void End()
    {
        target.AppendByte(0);
        _last = _outer.Pop();
    }

    /// <summary>A field of 32 bits, which enumerations are too.</summary>
    public void Int(int field, int value)
    {
        Head(field, Int32);
        target.AppendSigned(value);
    }

    public void Long(int field, long value)
    {
        Head(field, 6);
        target.AppendSigned(value);
    }

    public void Bool(int field, bool value) => Head(field, value ? 1 : 2);

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Head(field, Binary);
        BytesItem(value);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>The head of a list that is a field; its items follow.</summary>
    public void List(int field, int itemType, int count)
    {
        Head(field, 9);
        if (count < 15)
        {
            target.AppendByte(count << 4 | itemType);
            return;
        }

        target.AppendByte(15 << 4 | itemType);
        target.AppendVarint((ulong)count);
    }

    public void IntItem(int value) => target.AppendSigned(value);

    public void BytesItem(ReadOnlySpan<byte> value)
    {
        target.AppendVarint((ulong)value.Length);
        target.Append(value);
    }

    private void Head(int field, int type)
    {
        var step = field - _last;
        if (step is > 0 and < 16)
        {
            target.AppendByte(step << 4 | type);
        }
        else
        {
            target.AppendByte(type);
            target.AppendSigned(field);
        }

        _last = field;
    }
}
