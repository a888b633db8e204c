// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Printing;

/// <summary>What it means that a helper of the kernel failed.</summary>
internal static class HelperErrors
{
    private const int NoEntry = -2, TooBig = -7;

    public static string Describe(string helper, int result) => (helper, result) switch
    {
        ("map_update_elem", TooBig) => "Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map declaration e.g. `let @a = hash(5000)`",
        ("map_delete_elem", NoEntry) => "Can't delete map element because it does not exist.",
        ("map_lookup_elem", _) => "Can't lookup map element because it does not exist.",
        _ => Marshal.GetPInvokeErrorMessage(Math.Abs(result)),
    };
}
