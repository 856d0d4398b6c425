namespace Explorer.Server.Pictures;

/// <summary>The colours of pictures: those of the dark theme, 0xRRGGBB.</summary>
internal static class Palette
{
    public const int Page = 0x0e1115;
    public const int Line = 0x232a32;
    public const int Text = 0xe4e8ed;
    public const int Soft = 0xa7b1be;
    public const int Faint = 0x8793a2;
    public const int Accent = 0x6ea8fe;
    public const int Error = 0xff7b72;
    public const int Mark = 0xa7b1be;

    public static ReadOnlySpan<int> SeriesColors => [0x5479d0, 0xdaa32f, 0x7ec5a6, 0xf8b6fe, 0x9b6e0f, 0xa892f3, 0xcd8168, 0x4ba3ad, 0xc5de70, 0x80737a];

    public static ReadOnlySpan<int> HeatColors => [0x16283a, 0x1a4260, 0x1d6486, 0x2f8aa5, 0x62b2bd, 0xa6d8d3, 0xeffaf0];

    /// <summary>Colour of a group by its index; grey beyond those that are told apart.</summary>
    public static int Series(int index) => index < 30 ? SeriesColors[index % SeriesColors.Length] : Faint;

    /// <summary>Colour of a cell, by how full it is between 0 and 1.</summary>
    public static int Heat(double share)
    {
        var at = Math.Clamp(share, 0, 1) * (HeatColors.Length - 1);
        var low = Math.Min((int)at, HeatColors.Length - 2);
        return Mix(HeatColors[low], HeatColors[low + 1], at - low);
    }

    private static int Mix(int a, int b, double share)
    {
        int Channel(int shift) => (int)Math.Round(((a >> shift) & 0xFF) + (((b >> shift) & 0xFF) - ((a >> shift) & 0xFF)) * share) << shift;
        return Channel(16) | Channel(8) | Channel(0);
    }
}
