namespace Storage.Queries;

/// <summary>How the rows of a heatmap divide its values.</summary>
public enum HeatmapScale
{
    /// <summary>By equal ratios where all values are above 0 and spread widely, else by equal steps.</summary>
    Auto,

    /// <summary>By equal steps.</summary>
    Linear,

    /// <summary>By equal ratios; values of 0 or less stand beside the rows. By equal steps where no value is above 0.</summary>
    Log,
}
