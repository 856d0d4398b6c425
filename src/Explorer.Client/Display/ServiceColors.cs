namespace Explorer.Client.Display;

/// <summary>Colours of services: by a hash of the name, so that a service looks the same in every trace, then the next free one on the page.</summary>
public sealed class ServiceColors
{
    private const int Colors = 10;
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly bool[] _taken = new bool[Colors];

    /// <summary>The number of the colour, 1 to 10; more than ten services share.</summary>
    public int NumberOf(string service)
    {
        if (_byName.TryGetValue(service, out var known)) return known + 1;
        var color = (int)(Hash(service) % Colors);
        if (_byName.Count < Colors)
            while (_taken[color]) color = (color + 1) % Colors;
        _taken[color] = true;
        _byName.Add(service, color);
        return color + 1;
    }

    // FNV-1a: the same on every machine and in every version.
    private static uint Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var c in text) hash = (hash ^ c) * 16777619u;
        return hash;
    }
}
