// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Refusals;

/// <summary>
/// The complaints that are understood, in tables by subject. A row that fits is found by the order of the tables, so the special stands before
/// the general. Wordings are those of kernel/bpf/verifier.c and btf.c, 5.10 to 6.18.
/// </summary>
internal static partial class VerifierMessages
{
    // built when first used: static fields of several files have no order
    private static readonly Lazy<VerifierMessage[]> s_all = new(Join);

    /// <summary>Every row.</summary>
    internal static ReadOnlySpan<VerifierMessage> All => s_all.Value;

    /// <summary>Finds the row for one of some complaints, the first complaint first.</summary>
    internal static VerifierFinding? Find(IReadOnlyList<string> complaints)
    {
        for (int i = 0; i < complaints.Count; i++)
        {
            string line = complaints[i];
            foreach (VerifierMessage row in s_all.Value)
            {
                if (row.MayBeRemark && i < complaints.Count - 1) continue;
                foreach (MessageTemplate template in row.Templates)
                {
                    Dictionary<string, string> fields = new(StringComparer.Ordinal);
                    if (template.TryMatch(line, fields) && row.When?.Invoke(fields) != false) return new VerifierFinding(row, fields, line);
                }
            }
        }

        return null;
    }

    private static VerifierMessage[] Join() =>
        [.. s_poison, .. s_memory, .. s_arithmetic, .. s_stack, .. s_flow, .. s_calls, .. s_arguments, .. s_regions, .. s_targets, .. s_other];
}
