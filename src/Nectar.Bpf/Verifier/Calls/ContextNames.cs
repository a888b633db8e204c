// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>The types that stand for the context in the prototypes of functions.</summary>
internal static class ContextNames
{
    internal static bool Is(ProgramType program, string name) => program switch
    {
        ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.CgroupSkb or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit
            or ProgramType.LwtSeg6local or ProgramType.SkSkb or ProgramType.FlowDissector => name == "__sk_buff",
        ProgramType.Xdp => name == "xdp_md",
        ProgramType.Kprobe => name is "bpf_user_pt_regs_t" or "pt_regs",
        ProgramType.PerfEvent => name == "bpf_perf_event_data",
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => name == "bpf_raw_tracepoint_args",
        ProgramType.CgroupSock => name == "bpf_sock",
        ProgramType.CgroupSockAddr => name == "bpf_sock_addr",
        ProgramType.SockOps => name == "bpf_sock_ops",
        ProgramType.SkMsg => name == "sk_msg_md",
        ProgramType.CgroupDevice => name == "bpf_cgroup_dev_ctx",
        ProgramType.CgroupSysctl => name == "bpf_sysctl",
        ProgramType.CgroupSockOpt => name == "bpf_sockopt",
        ProgramType.SkReuseport => name == "sk_reuseport_md",
        ProgramType.SkLookup => name == "bpf_sk_lookup",
        ProgramType.Netfilter => name == "bpf_nf_ctx",
        _ => false,
    };
}
