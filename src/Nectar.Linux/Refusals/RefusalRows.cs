// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Maps;

namespace Nectar.Linux.Refusals;

/// <summary>What errnos mean, by call; the first row that fits counts. Sources: kernel/bpf/syscall.c and the attach functions of the hooks.</summary>
internal static class RefusalRows
{
    private static readonly RefusalRow[] s_rows =
    [
        // EPERM: what the process lacks hides everything else
        new(Errno.EPERM, "", Permission),
        new(Errno.EPERM, "MAP_CREATE|PROG_LOAD|BTF_LOAD", LockedMemory),
        new(Errno.EPERM, "PROG_LOAD", UnprivilegedProgram),
        new(Errno.EPERM, "PROG_LOAD", BlockedProgram),
        new(Errno.EPERM, "perf_event", Lockdown),
        new(Errno.EPERM, "perf_event", facts => facts.Host.PerfEventParanoid is >= 2 and { } level ? new($"kernel.perf_event_paranoid is {level}", "help: give the process CAP_PERFMON, or lower the setting: sysctl kernel.perf_event_paranoid=1") : null),
        new(Errno.EPERM, "MAP_UPDATE|MAP_DELETE|MAP_LOOKUP|MAP_FREEZE|_BATCH", "the map is frozen, was made read-only or write-only for user space, or this descriptor was opened so", "help: write before the map is frozen (.rodata is, at load); open the map without flags"),
        new(Errno.EPERM, "OBJ_PIN", "the path is not in a bpf filesystem", "help: pin below /sys/fs/bpf (mount -t bpf bpf /sys/fs/bpf)"),
        new(Errno.EPERM, "LINK_CREATE|PROG_ATTACH", facts => facts.Context.ProgramType is { } type && ProgramTypeInfo.Find(type)?.ConfigOptions.Contains("CONFIG_CGROUP_BPF") == true
            ? new("a program that is attached to this cgroup, or to one above it, forbids others", "help: attach with links or BPF_F_ALLOW_MULTI everywhere; bpftool cgroup tree shows who is there") : null),
        new(Errno.EPERM, "LINK_UPDATE", "the program that is attached now is not the expected one", "help: somebody replaced it meanwhile: look (nectar link) and try again"),
        new(Errno.EPERM, "mmap", "the map is frozen or read-only, and was to be mapped writable", "help: map it for reading only"),
        new(Errno.EPERM, "socket(", "sockets of this family need CAP_NET_RAW or CAP_NET_ADMIN", "help: run as root (sudo), or setcap cap_net_raw,cap_net_admin+ep FILE"),
        new(Errno.EPERM, "setsockopt", "the socket's filter is locked (SO_LOCK_FILTER)", null),
        new(Errno.EPERM, "", facts => new(facts.Host.HasSeccompFilter ? "no capability is missing; a seccomp filter watches this process, and may be the one that says no" : "no capability is missing: a security module or the sandbox says no",
            "help: look into the kernel's log (dmesg) and the audit log, or run outside of the container")),

        new(Errno.EACCES, "perf_event", facts => new($"kernel.perf_event_paranoid is {facts.Host.PerfEventParanoid?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}, and this process lacks CAP_PERFMON", "help: give the process CAP_PERFMON, or lower the setting: sysctl kernel.perf_event_paranoid=1")),
        new(Errno.EACCES, "OBJ_GET)|OBJ_PIN", "the path's permissions, or the flags, do not allow it", "help: check owner and mode of the file and of the folders above it"),
        new(Errno.EACCES, "PROG_LOAD", "the verifier refuses it and wrote no log", "help: load again with a log (--log)"),
        new(Errno.EACCES, "MAP_", "the descriptor was opened for the other direction, or programs alone may do this", null),

        // EINVAL and E2BIG: what does not fit, or what the kernel does not know yet
        new(Errno.EINVAL, "MAP_CREATE", UnknownMapType),
        new(Errno.EINVAL, "MAP_CREATE", MapRule),
        new(Errno.E2BIG, "MAP_CREATE", MapRule),
        new(Errno.EINVAL, "MAP_CREATE", "sizes or flags that this type of map does not take in this kernel", "help: compare the note with the type's rules (docs/maps.md)"),
        new(Errno.E2BIG, "MAP_CREATE", "key, value or the whole map are larger than the kernel allows", "help: fewer max_entries, or smaller values"),
        new(Errno.EINVAL, "PROG_LOAD", UnknownProgramType),
        new(Errno.EINVAL, "PROG_LOAD", UnknownAttachType),
        new(Errno.EINVAL, "PROG_LOAD", "the type of program, its expected attach type, its flags and its target do not go together in this kernel", "help: check the section name; .s (sleepable) and .frags are for few types; the target must belong to the type"),
        new(Errno.E2BIG, "PROG_LOAD", facts => facts.Context.InstructionCount is > 1_000_000 and { } count ? new($"it has {count} instructions; the kernel takes 1000000", "help: split it with tail calls") : null),
        new(Errno.E2BIG, "PROG_LOAD", "the program is too large or too complex for the verifier, or the attributes are newer than this kernel", "help: shorter loops, bpf_loop(), global functions, tail calls"),
        new(Errno.EINVAL, "LINK_CREATE|PROG_ATTACH|RAW_TRACEPOINT_OPEN", UnknownAttachType),
        new(Errno.EINVAL, "LINK_CREATE|PROG_ATTACH", "the program was not loaded for this hook (its expected attach type differs), or the target or flags do not suit the hook", "help: declare the program with the section name of the hook that it is attached to"),
        new(Errno.EINVAL, "RAW_TRACEPOINT_OPEN", "the program was not loaded for this tracepoint, or reads more arguments than it has", null),
        new(Errno.EINVAL, "LINK_UPDATE", "this kind of link takes no other program, or the new program is of another type", "help: detach and attach instead"),
        new(Errno.EINVAL, "PROG_TEST_RUN", "the data, context or flags do not suit the program's type", "help: packets need at least 14 bytes (Ethernet header); not every type takes a context or repeats"),
        new(Errno.EINVAL, "BTF_LOAD", "the types are damaged, or of kinds newer than this kernel", "help: compile again with -g; a log says which type"),
        new(Errno.EINVAL, "_BATCH", "this type of map has no batch operations in this kernel, or the count is 0", "help: access the elements one by one"),
        new(Errno.EINVAL, "MAP_UPDATE|MAP_LOOKUP|MAP_DELETE", "the map's type does not have this operation, or not with these flags", "help: arrays cannot be deleted from; queues and stacks have no keys; BPF_F_LOCK needs a bpf_spin_lock in the value"),
        new(Errno.EINVAL, "perf_event", "the event does not exist in this form: type, configuration, sample period or target", null),
        new(Errno.E2BIG, "MAP_UPDATE", "the map is full, or the index is beyond its end", "help: larger max_entries, an LRU map, or delete first"),
        new(Errno.E2BIG, "bpf(", "the call uses something that is newer than this kernel", "help: nectar feature probe shows what it has"),

        // names and ids
        new(Errno.ENOENT, "_BY_ID", "there is no such object (any more)", "help: nectar prog, nectar map and nectar link show what there is"),
        new(Errno.ENOENT, "_NEXT_ID", "there are no more objects", null),
        new(Errno.ENOENT, "OBJ_GET)", "nothing is pinned there", "help: nectar prog, map and link list --pins; pins live below /sys/fs/bpf and end with the machine"),
        new(Errno.ENOENT, "OBJ_PIN", "a folder on the way does not exist", "help: mkdir -p in the bpf filesystem"),
        new(Errno.ENOENT, "RAW_TRACEPOINT_OPEN", "there is no such tracepoint", "help: names stand in /sys/kernel/tracing/available_events, behind the colon"),
        new(Errno.ENOENT, "LINK_CREATE|PROG_ATTACH", "the target does not exist, or there is nothing there to replace", null),
        new(Errno.ENOENT, "perf_event", "this machine does not have the event: no such counter, or kprobes and uprobes are not compiled in", "help: virtual machines mostly have no hardware counters: take the software event cpu-clock"),
        new(Errno.ENOENT, "MAP_", "there is no such key", null),
        new(Errno.ENOENT, "PROG_LOAD", "a function, type or variable that the program is for does not exist in this kernel", "help: look the name up: nectar btf dump"),
        new(Errno.ESRCH, "PROG_LOAD|LINK_CREATE|RAW_TRACEPOINT_OPEN", "the function to attach to does not exist, or cannot be traced", "help: compare with /sys/kernel/tracing/available_filter_functions; the compiler may have inlined or renamed it (name.isra.0)"),
        new(Errno.ESRCH, "", "there is no such process, or it has ended", null),
        new(Errno.ENODEV, "perf_event", "the event or the processor does not exist here", null),
        new(Errno.ENODEV, "mmap", "this kind of object cannot be mapped", null),
        new(Errno.EINVAL, "mmap", "the map was made without BPF_F_MMAPABLE, or the length or offset does not fit it", "help: add __uint(map_flags, BPF_F_MMAPABLE) to the array's definition"),
        new(Errno.ENOENT, "open|statfs", "there is no such file or folder", null),
        new(Errno.ENODEV, "", "there is no such network interface or device (any more)", "help: ip link shows the interfaces of this network namespace"),
        new(Errno.ENXIO, "", "there is nothing behind the number: interface, processor or program", null),

        // already there, in use, full
        new(Errno.EEXIST, "OBJ_PIN", "something is pinned there already", "help: remove it (rm), or open it and reuse it"),
        new(Errno.EEXIST, "MAP_UPDATE", "the key is there already, and the flags say that it must not", null),
        new(Errno.EEXIST, "LINK_CREATE|PROG_ATTACH|rtnetlink", "the same program is attached there already, or something is where there may be one only", "help: nectar net and nectar cgroup show what is attached; replace it, or detach first"),
        new(Errno.EEXIST, "", "it is there already", null),
        new(Errno.EBUSY, "LINK_CREATE|PROG_ATTACH|rtnetlink", "something else is attached there, and the hook takes one", "help: nectar net shows it; attach with replace, or through a hook that takes several (tcx, cgroup links)"),
        new(Errno.EBUSY, "MAP_FREEZE", "the map is mapped writable, or being written", "help: unmap it first"),
        new(Errno.EBUSY, "MAP_", "the element is in use", null),
        new(Errno.EBUSY, "PROG_LOAD", "the target is being changed by somebody else", "help: try again"),
        new(Errno.EBUSY, "", "it is in use by somebody else", null),
        new(Errno.ENOSPC, "PROG_LOAD|BTF_LOAD", "the log does not fit into its buffer", "help: a larger buffer, or no log"),
        new(Errno.ENOSPC, "MAP_UPDATE", "the map is full", "help: larger max_entries"),
        new(Errno.ENOSPC, "", "no space is left", null),
        new(Errno.EMFILE, "", facts => new("this process has as many open files as it may have", "help: raise the limit (ulimit -n), and dispose what is not needed")),
        new(Errno.ENFILE, "", "the machine has as many open files as it may have", "help: sysctl fs.file-max"),
        new(Errno.ENOMEM, "MAP_CREATE", "the elements do not fit into the memory that is left, or that the memory cgroup allows", "help: fewer max_entries, the flag BPF_F_NO_PREALLOC for hashes, or a higher limit of the cgroup"),
        new(Errno.ENOMEM, "PROG_LOAD", "no memory is left for the program, or for compiled programs as a whole", "help: sysctl net.core.bpf_jit_limit; the memory cgroup's limit"),
        new(Errno.ENOMEM, "", "no memory is left, or the memory cgroup is at its limit", null),
        new(Errno.EAGAIN, "mmap", "the buffer is beyond what may be locked in memory", "help: ulimit -l, sysctl kernel.perf_event_mlock_kb, or a smaller buffer"),
        new(Errno.EAGAIN, "", "the kernel asks to try again: a signal came, or a buffer is full", "help: try again"),
        new(Errno.EINTR, "", "a signal came in between", "help: try again"),
        new(Errno.ESTALE, "", "what is attached there changed since it was looked at (the revision differs)", "help: look again and decide anew"),

        // not here
        new(Errno.EOPNOTSUPP, "LINK_CREATE|PROG_ATTACH|rtnetlink", UnknownAttachType),
        new(Errno.EOPNOTSUPP, "LINK_CREATE|rtnetlink", facts => facts.Context.ProgramType == ProgramType.Xdp ? new("the interface's driver does not do this (native XDP, frames in fragments, or offload)", "help: attach in generic mode; it works on every interface, with less speed") : null),
        new(Errno.EOPNOTSUPP, "TOKEN_CREATE", "tokens are for child user namespaces only", null),
        new(Errno.EOPNOTSUPP, "", "this kernel, driver or type does not have the operation", "help: nectar feature probe shows what this kernel has"),
        new(Errno.ENOTSUPP, "PROG_TEST_RUN", "programs of this type have no test run", "help: attach it and make the event happen; or run it in this process: nectar vm"),
        new(Errno.ENOTSUPP, "MAP_", "this type of map does not have the operation", null),
        new(Errno.ENOTSUPP, "PROG_LOAD", "the JIT compiler of this machine cannot do it, or the target is not supported", "help: sysctl net.core.bpf_jit_enable=1"),
        new(Errno.ENOTSUPP, "", "this kernel does not have the operation", null),
        new(Errno.ENOSYS, "bpf(", "the kernel was compiled without bpf(2) (CONFIG_BPF_SYSCALL), or a sandbox hides it", "help: another kernel, or outside of the sandbox"),
        new(Errno.EBADF, "", "a descriptor that is closed, or of another kind of object", "help: the object was disposed before it was used"),
        new(Errno.EFAULT, "PROG_LOAD", "the verifier failed by itself, or a buffer is not readable", "help: a fault of the kernel if the program is well formed: dmesg"),
        new(Errno.EROFS, "", "the filesystem is read-only", null),
        new(Errno.ENOTDIR, "", "a part of the path is no folder", null),
        new(Errno.ELOOP, "", "the path has too many symbolic links", null),
        new(Errno.ENAMETOOLONG, "", "the name is too long", null),
    ];

