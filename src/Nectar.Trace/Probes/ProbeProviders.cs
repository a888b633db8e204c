// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes;

/// <summary>A kind of probe as scripts write it.</summary>
/// <param name="Aliases">Short and old names, of which the case counts; the name itself may be in any case.</param>
/// <param name="IsKernel">Listed without a file or process.</param>
/// <param name="IsUser">Listed for a file or process.</param>
internal sealed record ProbeProvider(ProbeKind Kind, string Name, string[] Aliases, bool IsKernel = false, bool IsUser = false);

/// <summary>All kinds of probes.</summary>
internal static class ProbeProviders
{
    private static readonly ProbeProvider[] s_all =
    [
        new(ProbeKind.Kprobe, "kprobe", ["k"], IsKernel: true),
        new(ProbeKind.Kretprobe, "kretprobe", ["kr"]),
        new(ProbeKind.Uprobe, "uprobe", ["u"], IsUser: true),
        new(ProbeKind.Uretprobe, "uretprobe", ["ur"]),
        new(ProbeKind.Usdt, "usdt", ["U"], IsUser: true),
        new(ProbeKind.Begin, "begin", []),
        new(ProbeKind.End, "end", []),
        new(ProbeKind.Self, "self", []),
        new(ProbeKind.Test, "test", []),
        new(ProbeKind.Bench, "bench", []),
        new(ProbeKind.Tracepoint, "tracepoint", ["t"], IsKernel: true),
        new(ProbeKind.Profile, "profile", ["p"]),
        new(ProbeKind.Interval, "interval", ["i"]),
        new(ProbeKind.Software, "software", ["s"], IsKernel: true),
        new(ProbeKind.Hardware, "hardware", ["h"], IsKernel: true),
        new(ProbeKind.Watchpoint, "watchpoint", ["w"]),
        new(ProbeKind.Fentry, "fentry", ["f", "kfunc"], IsKernel: true),
        new(ProbeKind.Fexit, "fexit", ["fr", "kretfunc"]),
        new(ProbeKind.Iterator, "iter", ["it"], IsKernel: true),
        new(ProbeKind.RawTracepoint, "rawtracepoint", ["rt"], IsKernel: true),
    ];

    public static ReadOnlySpan<ProbeProvider> All => s_all;

    /// <summary>The kind that a name or alias stands for; null if there is none.</summary>
    public static ProbeProvider? Find(string name)
    {
        foreach (ProbeProvider provider in s_all)
        {
            if (provider.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || Array.IndexOf(provider.Aliases, name) >= 0) return provider;
        }

        return null;
    }

    /// <summary>The name of a kind.</summary>
    public static string NameOf(ProbeKind kind) => Array.Find(s_all, provider => provider.Kind == kind)!.Name;
}
