// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>The first kernel with each helper. Helpers were numbered as they came, so the table has one row a kernel.</summary>
public static class HelperSince
{
    // Source: the table of versions of docs.ebpf.io. Each row: the first number of that kernel.
    private static readonly (int First, byte Major, byte Minor)[] s_rows =
    [
        (1, 3, 19), (4, 4, 1), (12, 4, 2), (17, 4, 3), (23, 4, 4), (26, 4, 5), (27, 4, 6), (31, 4, 8),
        (37, 4, 9), (42, 4, 10), (45, 4, 11), (46, 4, 12), (48, 4, 13), (51, 4, 14), (54, 4, 15), (58, 4, 16),
        (60, 4, 17), (65, 4, 18), (81, 4, 19), (84, 4, 20), (91, 5, 0), (93, 5, 1), (99, 5, 2), (109, 5, 3),
        (110, 5, 4), (111, 5, 5), (116, 5, 6), (119, 5, 7), (125, 5, 8), (136, 5, 9), (142, 5, 10), (156, 5, 11),
        (163, 5, 12), (164, 5, 13), (166, 5, 14), (169, 5, 15), (176, 5, 16), (180, 5, 17), (186, 5, 18), (194, 5, 19),
        (204, 6, 0), (208, 6, 1), (210, 6, 2),
    ];

    /// <summary>The first kernel that has a helper, for some programs at least.</summary>
    /// <param name="helper">The helper's number, from 1.</param>
    /// <returns>The version; default for a number that is no helper's.</returns>
    public static KernelVersion Find(int helper)
    {
        if (HelperNames.NameOf(helper) is null) return default;
        int at = Array.FindLastIndex(s_rows, row => row.First <= helper);
        return new(s_rows[at].Major, s_rows[at].Minor);
    }

    /// <summary>The first kernel that lets programs of a type call a helper.</summary>
    internal static KernelVersion Find(int helper, ProgramType type)
    {
        KernelVersion first = Find(helper);
        ProgramType like = type switch { ProgramType.Lsm => ProgramType.Tracing, ProgramType.StructOps => ProgramType.SkReuseport, _ => type }; // they take in the same sets
        KernelVersion ofType = HelperSinceByType.Find(helper, like);
        return ofType > first ? ofType : first;
    }
}
