// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>How a program changed between two reports.</summary>
public enum ChangeKind : byte
{
    /// <summary>It did not.</summary>
    Same,

    /// <summary>Only counts changed.</summary>
    Counts,

    /// <summary>It was refused and is accepted.</summary>
    Fixed,

    /// <summary>It is refused as before, for another reason.</summary>
    Reason,

    /// <summary>It was accepted and is not any more.</summary>
    Broken,

    /// <summary>It is only in the new report.</summary>
    Added,

    /// <summary>It is only in the old report.</summary>
    Removed,
}

/// <summary>One program in two reports.</summary>
/// <param name="Kind">How it changed.</param>
/// <param name="Before">As it was; null if it was not there.</param>
/// <param name="After">As it is; null if it is not there.</param>
public sealed record ProgramChange(ChangeKind Kind, ProgramReport? Before, ProgramReport? After)
{
    /// <summary>True if it got worse: accepted before and not any more, or walked by more than the given share.</summary>
    internal bool IsRegression(double moreWalked) => Kind == ChangeKind.Broken
        || (Before is { } before && After is { } after && before.Verdict == Verdict.Accept && after.Walked > before.Walked * (1 + moreWalked) && after.Walked > before.Walked + 100);
}

/// <summary>Two reports side by side.</summary>
public static class Comparison
{
    /// <summary>Programs that walk more by this share count as regressions: a tenth.</summary>
    public const double DefaultTolerance = 0.1;

    /// <summary>Joins two reports by the names of programs and the kernel; objects may have been renamed.</summary>
    public static ImmutableArray<ProgramChange> Of(IEnumerable<ProgramReport> before, IEnumerable<ProgramReport> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        List<ProgramReport> old = [.. before];
        List<ProgramChange> changes = [];
        foreach (ProgramReport now in after)
        {
            // the same object first: several objects may have a program of one name
            int index = old.FindIndex(was => was.Object == now.Object && was.Program == now.Program && was.Kernel == now.Kernel);
            if (index < 0) index = old.FindIndex(was => was.Program == now.Program && was.Kernel == now.Kernel);
            if (index < 0)
            {
                changes.Add(new ProgramChange(ChangeKind.Added, null, now));
                continue;
            }

            changes.Add(new ProgramChange(Compare(old[index], now), old[index], now));
            old.RemoveAt(index);
        }

        foreach (ProgramReport was in old) changes.Add(new ProgramChange(ChangeKind.Removed, was, null));
        return [.. changes];
    }

    /// <summary>The changes for the worse.</summary>
    /// <param name="changes">What <see cref="Of"/> found.</param>
    /// <param name="tolerance">The share by which the walked instructions of an accepted program may grow.</param>
    public static IEnumerable<ProgramChange> Regressions(IEnumerable<ProgramChange> changes, double tolerance = DefaultTolerance) => changes.Where(change => change.IsRegression(tolerance));

    private static ChangeKind Compare(ProgramReport was, ProgramReport now)
    {
        if (was.Verdict != now.Verdict) return now.Verdict == Verdict.Accept ? ChangeKind.Fixed : was.Verdict == Verdict.Accept ? ChangeKind.Broken : ChangeKind.Reason;
        if (was.Explanation?.Code != now.Explanation?.Code) return ChangeKind.Reason;
        return was.Walked == now.Walked && was.States == now.States && was.StackBytes == now.StackBytes ? ChangeKind.Same : ChangeKind.Counts;
    }
}
