namespace Explorer.Server;

/// <summary>What the process was asked to do.</summary>
internal enum CommandLineAction
{
    Run,
    Help,
    Version,

    /// <summary>Ask a running server whether it is ready.</summary>
    HealthCheck,

    /// <summary>Read the data directory and say what is wrong.</summary>
    Check,

    /// <summary>The same, and repair it.</summary>
    Repair,
}

/// <summary>The arguments of the process, read but not yet validated.</summary>
internal sealed class CommandLine
{
    private static readonly Dictionary<string, CommandLineAction> Actions = new(StringComparer.Ordinal)
    {
        ["--help"] = CommandLineAction.Help,
        ["-h"] = CommandLineAction.Help,
        ["--version"] = CommandLineAction.Version,
        ["--healthcheck"] = CommandLineAction.HealthCheck,
        ["--check"] = CommandLineAction.Check,
        ["--repair"] = CommandLineAction.Repair,
    };

    private readonly Dictionary<Setting, string> _values = [];
    private readonly List<string> _errors = [];

    public CommandLineAction Action { get; private set; }

    /// <summary>The settings that were given; the last one wins when one was given twice.</summary>
    public IReadOnlyDictionary<Setting, string> Values => _values;

    /// <summary>Every fault of form: unknown flags, missing values.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Reads <c>--flag value</c>, <c>--flag=value</c> and switches.</summary>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (flag, value) = Split(arguments[i]);
            if (value is null && Actions.TryGetValue(flag, out var action)) line.Take(action);
            else if (Settings.All.FirstOrDefault(s => s.Flag == flag) is not { } setting)
            {
                line._errors.Add(Unknown(arguments[i], flag));
                // What follows an unknown option is probably its value, and no second fault.
                if (flag.StartsWith('-') && value is null && i + 1 < arguments.Count && !arguments[i + 1].StartsWith('-')) i++;
            }
            else if (value is not null) line._values[setting] = value;
            else if (setting.IsSwitch) line._values[setting] = "true";
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal)) line._values[setting] = arguments[++i];
            else line._errors.Add($"{flag}: needs a value, {flag} {setting.Argument}");
        }

        return line;
    }

    /// <summary>The last one counts, but a repair is a check and more.</summary>
    private void Take(CommandLineAction action)
    {
        if (action != CommandLineAction.Check || Action != CommandLineAction.Repair) Action = action;
    }

    private static (string Flag, string? Value) Split(string argument)
    {
        var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static string Unknown(string argument, string flag)
    {
        var known = Settings.All.Where(s => s.Flag is not null).Select(s => s.Flag!).Concat(Actions.Keys);
        return flag.StartsWith('-')
            ? $"{flag}: there is no such option{Nearest.Hint(flag, known)}"
            : $"{argument}: is not an option; options start with --";
    }
}