    /// <summary>The meaning; null if no row fits.</summary>
    internal static RefusalMeaning? Find(RefusalFacts facts)
    {
        foreach (RefusalRow row in s_rows)
        {
            if (row.Fits(facts) && row.Explain(facts) is { } meaning) return meaning;
        }

        return null;
    }

    private static RefusalMeaning? Permission(RefusalFacts facts) =>
        Absence.FindPermission(facts.Needs, facts.Host) is { } missing ? new(missing, AbsenceHelp.ForPermission(facts.Needs, facts.Host)) : null;

    private static RefusalMeaning? LockedMemory(RefusalFacts facts)
    {
        const ulong Ample = 64 << 20;
        if (!facts.Host.CountsLockedMemory || facts.Host.MemoryLockLimit is not { } limit || limit >= Ample || (facts.Host.Capabilities is { } set && (set & (1ul << 14)) != 0)) return null; // CAP_IPC_LOCK
        return new($"before Linux 5.11 maps and programs count as locked memory, of which {limit >> 10} KB are allowed here (RLIMIT_MEMLOCK)", "help: ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit");
    }

    private static RefusalMeaning? UnprivilegedProgram(RefusalFacts facts) =>
        facts.Host.UnprivilegedBpfDisabled is > 0 and { } level && !facts.Host.Has(Capability.Bpf)
            ? new($"kernel.unprivileged_bpf_disabled is {level}, and this process lacks CAP_BPF", AbsenceHelp.ForPermission([Capability.Bpf], facts.Host)) : null;

