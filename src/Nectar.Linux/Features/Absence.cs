// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;

namespace Nectar.Linux.Features;

/// <summary>Why something is not there: the likeliest of configuration, age, permission, in this order.</summary>
/// <param name="Code">The kind of reason.</param>
/// <param name="Reason">The reason in words.</param>
internal readonly record struct Absence(DiagnosticCode Code, string Reason)
{
    /// <summary>Finds the reason.</summary>
    /// <param name="minimum">The first kernel that has it; null if that does not matter.</param>
    /// <param name="options">What it is compiled with.</param>
    /// <param name="needs">What using it takes.</param>
    /// <param name="errno">What the kernel answered.</param>
    /// <param name="host">The machine.</param>
    internal static Absence Find(Version? minimum, IReadOnlyList<string> options, ReadOnlySpan<Capability> needs, Errno errno, HostState host)
    {
        // a permission that is missing hides everything else
        if (errno == Errno.EPERM && FindPermission(needs, host) is { } permission) return new Absence(FeatureCodes.NotPermitted, permission);
        if (FindOption(options, host) is { } option) return new Absence(FeatureCodes.NotConfigured, option);
        if (minimum is not null && !host.Release.IsAtLeast(minimum)) return new Absence(FeatureCodes.TooOld, $"needs Linux {minimum.ToString(2)}; this is {host.Release.Version} ({host.Release.Release})");
        if (errno == Errno.EPERM) return new Absence(FeatureCodes.Blocked, DescribeBlock(host));
        return new Absence(FeatureCodes.Absent, errno == Errno.None ? "this kernel does not have it" : $"the kernel refuses it ({errno})");
    }

    /// <summary>The first option that is off, in words; null if all are on or unknown.</summary>
    internal static string? FindOption(IReadOnlyList<string> options, HostState host)
    {
        if (host.Config is not { } config) return null;
        foreach (string option in options)
        {
            string? value = config.Find(option);
            if (value is "y" or "m") continue;
            // an option that a kernel does not know yet says nothing: it may have been born with a rename
            if (value is null && !KnownSince(option, host)) continue;
            return $"{option} is off in this kernel ({config.Source})";
        }

        return null;
    }

    /// <summary>What this process lacks, in words; null if nothing.</summary>
    internal static string? FindPermission(ReadOnlySpan<Capability> needs, HostState host)
    {
        Capability[] missing = [.. needs.ToArray().Where(capability => !host.Has(capability))];
        if (missing.Length > 0)
        {
            if (!host.HasSplitCapabilities) missing = [.. missing.Select(c => c is Capability.Bpf or Capability.Perfmon ? Capability.SysAdmin : c).Distinct()];
            return $"this process lacks {CapabilityNames.Join(missing)}";
        }

        return needs.Length > 0 && host.InChildUserNamespace ? "this process is in a child user namespace, whose capabilities do not count for bpf(2)" : null;
    }

    private static string DescribeBlock(HostState host) => host switch
    {
        { HasSeccompFilter: true } => "refused with EPERM although no capability is missing; a seccomp filter watches this process",
        _ => "refused with EPERM although no capability is missing: this kernel, its sandbox or a security module blocks it; the memory lock limit is not the reason",
    };

    // Options of old are in every configuration, on or off; the newer ones only where they exist.
    private static bool KnownSince(string option, HostState host) => option switch
    {
        "CONFIG_NETKIT" => host.Release.IsAtLeast(new Version(6, 7)),
        "CONFIG_NET_XGRESS" => host.Release.IsAtLeast(new Version(6, 6)),
        "CONFIG_NETFILTER_BPF_LINK" => host.Release.IsAtLeast(new Version(6, 4)),
        "CONFIG_FPROBE" => host.Release.IsAtLeast(new Version(5, 18)),
        "CONFIG_BPF_LSM" => host.Release.IsAtLeast(new Version(5, 7)),
        "CONFIG_DEBUG_INFO_BTF" => host.Release.IsAtLeast(new Version(5, 2)),
        "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS" => host.Release.IsAtLeast(new Version(5, 5)),
        _ => true,
    };
}
