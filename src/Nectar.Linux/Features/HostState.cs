// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Features;

/// <summary>How much a kernel in lockdown withholds from root.</summary>
internal enum LockdownMode
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>Whatever could change the kernel: <c>bpf_probe_write_user</c>, unsigned modules.</summary>
    Integrity,

    /// <summary>Also whatever could read it: <c>bpf_probe_read_kernel</c>, tracefs, kprobes, perf.</summary>
    Confidentiality,
}

/// <summary>What decides, beside the kernel's version, whether this process may do something. Null or unknown where it cannot be read.</summary>
internal sealed record HostState
{
    internal required KernelRelease Release { get; init; }

    internal KernelConfig? Config { get; init; }

    /// <summary>The effective capabilities, one bit each; null if unknown.</summary>
    internal ulong? Capabilities { get; init; }

    /// <summary>True in a user namespace below the first: capabilities there do not count for bpf(2).</summary>
    internal bool InChildUserNamespace { get; init; }

    internal LockdownMode Lockdown { get; init; }

    /// <summary>kernel.unprivileged_bpf_disabled: 0 allowed, 1 off until reboot, 2 off.</summary>
    internal long? UnprivilegedBpfDisabled { get; init; }

    /// <summary>kernel.perf_event_paranoid; from 2 on, unprivileged users see only their own user-space code.</summary>
    internal long? PerfEventParanoid { get; init; }

    /// <summary>The soft limit of RLIMIT_MEMLOCK in bytes; <see cref="ulong.MaxValue"/> for none.</summary>
    internal ulong? MemoryLockLimit { get; init; }

    /// <summary>True if a seccomp filter looks at this process's system calls.</summary>
    internal bool HasSeccompFilter { get; init; }

    /// <summary>True if the kernel shows its types.</summary>
    internal bool HasKernelBtf { get; init; }

    /// <summary>Before 5.11 maps and programs count against RLIMIT_MEMLOCK; afterwards against the memory cgroup.</summary>
    internal bool CountsLockedMemory => !Release.IsAtLeast(new Version(5, 11));

    /// <summary>CAP_BPF and CAP_PERFMON exist from 5.8 on; before, CAP_SYS_ADMIN stood for them.</summary>
    internal bool HasSplitCapabilities => Release.IsAtLeast(new Version(5, 8));

    /// <summary>Reads the running host. Not cached: capabilities and limits change.</summary>
    internal static HostState Read()
    {
        string[] status = (HostFile.ReadText("/proc/thread-self/status") ?? HostFile.ReadText("/proc/self/status") ?? "").Split('\n');
        return new HostState
        {
            Release = KernelRelease.Running,
            Config = KernelConfig.Running,
            Capabilities = ulong.TryParse(Field(status, "CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set) ? set : null,
            InChildUserNamespace = HostFile.ReadLine("/proc/self/uid_map") is { } map && !map.EndsWith(" 4294967295", StringComparison.Ordinal),
            Lockdown = ReadLockdown(),
            UnprivilegedBpfDisabled = HostFile.ReadNumber("/proc/sys/kernel/unprivileged_bpf_disabled"),
            PerfEventParanoid = HostFile.ReadNumber("/proc/sys/kernel/perf_event_paranoid"),
            MemoryLockLimit = ReadMemoryLockLimit(),
            HasSeccompFilter = Field(status, "Seccomp:") == "2",
            HasKernelBtf = File.Exists("/sys/kernel/btf/vmlinux"),
        };
    }

    /// <summary>True if the process has a capability, or if that is unknown.</summary>
    internal bool Has(Capability capability)
    {
        if (Capabilities is not { } set) return true;
        if ((set & (1ul << (int)Capability.SysAdmin)) != 0 && capability is Capability.Bpf or Capability.Perfmon or Capability.NetAdmin) return true; // CAP_SYS_ADMIN stands for the new ones
        Capability asked = !HasSplitCapabilities && capability is Capability.Bpf or Capability.Perfmon ? Capability.SysAdmin : capability;
        return (set & (1ul << (int)asked)) != 0;
    }

    /// <summary>Reads <c>none [integrity] confidentiality</c>; the mode in force stands in brackets.</summary>
    internal static LockdownMode ParseLockdown(string text)
    {
        int open = text.IndexOf('[', StringComparison.Ordinal), close = text.IndexOf(']', StringComparison.Ordinal);
        if (open < 0 || close < open) return LockdownMode.Unknown;
        return text[(open + 1)..close] switch
        {
            "none" => LockdownMode.None,
            "integrity" => LockdownMode.Integrity,
            "confidentiality" => LockdownMode.Confidentiality,
            _ => LockdownMode.Unknown,
        };
    }

    private static LockdownMode ReadLockdown()
    {
        if (HostFile.ReadLine("/sys/kernel/security/lockdown") is { } line) return ParseLockdown(line);
        // securityfs is not mounted: the command line and the configuration say what the kernel started with
        string arguments = HostFile.ReadLine("/proc/cmdline") ?? "";
        if (arguments.Contains("lockdown=confidentiality", StringComparison.Ordinal) || KernelConfig.Running?.IsOn("CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY") == true) return LockdownMode.Confidentiality;
        if (arguments.Contains("lockdown=integrity", StringComparison.Ordinal) || KernelConfig.Running?.IsOn("CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY") == true) return LockdownMode.Integrity;
        return LockdownMode.Unknown;
    }

    private static ulong? ReadMemoryLockLimit()
    {
        const string Name = "Max locked memory";
        string? line = (HostFile.ReadText("/proc/self/limits") ?? "").Split('\n').FirstOrDefault(text => text.StartsWith(Name, StringComparison.Ordinal));
        if (line is null) return null;
        string soft = line[Name.Length..].TrimStart().Split(' ', 2)[0];
        return soft == "unlimited" ? ulong.MaxValue : ulong.TryParse(soft, CultureInfo.InvariantCulture, out ulong limit) ? limit : null;
    }

    private static string? Field(string[] lines, string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
}