    /// <summary>EPERM without a log although nothing is missing: a two-instruction program of the same kind tells whether the kind is blocked.</summary>
    private static RefusalMeaning? BlockedProgram(RefusalFacts facts)
    {
        if (facts.Context.ProgramType is not { } type || facts.ProbeProgram(type, facts.Context.AttachType) is not { State: FeatureState.No, Errno: Errno.EPERM }) return null;
        string help = facts.MissingFeature is { } feature && HookFallback.For(feature).FirstOrDefault() is { } instead ? instead.Describe() : "help: run on another kernel or outside of the sandbox; raising 'ulimit -l' does not help";
        return new($"this kernel, its sandbox or a security module blocks {facts.ProgramWords} programs: it refuses the smallest one too; it is not the memory lock limit", help);
    }

    private static RefusalMeaning? Lockdown(RefusalFacts facts) => facts.Host.Lockdown == LockdownMode.Confidentiality
        ? new("the kernel is locked down (confidentiality), which forbids perf events, kprobes and tracefs", "help: boot without lockdown=confidentiality") : null;

    private static RefusalMeaning? UnknownMapType(RefusalFacts facts)
    {
        MapType? type = facts.Context.Map?.Type ?? facts.Context.MapType;
        if (type is not { } known || MapTypeInfo.Find(known) is not { } info || facts.ProbeMap(known).State != FeatureState.No) return null;
        Absence absence = Absence.Find(info.MinimumKernel, info.ConfigOptions, [], facts.Errno, facts.Host);
        return new($"maps of type {info.Name}: {absence.Reason}", AbsenceHelp.For(absence.Code, info.ConfigOptions, info.MinimumKernel, [], facts.Host));
    }

