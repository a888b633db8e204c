// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Functions;

/// <summary>Signals by name: number is the place (include/uapi/asm-generic/signal.h).</summary>
internal static class SignalNames
{
    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP",
        "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    public static IEnumerable<string> All => s_names.Skip(1).Select(n => "SIG" + n);

    /// <summary>With or without <c>SIG</c>, in any case.</summary>
    public static bool TryFind(string name, out int number)
    {
        ReadOnlySpan<char> bare = name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? name.AsSpan(3) : name;
        for (number = 1; number < s_names.Length; number++)
        {
            if (bare.Equals(s_names[number], StringComparison.OrdinalIgnoreCase)) return true;
        }

        number = bare switch
        {
            _ when bare.Equals("POLL", StringComparison.OrdinalIgnoreCase) => 29,
            _ when bare.Equals("IOT", StringComparison.OrdinalIgnoreCase) => 6,
            _ when bare.Equals("CLD", StringComparison.OrdinalIgnoreCase) => 17,
            _ => 0,
        };
        return number > 0;
    }
}
