// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Features;

/// <summary>What to do about something that is not there, by the reason.</summary>
internal static class AbsenceHelp
{
    internal static string For(DiagnosticCode code, IReadOnlyList<string> options, Version? minimum, ReadOnlySpan<Capability> needs, HostState host)
    {
        if (code == FeatureCodes.NotPermitted) return ForPermission(needs, host);
        if (code == FeatureCodes.NotConfigured) return $"help: run a kernel that is compiled with {string.Join(", ", options.Select(option => option + "=y"))}";
        if (code == FeatureCodes.TooOld) return $"help: run Linux {minimum?.ToString(2)} or newer";
        if (code == FeatureCodes.Blocked) return "help: run outside of the sandbox, or look for the denial in the kernel's log (dmesg) and the audit log; raising 'ulimit -l' does not help";
        return "help: nectar feature shows what this kernel has";
    }

    internal static string ForPermission(ReadOnlySpan<Capability> needs, HostState host)
    {
        if (host.InChildUserNamespace) return "help: run outside of the user namespace (a container without --privileged has its own), or give it a BPF token (Linux 6.9)";
        Capability[] wanted = host.HasSplitCapabilities ? needs.ToArray() : [Capability.SysAdmin];
        return $"help: run as root (sudo), or give the executable what it needs: setcap {CapabilityNames.ForSetcap(wanted)}+ep FILE";
    }
}
