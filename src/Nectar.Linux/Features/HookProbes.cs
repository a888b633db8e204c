// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Features;

/// <summary>
/// Probes of hooks. Each asks for an attachment that cannot be: no such interface, a bad descriptor, no such tracepoint. A kernel that
/// knows the hook complains about that; one that does not says EINVAL. Nothing is ever attached.
/// </summary>
internal static unsafe class HookProbes
{
    private const uint NoFd = uint.MaxValue;
    private static readonly string[] s_tracefs = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    internal static FeatureStatus Kprobes() => EventSource("kprobe");

    internal static FeatureStatus Uprobes() => EventSource("uprobe");

    internal static FeatureStatus HardwareCounters()
    {
        const string Devices = "/sys/bus/event_source/devices";
        if (!Directory.Exists(Devices)) return FeatureStatus.Unknown($"{Devices} cannot be read");
        string? unit = Directory.EnumerateFileSystemEntries(Devices).Select(Path.GetFileName).FirstOrDefault(name => name is "cpu" or "cpu_core" || name!.StartsWith("armv8", StringComparison.Ordinal));
        return unit is null ? FeatureStatus.No("this machine has no performance monitoring unit, as is usual for virtual ones") : FeatureStatus.Yes($"{Devices}/{unit} is there");
    }

    internal static FeatureStatus PerfLink() => Expect(Errno.EBADF, KernelProbe.Link(ProgramType.Tracepoint, null, new() { TargetFdOrInterface = NoFd, AttachType = (uint)AttachType.PerfEvent }));

    internal static FeatureStatus KprobeMulti() => KprobeMulti(AttachType.TraceKprobeMulti);

    internal static FeatureStatus KprobeSession() => KprobeMulti(AttachType.TraceKprobeSession);

    internal static FeatureStatus UprobeMulti()
    {
        FeatureStatus status = UprobeMulti(AttachType.TraceUprobeMulti, pid: 0, Errno.EBADF);
        if (!status.IsYes) return status;
        // The first kernels with these links filtered by thread where they should by process; the repaired ones refuse this pid.
        return UprobeMulti(AttachType.TraceUprobeMulti, pid: uint.MaxValue, Errno.EINVAL) is { IsYes: true } ? status : FeatureStatus.No("its filter by process is broken in this kernel");
    }

    internal static FeatureStatus UprobeSession() => UprobeMulti(AttachType.TraceUprobeSession, pid: 0, Errno.EBADF);

    internal static FeatureStatus Tcx() => Expect(Errno.ENODEV, KernelProbe.Link(ProgramType.SchedCls, null, new() { AttachType = (uint)AttachType.TcxIngress }));

    internal static FeatureStatus Netkit() => Expect(Errno.ENODEV, KernelProbe.Link(ProgramType.SchedCls, AttachType.NetkitPrimary, new() { AttachType = (uint)AttachType.NetkitPrimary }));

    internal static FeatureStatus Cgroup() =>
        Expect(Errno.EBADF, KernelProbe.Link(ProgramType.CgroupSkb, null, new() { TargetFdOrInterface = NoFd, AttachType = (uint)AttachType.CgroupInetIngress }));

    internal static FeatureStatus Netns()
    {
        Errno errno = KernelProbe.Link(ProgramType.FlowDissector, null, new() { TargetFdOrInterface = NoFd, AttachType = (uint)AttachType.FlowDissector });
        return errno is Errno.EBADF ? FeatureStatus.Yes() : MiscProbes.Answer(errno);
    }

    internal static FeatureStatus Netfilter()
    {
        // no such protocol family
        Errno errno = KernelProbe.Link(ProgramType.Netfilter, AttachType.Netfilter, new() { AttachType = (uint)AttachType.Netfilter, NetfilterFamily = 255 });
        return errno is Errno.EAFNOSUPPORT or Errno.EPFNOSUPPORT ? FeatureStatus.Yes() : MiscProbes.Answer(errno);
    }

    internal static FeatureStatus Sockmap() => Expect(Errno.EBADF, KernelProbe.Link(ProgramType.SkMsg, null, new() { TargetFdOrInterface = NoFd, AttachType = (uint)AttachType.SkMsgVerdict }));

    internal static FeatureStatus RawTracepoint()
    {
        Errno errno = KernelProbe.Open(ProgramType.RawTracepoint, KernelProbe.Nothing, out KernelHandle? program, out _);
        if (program is null) return MiscProbes.Answer(errno);
        using (program)
            fixed (byte* name = "nectar_no_such_tracepoint\0"u8)
            {
                RawTracepointAttributes attributes = new() { Name = (ulong)name, ProgramFd = (uint)program.Fd };
                errno = BpfSyscall.TryOpen(BpfCommand.RawTracepointOpen, ref attributes, out KernelHandle? link);
                link?.Dispose();
                return Expect(Errno.ENOENT, errno);
            }
    }

    /// <summary>A program for a function or type of the kernel: aimed at an integer type, so that a kernel that knows the hook says what is wrong.</summary>
    internal static FeatureStatus Target(ProgramType type, AttachType attach) => KnownRefusal(type, attach, "attach_btf_id 1 ");

    internal static FeatureStatus Freplace() => KnownRefusal(ProgramType.Ext, null, "Cannot replace kernel functions");

    private static FeatureStatus KnownRefusal(ProgramType type, AttachType? attach, string text)
    {
        Errno errno = KernelProbe.Load(type, KernelProbe.Nothing, out string log, attach, btfId: 1);
        return errno != Errno.None && log.Contains(text, StringComparison.Ordinal) ? FeatureStatus.Yes("the kernel looks at the target") : MiscProbes.Answer(errno);
    }

    private static FeatureStatus KprobeMulti(AttachType attach)
    {
        // one symbol, whose name lies at an address that is never mapped
        Errno errno = KernelProbe.Link(ProgramType.Kprobe, attach, new() { AttachType = (uint)attach, KprobeMultiCount = 1, KprobeMultiSymbols = 8 });
        return Expect(Errno.EFAULT, errno);
    }

    private static FeatureStatus UprobeMulti(AttachType attach, uint pid, Errno expected)
    {
        ulong offset = 0;
        fixed (byte* path = "/\0"u8) // a folder cannot be probed
        {
            LinkCreateAttributes attributes = new()
            {
                AttachType = (uint)attach,
                UprobeMultiPath = (ulong)path,
                UprobeMultiOffsets = (ulong)(&offset),
                UprobeMultiCount = 1,
                UprobeMultiPid = pid,
            };
            return Expect(expected, KernelProbe.Link(ProgramType.Kprobe, attach, attributes));
        }
    }

    private static FeatureStatus EventSource(string name)
    {
        string device = $"/sys/bus/event_source/devices/{name}";
        if (Directory.Exists(device)) return FeatureStatus.Yes($"{device} is there");
        foreach (string root in s_tracefs)
        {
            if (File.Exists($"{root}/{name}_events")) return FeatureStatus.Yes($"{root}/{name}_events is there");
        }

        return Directory.Exists("/sys/bus/event_source/devices") ? FeatureStatus.No("", Errno.ENOENT) : FeatureStatus.Unknown("/sys/bus/event_source cannot be read");
    }

    private static FeatureStatus Expect(Errno expected, Errno got) => got == expected ? FeatureStatus.Yes() : MiscProbes.Answer(got);
}
