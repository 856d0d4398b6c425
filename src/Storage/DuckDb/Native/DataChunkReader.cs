using System.Runtime.CompilerServices;
using System.Text;

namespace Storage.DuckDb.Native;

/// <summary>What a vector of a type looks like in memory: the type, and the width of one value in bytes, 0 if values cannot be read as such.</summary>
internal readonly record struct VectorType(DuckDbType Type, int Width)
{
    public static VectorType Of(LogicalTypeHandle type)
    {
        var id = DuckDbNative.TypeId(type);
        return new VectorType(id, id switch
        {
            DuckDbType.Decimal => DuckDbNative.DecimalInternalType(type).Width(),
            DuckDbType.Enum => DuckDbNative.EnumInternalType(type).Width(),
            _ => id.Width(),
        });
    }
}

/// <summary>Reads the columns of one chunk of at most 2,048 rows in place. Spans end with the chunk they came from.</summary>
internal sealed unsafe class DataChunkReader
{
    private readonly VectorType[] _types;
    private readonly nint[] _vectors;
    private readonly nint[] _data;
    private readonly nint[] _validity;
    private DataChunkReader?[]? _children;

    internal DataChunkReader(VectorType[] types)
    {
        _types = types;
        _vectors = new nint[types.Length];
        _data = new nint[types.Length];
        _validity = new nint[types.Length];
    }

    /// <summary>Rows of the chunk; 0 when there is none (any more).</summary>
    public int Count { get; private set; }

    public int ColumnCount => _types.Length;

    public DuckDbType ColumnType(int column) => _types[column].Type;

    public bool IsNull(int column, int row)
    {
        CheckRow(row);
        var mask = (ulong*)_validity[column];
        return !DuckDbNative.IsValid(mask, row);
    }

    /// <summary>The values of a column of fixed width, <see cref="Count"/> of them; undefined where <see cref="IsNull"/>.</summary>
    /// <exception cref="InvalidOperationException">A value of the column has another size than <typeparamref name="T"/>.</exception>
    public ReadOnlySpan<T> Values<T>(int column) where T : unmanaged
    {
        var (type, width) = _types[column];
        if (width != sizeof(T) || type.IsBytes())
            throw new InvalidOperationException($"a column of type {type} is not read as {typeof(T).Name}");
        return new ReadOnlySpan<T>((void*)_data[column], Count);
    }

    /// <summary>A VARCHAR, decoded from UTF-8; undefined where <see cref="IsNull"/>.</summary>
    public string GetString(int column, int row) => Encoding.UTF8.GetString(GetBytes(column, row));

    /// <summary>The bytes of a VARCHAR or BLOB; empty where <see cref="IsNull"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> GetBytes(int column, int row)
    {
        if (!_types[column].Type.IsBytes()) throw new InvalidOperationException($"a column of type {_types[column].Type} holds no bytes");
        return IsNull(column, row) ? default : DuckDbString.BytesAt((DuckDbString*)_data[column] + row); // a NULL's slot may hold anything
    }

    /// <summary>Where the items of a LIST lie in <see cref="ListItems"/>.</summary>
    public (int Offset, int Length) List(int column, int row)
    {
        CheckList(column);
        if (IsNull(column, row)) return default;
        var entry = (ulong*)_data[column] + row * 2;
        return (checked((int)entry[0]), checked((int)entry[1]));
    }

    /// <summary>The items of all lists of a column, one after another, as column 0 of a reader that lives as long as this chunk.</summary>
    public DataChunkReader ListItems(int column)
    {
        CheckList(column);
        CheckRow(0);
        var child = DuckDbNative.ListVectorChild(_vectors[column]);
        _children ??= new DataChunkReader?[_types.Length];
        if (_children[column] is not { } reader)
        {
            using var type = DuckDbNative.VectorColumnType(child);
            reader = _children[column] = new DataChunkReader([VectorType.Of(type)]);
        }

        reader.Count = checked((int)DuckDbNative.ListVectorSize(_vectors[column]));
        reader.LoadVector(0, child);
        return reader;
    }

    internal void Load(nint chunk)
    {
        Count = (int)DuckDbNative.DataChunkSize(chunk);
        for (var i = 0; i < _types.Length; i++) LoadVector(i, DuckDbNative.DataChunkVector(chunk, (ulong)i));
    }

    /// <summary>Forgets the chunk, so that a late reader gets an exception and no freed memory.</summary>
    internal void Clear()
    {
        Count = 0;
        if (_children is null) return;
        foreach (var child in _children) child?.Clear();
    }

    private void LoadVector(int column, nint vector)
    {
        _vectors[column] = vector;
        _data[column] = DuckDbNative.VectorData(vector);
        _validity[column] = (nint)DuckDbNative.VectorValidity(vector);
    }

    private void CheckList(int column)
    {
        if (_types[column].Type is not (DuckDbType.List or DuckDbType.Map))
            throw new InvalidOperationException($"a column of type {_types[column].Type} holds no lists");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckRow(int row)
    {
        if ((uint)row >= (uint)Count) ThrowNoRow(row);
    }

    private void ThrowNoRow(int row) => throw new ArgumentOutOfRangeException(nameof(row), row, $"the chunk has {Count} rows");
}
