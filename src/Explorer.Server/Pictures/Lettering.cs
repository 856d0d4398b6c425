using System.Globalization;
using System.Text;

namespace Explorer.Server.Pictures;

/// <summary>
/// Text as lines of a pen: letters of our own, so that a picture needs no font of the machine. A letter is drawn on a grid with its base line at 0,
/// small letters 10 high and capitals 14: <c>M x y</c> lifts the pen, <c>L x y</c> draws to a place, <c>A x y rx ry from to</c> draws along an ellipse
/// between two angles. Letters with marks are drawn without them; what has no letter is an empty box.
/// </summary>
internal static class Lettering
{
    private const double Capital = 14;
    private const double Gap = 3.4;
    private const int StepsOfArc = 18;

    private static readonly Dictionary<char, Glyph> Glyphs = Parse();
    private static readonly Glyph Unknown = Read("M 0 0 L 7 0 L 7 14 L 0 14 L 0 0", 7);

    private sealed record Glyph(double Width, Point[][] Strokes);

    /// <summary>Width of a text, pixels.</summary>
    public static double Width(string text, double size) => Plain(text).Sum(c => Advance(c, size));

    /// <summary>Draws a line of text; characters that do not fit are left out and say so.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="text">What.</param>
    /// <param name="x">Left end, or the right one.</param>
    /// <param name="y">Base line.</param>
    /// <param name="size">Height of a capital letter, pixels.</param>
    /// <param name="color">0xRRGGBB.</param>
    /// <param name="isBold">Drawn with a broader pen.</param>
    /// <param name="isRight">Whether <paramref name="x"/> is the right end.</param>
    /// <param name="most">Pixels that it may take.</param>
    public static void Draw(Canvas canvas, string text, double x, double y, double size, int color, bool isBold = false, bool isRight = false, double most = double.MaxValue)
    {
        var shown = Fit(Plain(text), size, most);
        if (isRight) x -= shown.Sum(c => Advance(c, size));
        var scale = size / Capital;
        var pen = Math.Max(1.15, size * (isBold ? 0.165 : 0.115));
        foreach (var character in shown)
        {
            foreach (var stroke in Of(character).Strokes) canvas.Line([.. stroke.Select(p => new Point(x + p.X * scale, y - p.Y * scale))], pen, color);
            x += Advance(character, size);
        }
    }

