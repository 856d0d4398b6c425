namespace Explorer.Client;

/// <summary>What a server tells the pages of itself.</summary>
/// <param name="DataDirectory">Where it keeps everything, as it was given.</param>
/// <param name="FreeBytes">Bytes that are free there; null when the system does not say. Asks the system.</param>
/// <param name="Settings">Every setting that the server has, in the order of its help.</param>
public sealed record ServerFacts(string DataDirectory, Func<long?> FreeBytes, IReadOnlyList<ServerSetting> Settings);

/// <summary>A setting of the server, as it is in force. It is changed where the server is started.</summary>
/// <param name="Name">Its key: <c>Retention:MaxAge</c>.</param>
/// <param name="Value">Its value; empty for none. Never a secret.</param>
/// <param name="IsDefault">True when nobody has set it.</param>
/// <param name="Description">One line.</param>
/// <param name="Flag">Name on the command line; null when it has none.</param>
/// <param name="EnvironmentVariable">Name in the environment.</param>
public sealed record ServerSetting(string Name, string Value, bool IsDefault, string Description, string? Flag, string EnvironmentVariable);
