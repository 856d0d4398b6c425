namespace Analysis.Changes;

/// <summary>What kind of thing changed between two windows.</summary>
public enum ChangeKind
{
    /// <summary>An operation or version takes another share of the traces.</summary>
    Mix,

    /// <summary>Spans fail more often or more seldom.</summary>
    Errors,

    /// <summary>An operation takes more or less time of its own.</summary>
    Latency,

    /// <summary>Spans appear or vanish below an operation.</summary>
    Structure,

    /// <summary>Log records of a template appear or vanish.</summary>
    Logs,
}

/// <summary>One thing that is different between two windows.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Service">The service in which it is seen.</param>
/// <param name="Operation">The span name, where it is about one.</param>
/// <param name="Subject">What appears, vanishes or changes: a child operation, a log template, a value; null for the operation itself.</param>
/// <param name="NetBits">Evidence that it is no chance, in bits, less the cost of having looked at all others of the kind.</param>
/// <param name="Before">Of the traces that could show it, the share that did before.</param>
/// <param name="After">The same share in the window that is asked about.</param>
/// <param name="BeforeTraces">Traces that could show it, before.</param>
/// <param name="AfterTraces">The same in the window that is asked about.</param>
public sealed record Change(
    ChangeKind Kind, string Service, string? Operation, string? Subject, double NetBits, double Before, double After, int BeforeTraces, int AfterTraces)
{
    /// <summary>For latency: geometric mean of the own time in milliseconds, before and after.</summary>
    public (double Before, double After)? SelfMs { get; init; }

    /// <summary>Net bits below which a change is not even a hint.</summary>
    private const double Weak = -3;

    /// <summary>Bits that a difference in one thing that was looked at alone has by chance once in twenty times.</summary>
    private const double Odd = 2.77;

    /// <summary>Bits that the choice among the ways of looking costs: entries and instances, errors, own times of operations and of services, structure, logs, and logs of errors.</summary>
    internal static readonly double KindCost = Math.Log2(7);

    /// <summary>True when a difference is worth a mention.</summary>
    internal static bool IsMentioned(double bits, double cost) => bits >= Odd && bits - cost > Weak;

    /// <summary>True when it is beyond chance, all that was looked at considered; others are hints.</summary>
    public bool IsSignificant => NetBits > BubbleUp.Netbits.Gate;

    /// <summary>For latency: how many times as long it takes, beyond what all operations take longer.</summary>
    public double? TimesSlower { get; init; }

    /// <summary>True when it is a change for the better: less time, fewer errors, or what goes with errors that are gone.</summary>
    public bool IsBetter { get; init; }

    /// <summary>Equal for changes that the same traces show in the same way.</summary>
    internal ulong Traces { get; init; }

    /// <summary>True when it was not there before at all.</summary>
    public bool IsNew => Kind != ChangeKind.Latency && Before == 0;

    /// <summary>True when it is not there any more.</summary>
    public bool IsGone => Kind != ChangeKind.Latency && After == 0;
}
