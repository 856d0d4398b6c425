using System.Collections.Immutable;

namespace Storage;

/// <summary>Something in a data directory that is not as it was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="What">What is wrong, and where in the file.</param>
/// <param name="Repair">
/// What a repair does about it; null when it leaves the file as it is, since that need not be damaged. A repair deletes nothing: what is damaged is moved to <c>damaged/</c>.
/// </param>
/// <param name="IsRepaired">True when that was done.</param>
public sealed record StoreProblem(string Path, string What, string? Repair, bool IsRepaired)
{
    /// <summary>Why the repair could not be done, or not all of it; null when it was not tried, or was done.</summary>
    public string? Fault { get; init; }
}

/// <summary>What a check of a data directory found.</summary>
/// <param name="Journals">Journals that were read.</param>
/// <param name="Segments">Segments that were read.</param>
/// <param name="Events">Events in them that are whole.</param>
/// <param name="Problems">Everything that is wrong; empty when the directory is clean.</param>
/// <param name="Notes">What the next start will tidy up by itself, such as unfinished files.</param>
public sealed record StoreReport(int Journals, int Segments, long Events, ImmutableArray<StoreProblem> Problems, ImmutableArray<string> Notes);
