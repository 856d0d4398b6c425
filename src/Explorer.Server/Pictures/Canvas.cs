namespace Explorer.Server.Pictures;

/// <summary>A place on a picture, pixels from its upper left corner.</summary>
internal readonly record struct Point(double X, double Y);

/// <summary>
/// A picture in memory, drawn without a graphics library: filled boxes, columns and lines with smooth edges. Whatever lies outside is cut off.
/// Colours are 0xRRGGBB.
/// </summary>
internal sealed class Canvas
{
    private readonly byte[] _pixels;
    private readonly float[] _cover;

    public Canvas(int width, int height, int color)
    {
        (Width, Height) = (width, height);
        _pixels = new byte[width * height * 3];
        _cover = new float[width * height];
        Box(0, 0, width, height, color);
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] ToPng() => Png.Encode(_pixels, Width, Height);

    /// <summary>A filled box; an edge between pixels covers them in part.</summary>
    public void Box(double x, double y, double width, double height, int color, double alpha = 1)
    {
        var (right, bottom) = (Math.Min(Width, x + width), Math.Min(Height, y + height));
        (x, y) = (Math.Max(0, x), Math.Max(0, y));
        for (var row = (int)y; row < bottom; row++)
        {
            var down = Math.Min(bottom, row + 1) - Math.Max(y, row);
            for (var column = (int)x; column < right; column++)
                Blend(column, row, color, alpha * down * (Math.Min(right, column + 1) - Math.Max(x, column)));
        }
    }

    /// <summary>A line through points with round ends and corners; what it crosses of itself is not covered twice.</summary>
    public void Line(IReadOnlyList<Point> points, double width, int color, double alpha = 1)
    {
        if (points.Count == 0) return;
        var reach = width / 2 + 1;
        var (left, right) = Range(points.Min(p => p.X) - reach, points.Max(p => p.X) + reach, Width);
        var (top, bottom) = Range(points.Min(p => p.Y) - reach, points.Max(p => p.Y) + reach, Height);
        if (points.Count == 1) Cover(points[0], points[0], width);
        for (var i = 1; i < points.Count; i++) Cover(points[i - 1], points[i], width);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++)
            {
                ref var cover = ref _cover[y * Width + x];
                if (cover <= 0) continue;
                Blend(x, y, color, alpha * cover);
                cover = 0;
            }
    }

    // How much of each pixel near a stretch of the line is covered, by the distance of its centre.
    private void Cover(Point a, Point b, double width)
    {
        var reach = width / 2 + 0.5;
        var (left, right) = Range(Math.Min(a.X, b.X) - reach, Math.Max(a.X, b.X) + reach, Width);
        var (top, bottom) = Range(Math.Min(a.Y, b.Y) - reach, Math.Max(a.Y, b.Y) + reach, Height);
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var length = dx * dx + dy * dy;
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++)
            {
                var (px, py) = (x + 0.5 - a.X, y + 0.5 - a.Y);
                var along = length == 0 ? 0 : Math.Clamp((px * dx + py * dy) / length, 0, 1);
                var (ox, oy) = (px - along * dx, py - along * dy);
                var cover = (float)Math.Clamp(reach - Math.Sqrt(ox * ox + oy * oy), 0, 1);
                ref var most = ref _cover[y * Width + x];
                if (cover > most) most = cover;
            }
    }

    private static (int From, int To) Range(double from, double to, int size) =>
        ((int)Math.Clamp(Math.Floor(from), 0, size), (int)Math.Clamp(Math.Ceiling(to), 0, size));

    private void Blend(int x, int y, int color, double alpha)
    {
        var at = (y * Width + x) * 3;
        for (var channel = 0; channel < 3; channel++)
        {
            var value = (color >> (16 - 8 * channel)) & 0xFF;
            _pixels[at + channel] = (byte)Math.Round(_pixels[at + channel] + (value - _pixels[at + channel]) * alpha);
        }
    }
}
