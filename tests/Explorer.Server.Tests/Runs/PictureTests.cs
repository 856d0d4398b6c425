using System.Globalization;
using System.Runtime.CompilerServices;
using Explorer.Server.Pictures;

namespace Explorer.Server.Tests.Runs;

/// <summary>Pictures are made of what the pages are made of.</summary>
public sealed class PictureTests
{
    [Fact]
    public void The_colours_are_those_of_the_dark_theme()
    {
        var tokens = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../src/Explorer.Client/wwwroot/tokens.css")).Split("[data-theme=\"dark\"]", 2)[1];
        int Token(string name) => int.Parse(tokens.Split($"--{name}:", 2)[1].TrimStart()[1..7], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        Palette.SeriesColors.ToArray().ShouldBe(Enumerable.Range(1, 10).Select(i => Token($"series-{i}")));
        Palette.HeatColors.ToArray().ShouldBe(Enumerable.Range(1, 7).Select(i => Token($"heat-{i}")));
        (Palette.Page, Palette.Line, Palette.Text, Palette.Soft, Palette.Faint, Palette.Accent, Palette.Error)
            .ShouldBe((Token("bg-0"), Token("line-1"), Token("fg-1"), Token("fg-2"), Token("fg-3"), Token("accent"), Token("error")));
    }

    [Fact]
    public void A_box_between_pixels_covers_them_in_part()
    {
        var canvas = new Canvas(4, 2, 0x000000);
        canvas.Box(0.5, 0, 1, 1, 0xFF0000);

        var (_, _, pixels) = PngFile.Read(canvas.ToPng());
        pixels.Take(9).ShouldBe([(byte)128, (byte)0, (byte)0, (byte)128, (byte)0, (byte)0, (byte)0, (byte)0, (byte)0]);
    }

    [Fact]
    public void Text_is_cut_where_its_room_ends_and_letters_that_are_not_there_are_boxes()
    {
        var lines = Lettering.Wrap("one two three four", 20, Lettering.Width("one two ", 20), 2);
        (lines.Count, lines[0]).ShouldBe((2, "one two"));
        lines[1].ShouldMatch("^thr.*…$");
        Lettering.Width(lines[1], 20).ShouldBeLessThanOrEqualTo(Lettering.Width("one two ", 20));
        Lettering.Width("é", 20).ShouldBe(Lettering.Width("e", 20));
        Lettering.Width("漢", 20).ShouldBeGreaterThan(0);
        Enumerable.Range(33, 94).Select(c => ((char)c).ToString()).Where(c => Lettering.Wrap(c, 20, 100, 1)[0] != c).ShouldBeEmpty();
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
