// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>What is said about one kind of violation in general.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Number">The number of its code: its category's hundred from 3100 on.</param>
/// <param name="Category">What kind of safety it breaks.</param>
/// <param name="Title">What is wrong, without values.</param>
/// <param name="Suggestion">What to do, where nothing more exact is known.</param>
internal sealed record ViolationRow(ViolationKind Kind, int Number, ViolationCategory Category, string Title, string Suggestion)
{
    internal DiagnosticCode Code => new(Number);
}

/// <summary>The kinds of violation with their codes and words, a file a category. docs/diagnostics/verifier.md has an entry for each.</summary>
internal static partial class ViolationTable
{
    // joined by calls: static fields of several files have no order
    private static readonly ViolationRow[] s_rows = [.. Registers(), .. Memory(), .. Resources(), .. Calls(), .. Context(), .. Structure(), .. Policy()];
    private static readonly ViolationRow[] s_byKind = OrderByKind();

    /// <summary>Every row, by category.</summary>
    internal static ReadOnlySpan<ViolationRow> All => s_rows;

    /// <summary>The row of a kind.</summary>
    internal static ViolationRow Find(ViolationKind kind) => s_byKind[(int)kind];

    private static ViolationRow[] OrderByKind()
    {
        ViolationRow[] rows = new ViolationRow[s_rows.Max(row => (int)row.Kind) + 1];
        foreach (ViolationRow row in s_rows) rows[(int)row.Kind] = row;
        return rows;
    }
}