    /// <summary>Breaks a text at blanks into lines of a width; what is left over after the last line is cut there.</summary>
    public static List<string> Wrap(string text, double size, double width, int lines)
    {
        var wrapped = new List<string>();
        var line = "";
        foreach (var word in Plain(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : line + " " + word;
            if (line.Length > 0 && wrapped.Count < lines - 1 && Width(longer, size) > width)
            {
                wrapped.Add(line);
                line = word;
            }
            else
            {
                line = longer;
            }
        }

        if (line.Length > 0) wrapped.Add(Fit(line, size, width));
        return wrapped;
    }

    private static string Fit(string text, double size, double most)
    {
        var width = 0.0;
        for (var i = 0; i < text.Length; i++)
        {
            width += Advance(text[i], size);
            if (width <= most) continue;
            var end = i;
            for (var room = width + Advance('…', size); end > 0 && room > most; end--) room -= Advance(text[end], size);
            return text[..end] + "…";
        }

        return text;
    }

    private static double Advance(char character, double size) => (Of(character).Width + Gap) * size / Capital;

    private static Glyph Of(char character) => Glyphs.GetValueOrDefault(character, Unknown);

    // A letter with a mark is a letter and a mark, and the mark goes; half a pair is no character.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsBmp && Glyphs.ContainsKey((char)rune.Value))
            {
                plain.Append((char)rune.Value);
                continue;
            }

            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) plain.Append(' ');
            else if (!TryBare(rune, out var bare)) plain.Append('\uFFFD');
            else plain.Append(bare);
        }

        return plain.ToString();
    }

    // Written out: a server without the data of cultures takes no mark off a letter.
    private static bool TryBare(Rune rune, out char bare)
    {
        const string marked = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿß";
        const string plain = "AAAAAACEEEEIIIINOOOOOOUUUUYaaaaaaceeeeiiiinoooooouuuuyys";
        var at = rune.IsBmp ? marked.IndexOf((char)rune.Value, StringComparison.Ordinal) : -1;
        bare = at < 0 ? default : plain[at];
        return at >= 0;
    }

    private static Dictionary<char, Glyph> Parse()
    {
        var glyphs = new Dictionary<char, Glyph> { [' '] = new(1.6, []), ['\u00A0'] = new(1.6, []) };
        foreach (var line in Letters.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ', 3);
            glyphs[parts[0][0]] = Read(parts[2].Trim(), double.Parse(parts[1], CultureInfo.InvariantCulture));
        }

        glyphs['\u2212'] = glyphs['–'];
        glyphs['μ'] = glyphs['µ'];
        return glyphs;
    }

    private static Glyph Read(string path, double width)
    {
        var strokes = new List<List<Point>>();
        var words = path.Split(' ');
        for (var i = 0; i < words.Length;)
        {
            double Number(int at) => double.Parse(words[i + at], CultureInfo.InvariantCulture);
            switch (words[i])
            {
                case "M":
                    strokes.Add([new Point(Number(1), Number(2))]);
                    i += 3;
                    break;
                case "L":
                    strokes[^1].Add(new Point(Number(1), Number(2)));
                    i += 3;
                    break;
                default:
                    if (i == 0) strokes.Add([]);
                    strokes[^1].AddRange(Arc(Number(1), Number(2), Number(3), Number(4), Number(5), Number(6)));
                    i += 7;
                    break;
            }
        }

        return new Glyph(width, [.. strokes.Select(s => s.ToArray())]);
    }

    private static IEnumerable<Point> Arc(double x, double y, double rx, double ry, double from, double to) =>
        Enumerable.Range(0, StepsOfArc + 1).Select(i => (from + (to - from) * i / StepsOfArc) * Math.PI / 180).Select(a => new Point(x + rx * Math.Cos(a), y + ry * Math.Sin(a)));

    // Character, width, path.
    private const string Letters = """
        a 8 M 8 5 A 4 5 4 5 0 360 M 8 10 L 8 0
        b 8 M 0 14.5 L 0 0 M 8 5 A 4 5 4 5 0 360
        c 7.2 A 4.2 5 4.2 5 45 315
        d 8 M 8 14.5 L 8 0 M 8 5 A 4 5 4 5 0 360
        e 8.2 M 0.2 5.2 L 8.1 5.2 A 4.1 5 4.1 5 2 318
        f 5.4 M 5.6 14.2 A 5.2 11.6 2.8 2.8 80 180 L 2.4 0 M 0 9.6 L 5.4 9.6
        g 8 M 8 5 A 4 5 4 5 0 360 M 8 10 L 8 0 A 4 0 4 4.2 0 -140
        h 7.6 M 0 14.5 L 0 0 M 0 6 A 3.8 6 3.8 4 180 0 L 7.6 0
        i 0 M 0 10 L 0 0 M 0 13.6 L 0 13.9
        j 2.5 M 2.5 10 L 2.5 -1.5 A 0 -1.5 2.5 2.5 0 -70 M 2.5 13.6 L 2.5 13.9
        k 7.4 M 0 14.5 L 0 0 M 7 10 L 0.2 3.8 M 2.7 6 L 7.4 0
        l 0 M 0 14.5 L 0 0
        m 12.4 M 0 10 L 0 0 M 0 6.5 A 3.1 6.5 3.1 3.5 180 0 L 6.2 0 M 6.2 6.5 A 9.3 6.5 3.1 3.5 180 0 L 12.4 0
        n 7.6 M 0 10 L 0 0 M 0 6 A 3.8 6 3.8 4 180 0 L 7.6 0
        o 8.4 A 4.2 5 4.2 5 0 360
        p 8 M 0 10 L 0 -4.2 M 8 5 A 4 5 4 5 0 360
        q 8 M 8 10 L 8 -4.2 M 8 5 A 4 5 4 5 0 360
        r 4.6 M 0 10 L 0 0 M 0 6 A 4 6 4 4 180 80
        s 6.5 A 3.3 7.5 2.9 2.5 25 270 A 3.3 2.5 3.2 2.5 90 -155
        t 5.6 M 2.2 13 L 2.2 2.6 A 4.8 2.6 2.6 2.6 180 290 M 0 9.8 L 5.6 9.8
        u 7.6 M 0 10 L 0 4 A 3.8 4 3.8 4 180 360 M 7.6 10 L 7.6 0
        v 7.6 M 0 10 L 3.8 0 L 7.6 10
        w 11.6 M 0 10 L 2.9 0 L 5.8 9.6 L 8.7 0 L 11.6 10
        x 7.2 M 0 10 L 7.2 0 M 7.2 10 L 0 0
        y 7.6 M 0 10 L 3.9 0.2 M 7.6 10 L 3.4 -1.8 A 1.2 -1.6 2.2 2.6 -5 -95
        z 7 M 0.3 10 L 6.8 10 L 0 0 L 7 0
        A 10 M 0 0 L 5 14 L 10 0 M 1.7 4.8 L 8.3 4.8
        B 8.9 M 0 0 L 0 14 L 4.6 14 A 4.6 10.7 3.4 3.3 90 -90 L 0 7.4 M 4.6 7.4 A 5 3.7 3.9 3.7 90 -90 L 0 0
        C 9.9 A 5.7 7 5.7 7 45 315
        D 9.8 M 0 0 L 0 14 L 3.5 14 A 3.5 7 6.3 7 90 -90 L 0 0
        E 8 M 8 14 L 0 14 L 0 0 L 8 0 M 0 7.2 L 7 7.2
        F 7.6 M 7.6 14 L 0 14 L 0 0 M 0 7 L 6.8 7
        G 11.2 A 5.6 7 5.6 7 45 360 L 6.6 7
        H 9.4 M 0 0 L 0 14 M 9.4 0 L 9.4 14 M 0 7.2 L 9.4 7.2
        I 0 M 0 0 L 0 14
        J 6 M 6 14 L 6 3.6 A 2.8 3.6 3.2 3.6 0 -165
        K 8.8 M 0 0 L 0 14 M 8.4 14 L 0.2 5.8 M 3.4 8.9 L 8.8 0
        L 7.2 M 0 14 L 0 0 L 7.2 0
        M 11.6 M 0 0 L 0 14 L 5.8 3 L 11.6 14 L 11.6 0
        N 9.4 M 0 0 L 0 14 L 9.4 0 L 9.4 14
        O 12 A 6 7 6 7 0 360
        P 8.5 M 0 0 L 0 14 L 4.6 14 A 4.6 10.2 3.9 3.8 90 -90 L 0 6.4
        Q 12 M 12 7 A 6 7 6 7 0 360 M 7.4 4 L 11.8 -1
        R 8.8 M 0 0 L 0 14 L 4.6 14 A 4.6 10.2 3.9 3.8 90 -90 L 0 6.4 M 4.4 6.4 L 8.8 0
        S 9 A 4.5 10.5 4 3.5 25 270 A 4.5 3.5 4.4 3.5 90 -155
        T 10 M 0 14 L 10 14 M 5 14 L 5 0
        U 9.2 M 0 14 L 0 4.6 A 4.6 4.6 4.6 4.6 180 360 L 9.2 14
        V 10 M 0 14 L 5 0 L 10 14
        W 15.2 M 0 14 L 3.8 0 L 7.6 13 L 11.4 0 L 15.2 14
        X 9.4 M 0.2 14 L 9.4 0 M 9.2 14 L 0 0
        Y 9.6 M 0 14 L 4.8 6.6 L 9.6 14 M 4.8 6.6 L 4.8 0
        Z 9 M 0.4 14 L 8.8 14 L 0 0 L 9 0
        0 8 A 4 7 4 7 0 360
        1 8 M 1 11.2 L 4.6 14 L 4.6 0
        2 8 A 4 10.2 3.7 3.8 170 -35 L 0 0 L 8 0
        3 8 M 0.6 14 L 7.2 14 L 3.4 8.6 A 3.8 4.3 4 4.3 95 -150
        4 8 M 6 0 L 6 14 L 0 4 L 8.2 4
        5 8 M 7.2 14 L 1.2 14 L 0.9 7.6 A 3.9 4.5 4 4.5 135 -150
        6 8 M 6.6 14 L 0.9 6.5 M 8 4.4 A 4 4.4 4 4.4 0 360
        7 8 M 0.2 14 L 7.8 14 L 2.6 0
        8 8 M 7.4 10.5 A 4 10.5 3.4 3.5 0 360 M 8 3.6 A 4 3.6 4 3.6 0 360
        9 8 M 1.4 0 L 7.1 7.5 M 8 9.6 A 4 9.6 4 4.4 0 360
        . 0.8 M 0.4 0.1 L 0.4 0.4
        , 1 M 0.8 0.5 L 0.2 -2.2
        : 0 M 0 0.2 L 0 0.5 M 0 7.8 L 0 8.1
        ; 0.6 M 0.6 0.5 L 0 -2.2 M 0.6 7.8 L 0.6 8.1
        ! 0 M 0 14 L 0 4.5 M 0 0.1 L 0 0.4
        " 3 M 0 14 L 0 10.4 M 3 14 L 3 10.4
        ' 0 M 0 14 L 0 10.4
        # 9 M 3.4 14 L 1.4 0 M 7.8 14 L 5.8 0 M 0.4 9.6 L 9 9.6 M 0 4.6 L 8.6 4.6
        $ 9 A 4.5 10.2 4 3.3 25 270 A 4.5 3.6 4.4 3.3 90 -155 M 4.5 16 L 4.5 -2
        % 11.2 M 9.6 14 L 1.6 0 M 5 11 A 2.5 11 2.5 3 0 360 M 11.2 3 A 8.7 3 2.5 3 0 360
        & 9.6 M 9.6 0 L 1.9 10 A 3.8 11.3 2.3 2.7 210 -40 L 1.2 5.8 A 3.7 3.5 3.7 3.5 138 330 L 9 6.6
        ( 2.4 A 6 6 6 10 128 232
        ) 2.4 A -3.6 6 6 10 52 -52
        * 5.6 M 2.8 14 L 2.8 8 M 0.2 12.5 L 5.4 9.5 M 5.4 12.5 L 0.2 9.5
        + 8 M 4 3 L 4 11 M 0 7 L 8 7
        - 4.6 M 0 5.4 L 4.6 5.4
        – 8 M 0 7 L 8 7
        / 6 M 0 -1.5 L 6 15
        \ 6 M 6 -1.5 L 0 15
        < 8 M 8 11.5 L 0 7 L 8 2.5
        > 8 M 0 11.5 L 8 7 L 0 2.5
        = 8 M 0 9 L 8 9 M 0 5 L 8 5
        ? 7.2 A 3.6 10.6 3.6 3.4 165 -60 L 3.8 4.8 M 3.8 0.1 L 3.8 0.4
        @ 12.4 M 9 6.8 A 6.3 6.8 2.7 3 0 360 M 9 9.8 L 9 5.6 A 10.6 5.6 1.6 1.8 180 360 L 12.2 7 A 6.1 6.8 6.1 7 0 310
        [ 3 M 3 15 L 0 15 L 0 -2 L 3 -2
        ] 3 M 0 15 L 3 15 L 3 -2 L 0 -2
        ^ 7 M 0 9 L 3.5 14 L 7 9
        _ 8 M 0 -2 L 8 -2
        ` 2 M 0 14 L 2 11.5
        { 4 M 4 15 A 4 13 2 2 90 180 L 2 8.5 L 0 6.5 L 2 4.5 L 2 0 A 4 0 2 2 180 270
        } 4 M 0 15 A 0 13 2 2 90 0 L 2 8.5 L 4 6.5 L 2 4.5 L 2 0 A 0 0 2 2 0 -90
        | 0 M 0 15 L 0 -2
        ~ 8.8 A 2.2 6 2.2 1.8 180 0 A 6.6 6 2.2 1.8 180 360
        … 8 M 0 0.1 L 0 0.4 M 4 0.1 L 4 0.4 M 8 0.1 L 8 0.4
        × 7 M 0 10.5 L 7 3.5 M 7 10.5 L 0 3.5
        ± 8 M 4 4 L 4 12 M 0 8 L 8 8 M 0 1 L 8 1
        ≤ 8 M 8 12.5 L 0 8.5 L 8 4.5 M 0 1.5 L 8 1.5
        ≥ 8 M 0 12.5 L 8 8.5 L 0 4.5 M 0 1.5 L 8 1.5
        ≠ 8 M 0 9 L 8 9 M 0 5 L 8 5 M 6.5 12.5 L 1.5 1.5
        µ 7.6 M 0 10 L 0 -4 M 0 4 A 3.8 4 3.8 4 180 360 M 7.6 10 L 7.6 0
        · 0 M 0 6.8 L 0 7.1
        → 12 M 0 7 L 12 7 M 8 10.5 L 12 7 L 8 3.5
        """;
}
