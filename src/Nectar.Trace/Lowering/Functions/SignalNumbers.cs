// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Signals by name (x86-64, arm64: include/uapi/asm-generic/signal.h).</summary>
internal static class SignalNumbers
{
    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT",
        "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>With or without <c>SIG</c>; 0 if there is none.</summary>
    public static int Find(string name)
    {
        string bare = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        return bare switch
        {
            "" => 0,
            "IOT" => 6,
            "POLL" => 29,
            _ => Math.Max(0, Array.IndexOf(s_names, bare)),
        };
    }
}
