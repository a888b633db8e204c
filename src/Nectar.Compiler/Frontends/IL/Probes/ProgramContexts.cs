// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Types;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>Which struct the kernel passes to which kind of program (<c>include/linux/bpf_types.h</c>, the user's side).</summary>
internal static class ProgramContexts
{
    private static readonly Dictionary<ProgramType, string> s_structs = new()
    {
        [ProgramType.Xdp] = "xdp_md",
        [ProgramType.SocketFilter] = "__sk_buff",
        [ProgramType.SchedCls] = "__sk_buff",
        [ProgramType.SchedAct] = "__sk_buff",
        [ProgramType.CgroupSkb] = "__sk_buff",
        [ProgramType.SkSkb] = "__sk_buff",
        [ProgramType.LwtIn] = "__sk_buff",
        [ProgramType.LwtOut] = "__sk_buff",
        [ProgramType.LwtXmit] = "__sk_buff",
        [ProgramType.LwtSeg6local] = "__sk_buff",
        [ProgramType.FlowDissector] = "__sk_buff",
        [ProgramType.CgroupSock] = "bpf_sock",
        [ProgramType.CgroupSockAddr] = "bpf_sock_addr",
        [ProgramType.CgroupDevice] = "bpf_cgroup_dev_ctx",
        [ProgramType.CgroupSysctl] = "bpf_sysctl",
        [ProgramType.CgroupSockOpt] = "bpf_sockopt",
        [ProgramType.SockOps] = "bpf_sock_ops",
        [ProgramType.SkMsg] = "sk_msg_md",
        [ProgramType.SkLookup] = "bpf_sk_lookup",
        [ProgramType.SkReuseport] = "sk_reuseport_md",
        [ProgramType.PerfEvent] = "bpf_perf_event_data",
        [ProgramType.Kprobe] = "pt_regs",
    };

    /// <summary>What is wrong with the context that a program takes, or null. A freplace program takes what the replaced function does.</summary>
    public static string? Problem(ProgramModel program)
    {
        TypeModel? pointer = program.ContextPointer
            ?? (program is { Parameters: ProgramParameters.Context, Method.Parameters: [{ Type.Shape: TypeShape.Pointer } only] } ? only.Type : null);
        if (pointer?.Element is not { Shape: TypeShape.Struct } taken || program.Kind.Type == ProgramType.Ext) return null;
        string name = BtfTypeMapper.NameOf(taken);
        bool isKnown = s_structs.TryGetValue(program.Kind.Type, out string? expected);
        if (isKnown ? name == expected : !s_structs.ContainsValue(name)) return null;
        string given = $"takes '{program.Method.Parameters[0].Type.DisplayName}', a context around '{name}'";
        return isKnown ? $"{given}, but a program in '{program.Section}' gets '{expected}'" : $"{given}, which a program in '{program.Section}' does not get";
    }
}
