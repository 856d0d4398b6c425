using System.Globalization;
using System.Text;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Where a reader is in a JSON document. Costs two numbers a level until somebody asks for the text.</summary>
internal struct JsonPath()
{
    private Level[] _levels = new Level[16];
    private int _count = 0;

    public void Push(int index)
    {
        if (_count == _levels.Length) Array.Resize(ref _levels, _count * 2);
        _levels[_count++] = new Level { Index = index };
    }

    public void Pop() => _count--;

    public readonly void NextIndex() => _levels[_count - 1].Index++;

    /// <summary>The field that is read at the innermost level.</summary>
    public readonly void Name(int start, int length)
    {
        ref var level = ref _levels[_count - 1];
        level.Start = start;
        level.Length = length;
    }

    /// <summary>For example <c>resourceSpans[0].scopeSpans[1].spans</c>; null at the root.</summary>
    public readonly string? Format(ReadOnlySpan<byte> json)
    {
        var path = new StringBuilder();
        foreach (var level in _levels.AsSpan(0, _count))
        {
            if (level.Index >= 0) path.Append(CultureInfo.InvariantCulture, $"[{level.Index}]");
            if (level.Length == 0) continue;
            if (path.Length > 0) path.Append('.');
            path.Append(Encoding.UTF8.GetString(json.Slice(level.Start, level.Length)));
        }

        return path.Length == 0 ? null : path.ToString();
    }

    private struct Level
    {
        public int Start;
        public int Length;
        public int Index;
    }
}
