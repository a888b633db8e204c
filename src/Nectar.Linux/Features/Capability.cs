// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Features;

/// <summary>The capabilities that BPF asks for, with the kernel's numbers (include/uapi/linux/capability.h).</summary>
public enum Capability
{
    /// <summary><c>CAP_NET_ADMIN</c>: networking programs and their hooks.</summary>
    NetAdmin = 12,

    /// <summary><c>CAP_SYS_PTRACE</c>: reading what other users' processes have mapped.</summary>
    SysPtrace = 19,

    /// <summary><c>CAP_SYS_ADMIN</c>: everything BPF before 5.8; ids of foreign objects, offload.</summary>
    SysAdmin = 21,

    /// <summary><c>CAP_SYS_RESOURCE</c>: raising limits, which maps need before 5.11.</summary>
    SysResource = 24,

    /// <summary><c>CAP_PERFMON</c> (5.8): tracing programs and perf events.</summary>
    Perfmon = 38,

    /// <summary><c>CAP_BPF</c> (5.8): maps, types, and programs beyond plain socket filters.</summary>
    Bpf = 39,
}

/// <summary>The kernel's names of capabilities.</summary>
internal static class CapabilityNames
{
    private static readonly Dictionary<Capability, string> s_names = new()
    {
        [Capability.NetAdmin] = "CAP_NET_ADMIN",
        [Capability.SysPtrace] = "CAP_SYS_PTRACE",
        [Capability.SysAdmin] = "CAP_SYS_ADMIN",
        [Capability.SysResource] = "CAP_SYS_RESOURCE",
        [Capability.Perfmon] = "CAP_PERFMON",
        [Capability.Bpf] = "CAP_BPF",
    };

    /// <summary>The name, for example <c>CAP_BPF</c>.</summary>
    internal static string Of(Capability capability) => s_names[capability];

    /// <summary>Names joined as in a sentence: <c>CAP_BPF and CAP_PERFMON</c>.</summary>
    internal static string Join(IEnumerable<Capability> capabilities) => string.Join(" and ", capabilities.Select(Of));

    /// <summary>Names as setcap(8) wants them: <c>cap_bpf,cap_perfmon</c>.</summary>
    internal static string ForSetcap(IEnumerable<Capability> capabilities) => string.Join(',', capabilities.Select(c => Of(c).ToLowerInvariant()));
}
