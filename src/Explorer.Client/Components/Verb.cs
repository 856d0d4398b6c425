using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>What can be done with a value wherever it is shown.</summary>
public enum Verb
{
    Filter,
    Exclude,
    Group,

    /// <summary>Compare with the rest.</summary>
    Select,
    Copy,
}

/// <summary>A verb on a value of a column.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Column">The column.</param>
/// <param name="Value">Its value; null when it is missing.</param>
public sealed record ValueVerb(Verb Verb, string Column, Value Value)
{
    /// <summary>The verb of a key; null when it has none.</summary>
    public static Verb? OfKey(string key) => key switch
    {
        "f" => Components.Verb.Filter,
        "x" => Components.Verb.Exclude,
        "g" => Components.Verb.Group,
        "s" => Components.Verb.Select,
        "c" => Components.Verb.Copy,
        _ => null,
    };

    /// <summary>The value as it is copied: raw.</summary>
    public string Raw => Value.ToString();
}

/// <summary>A verb on one group of a result.</summary>
/// <param name="Verb">What to do: filter, exclude or select.</param>
/// <param name="Group">Its columns with their values.</param>
public sealed record GroupVerb(Verb Verb, IReadOnlyList<(string Column, Value Value)> Group);
