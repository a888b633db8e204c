// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Faults;

/// <summary>Where a process is when it is killed.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The type of program.</param>
/// <param name="Attach">Attaches; null only loads.</param>
/// <param name="Expected">The expected attach type.</param>
/// <param name="IsLeftByKernel">The kernel keeps the attachment when the process is killed; a cleanup removes it.</param>
public sealed record FaultPhase(string Name, ProgramType Type, Func<KernelProgram, string, string, BpfLink>? Attach, AttachType? Expected = null, bool IsLeftByKernel = false);

/// <summary>All phases, and one cycle of each.</summary>
public static class FaultPhases
{
    /// <summary>A function of the C library that no process calls often.</summary>
    private const string Function = "ffsll";

    public static readonly FaultPhase[] All =
    [
        new("load", ProgramType.SocketFilter, null),
        new("tracepoint", ProgramType.Tracepoint, (program, _, _) => Tracepoints.Attach(program, "sched", "sched_process_exit")),
        new("raw_tp", ProgramType.RawTracepoint, (program, _, _) => RawTracepoints.Attach(program, "task_newtask")),
        new("xdp", ProgramType.Xdp, (program, device, _) => Xdp.Attach(program, device, new XdpOptions { Mode = XdpMode.Generic })),
        new("tcx", ProgramType.SchedCls, (program, device, _) => Tc.Attach(program, device, TcDirection.Ingress, new TcOptions { Method = TcMethod.Tcx })),
        new("cgroup", ProgramType.CgroupSkb, (program, _, cgroup) => Cgroups.Attach(program, cgroup, new CgroupOptions { Hook = AttachType.CgroupInetIngress }), AttachType.CgroupInetIngress),
        new("uprobe", ProgramType.Kprobe, (program, _, _) => Uprobes.Attach(program, "libc", Function)),
        new("uprobe_multi", ProgramType.Kprobe, (program, _, _) => UprobeMulti.Attach(program, "libc", "ffs*"), AttachType.TraceUprobeMulti),
        new("uprobe_events", ProgramType.Kprobe, (program, _, _) => Uprobes.Attach(program, "libc", Function, new ProbeOptions { Method = AttachMethod.TraceEvents }), IsLeftByKernel: true),
        new("clsact", ProgramType.SchedCls, (program, device, _) => Tc.Attach(program, device, TcDirection.Egress, new TcOptions { Method = TcMethod.Filter }), IsLeftByKernel: true),
        new("xdp_netlink", ProgramType.Xdp, (program, device, _) => Xdp.Attach(program, device, new XdpOptions { Mode = XdpMode.Generic, UseNetlink = true, ReplaceAny = true }), IsLeftByKernel: true),
        new("cgroup_attach", ProgramType.CgroupSkb, (program, _, cgroup) => Cgroups.Attach(program, cgroup, new CgroupOptions { Hook = AttachType.CgroupInetEgress, WithoutLink = CgroupSharing.Several }), AttachType.CgroupInetEgress, IsLeftByKernel: true),
    ];

    public static FaultPhase Get(string name) => Array.Find(All, phase => phase.Name == name) ?? throw new ArgumentException($"there is no phase '{name}'", nameof(name));

    /// <summary>Creates a map, loads a program that uses it, attaches and detaches it.</summary>
    /// <param name="phase">What to attach to.</param>
    /// <param name="tag">The name of map and program.</param>
    /// <param name="device">An interface of this thread's network namespace.</param>
    /// <param name="cgroup">A cgroup of the run's own.</param>
    public static void Cycle(FaultPhase phase, string tag, string device, string cgroup)
    {
        using KernelMap map = KernelMap.Create(new MapDefinition { Name = tag, Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
        using KernelProgram program = KernelProgram.Load(new ProgramLoad
        {
            Name = tag,
            Type = phase.Type,
            ExpectedAttachType = phase.Expected,
            Instructions = Assembler.AssembleInstructions($"""
                *(u32 *)(r10 - 4) = 0
                r1 = map[fd:{map.Handle.Fd}]
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                r0 = {(phase.Type == ProgramType.Xdp ? 2 : phase.Type == ProgramType.CgroupSkb ? 1 : 0)}
                exit
                """),
        });
        map.Update([1, 0, 0, 0], new byte[8]);
        using BpfLink? link = phase.Attach?.Invoke(program, device, cgroup);
    }
}
