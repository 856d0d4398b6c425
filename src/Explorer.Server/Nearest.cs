using Storage.Queries;

namespace Explorer.Server;

/// <summary>Says what a user probably meant.</summary>
internal static class Nearest
{
    /// <summary>"; did you mean X?", or nothing when no candidate is near.</summary>
    public static string Hint(string text, IEnumerable<string> candidates) =>
        NearestNames.To(text, candidates) is { IsEmpty: false } near ? $"; did you mean {near[0]}?" : "";
}
