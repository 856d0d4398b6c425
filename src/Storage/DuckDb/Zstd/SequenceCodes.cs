using System.Numerics;

namespace Storage.DuckDb.Zstd;

/// <summary>How the format tells lengths and distances: a code, and bits that say where in the range of the code the number is.</summary>
internal static class SequenceCodes
{
    private static readonly int[] s_literalBases = [16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
    private static readonly int[] s_lengthBases = [35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539];

    /// <summary>The table that a reader knows for numbers of literals.</summary>
    public static FseTable UsualLiterals { get; } = FseTable.Fixed(6,
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]);

    /// <summary>The table that a reader knows for lengths of repetitions.</summary>
    public static FseTable UsualLengths { get; } = FseTable.Fixed(6,
        [1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1]);

    /// <summary>The table that a reader knows for distances.</summary>
    public static FseTable UsualOffsets { get; } = FseTable.Fixed(5,
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]);

    /// <summary>Codes of numbers of literals.</summary>
    public const int LiteralCodes = 36;

    /// <summary>Codes of lengths.</summary>
    public const int LengthCodes = 53;

    /// <summary>Codes of distances in a page of at most 256 MiB.</summary>
    public const int OffsetCodes = 29;

    /// <summary>The code of a number of literals, its further bits, and how many they are.</summary>
    public static (byte Code, int More, byte Bits) OfLiterals(int literals) => literals < 16 ? ((byte)literals, 0, (byte)0) : Of(literals, s_literalBases, 16, LiteralCodes - 1);

    /// <summary>The code of a length.</summary>
    public static (byte Code, int More, byte Bits) OfLength(int length) => length < 35 ? ((byte)(length - 3), 0, (byte)0) : Of(length, s_lengthBases, 32, LengthCodes - 1);

    /// <summary>The code of a distance.</summary>
    public static (byte Code, int More, byte Bits) OfOffset(int offset)
    {
        var code = (byte)BitOperations.Log2((uint)offset);
        return (code, offset - (1 << code), code);
    }

    private static (byte Code, int More, byte Bits) Of(int value, int[] bases, int firstCode, int lastCode)
    {
        var place = Array.BinarySearch(bases, value);
        if (place < 0) place = ~place - 1;
        var width = firstCode + place == lastCode ? 16 : BitOperations.Log2((uint)(bases[place + 1] - bases[place]));
        return ((byte)(firstCode + place), value - bases[place], (byte)width);
    }
}