    /// <summary>The machine in this process knows the kernel's rules for maps as sentences.</summary>
    private static RefusalMeaning? MapRule(RefusalFacts facts) =>
        facts.Context.Map is { } map && MapRules.Explain(map, MapSizes.PossibleCpus, facts.Errno) is { } rule ? new(rule, "help: change the map's definition") : null;

    private static RefusalMeaning? UnknownProgramType(RefusalFacts facts)
    {
        if (facts.Context.ProgramType is not { } type || ProgramTypeInfo.Find(type) is not { } info || facts.ProbeProgram(type, facts.Context.AttachType).State != FeatureState.No) return null;
        Absence absence = Absence.Find(info.MinimumKernel, info.ConfigOptions, [], facts.Errno, facts.Host);
        return new($"programs of type {info.Name}: {absence.Reason}", AbsenceHelp.For(absence.Code, info.ConfigOptions, info.MinimumKernel, [], facts.Host));
    }

    private static RefusalMeaning? UnknownAttachType(RefusalFacts facts)
    {
        if (facts.Context.AttachType is not { } type || AttachTypeInfo.Find(type) is not { } info) return null;
        Absence absence = Absence.Find(info.MinimumKernel, info.ConfigOptions, [], facts.Errno, facts.Host);
        if (absence.Code == FeatureCodes.Absent) return null;
        string help = facts.MissingFeature is { } feature && HookFallback.For(feature).FirstOrDefault() is { } instead ? instead.Describe() : AbsenceHelp.For(absence.Code, info.ConfigOptions, info.MinimumKernel, [], facts.Host);
        return new(absence.Reason, help);
    }
}
