// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>
/// Helpers that came to a type of program later than to the kernel. Read off the <c>get_func_proto</c> operations of 5.4, 5.10, 5.15, 6.1,
/// 6.6, 6.12 and the answers of 6.18: right for these, and between two of them as far as the commit is known.
/// </summary>
internal static class HelperSinceByType
{
    private static readonly (KernelVersion Since, string Helpers, string Types)[] s_rows =
    [
        (new(5, 7), "get_numa_node_id get_prandom_u32 get_smp_processor_id ktime_get_ns spin_lock spin_unlock tail_call",
            "CgroupDevice CgroupSysctl CgroupSockOpt"),
        (new(5, 7), "sk_lookup_tcp sk_lookup_udp sk_release skb_ancestor_cgroup_id skc_lookup_tcp",
            "CgroupSkb"),
        (new(5, 8), "get_current_task",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb CgroupSock LwtIn LwtOut LwtXmit SockOps SkSkb CgroupDevice SkMsg CgroupSockAddr "
            + "LwtSeg6local SkReuseport FlowDissector CgroupSysctl CgroupSockOpt"),
        (new(5, 8), "perf_event_output",
            "CgroupSock CgroupDevice SkMsg CgroupSockAddr CgroupSysctl CgroupSockOpt"),
        (new(5, 8), "get_socket_cookie",
            "CgroupSock"),
        (new(5, 8), "get_current_comm",
            "CgroupSock CgroupSockAddr"),
        (new(5, 8), "get_cgroup_classid get_current_cgroup_id get_current_pid_tgid",
            "CgroupSock SkMsg CgroupSockAddr"),
        (new(5, 8), "sk_storage_get",
            "CgroupSock SkMsg"),
        (new(5, 8), "getsockopt setsockopt",
            "CgroupSockAddr"),
        (new(5, 8), "perf_event_read_value",
            "Tracepoint PerfEvent RawTracepoint RawTracepointWritable"),
        (new(5, 8), "skb_change_head",
            "SchedCls SchedAct"),
        (new(5, 8), "get_current_uid_gid sk_storage_delete",
            "SkMsg"),
        (new(5, 8), "skb_adjust_room",
            "SkSkb"),
        (new(5, 11), "spin_lock spin_unlock",
            "Kprobe Tracepoint PerfEvent RawTracepoint RawTracepointWritable Tracing"),
        (new(5, 11), "sk_storage_delete sk_storage_get",
            "Tracing"),
        (new(5, 12), "get_socket_cookie",
            "SkReuseport Tracing"),
        (new(5, 13), "get_current_ancestor_cgroup_id",
            "Kprobe Tracepoint PerfEvent RawTracepoint RawTracepointWritable Tracing"),
        (new(5, 15), "getsockopt setsockopt",
            "CgroupSockOpt"),
        (new(5, 15), "get_netns_cookie",
            "SockOps SkMsg CgroupSockOpt"),
        (new(5, 19), "get_attach_cookie",
            "Tracing"),
        (new(6, 0), "strtol strtoul",
            "SocketFilter Kprobe SchedCls SchedAct Tracepoint Xdp PerfEvent CgroupSkb CgroupSock LwtIn LwtOut LwtXmit SockOps SkSkb "
            + "CgroupDevice SkMsg RawTracepoint CgroupSockAddr LwtSeg6local SkReuseport FlowDissector RawTracepointWritable CgroupSockOpt Tracing "
            + "SkLookup Syscall"),
        (new(6, 0), "get_cgroup_classid get_current_ancestor_cgroup_id get_current_comm get_current_pid_tgid",
            "CgroupDevice CgroupSysctl CgroupSockOpt"),
        (new(6, 4), "get_current_ancestor_cgroup_id get_current_cgroup_id",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb LwtIn LwtOut LwtXmit SockOps SkSkb LwtSeg6local SkReuseport FlowDissector SkLookup"),
        (new(6, 9), "current_task_under_cgroup",
            "CgroupSock CgroupDevice CgroupSockAddr CgroupSysctl CgroupSockOpt"),
        (new(6, 10), "get_ns_current_pid_tgid",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb CgroupSock LwtIn LwtOut LwtXmit SockOps SkSkb CgroupDevice SkMsg CgroupSockAddr "
            + "LwtSeg6local SkReuseport FlowDissector CgroupSysctl CgroupSockOpt SkLookup Netfilter"),
        (new(6, 10), "get_current_pid_tgid",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb LwtIn LwtOut LwtXmit SockOps SkSkb LwtSeg6local SkReuseport FlowDissector SkLookup "
            + "Netfilter"),
        (new(6, 10), "get_attach_cookie",
            "RawTracepoint RawTracepointWritable"),
        (new(6, 15), "get_netns_cookie",
            "SocketFilter SchedCls SchedAct CgroupSkb"),
        (new(6, 16), "copy_from_user copy_from_user_task find_vma get_branch_snapshot get_task_stack perf_event_read perf_event_read_value send_signal "
            + "send_signal_thread task_storage_delete task_storage_get",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb CgroupSock LwtIn LwtOut LwtXmit SockOps SkSkb CgroupDevice SkMsg CgroupSockAddr "
            + "LwtSeg6local SkReuseport FlowDissector CgroupSysctl CgroupSockOpt SkLookup Netfilter"),
        (new(6, 16), "get_cgroup_classid",
            "SocketFilter Kprobe Tracepoint Xdp PerfEvent CgroupSkb SockOps SkSkb RawTracepoint SkReuseport FlowDissector RawTracepointWritable "
            + "Tracing SkLookup Syscall Netfilter"),
        (new(6, 16), "current_task_under_cgroup get_current_comm",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb LwtIn LwtOut LwtXmit SockOps SkSkb SkMsg LwtSeg6local SkReuseport FlowDissector "
            + "SkLookup Netfilter"),
        (new(6, 16), "get_current_uid_gid",
            "SocketFilter SchedCls SchedAct Xdp CgroupSkb LwtIn LwtOut LwtXmit SockOps SkSkb LwtSeg6local SkReuseport FlowDissector SkLookup "
            + "Netfilter"),
    ];

    private static Dictionary<(int Helper, ProgramType Type), KernelVersion>? s_index;

    /// <summary>The first kernel that lets programs of a type call a helper; default where it came with the helper.</summary>
    internal static KernelVersion Find(int helper, ProgramType type) => (s_index ??= Read()).GetValueOrDefault((helper, type));

    private static Dictionary<(int Helper, ProgramType Type), KernelVersion> Read()
    {
        Dictionary<(int, ProgramType), KernelVersion> index = [];
        foreach ((KernelVersion since, string helpers, string types) in s_rows)
        {
            foreach (string helper in helpers.Split(' '))
            {
                int id = HelperNames.IdOf("bpf_" + helper);
                foreach (string type in types.Split(' ')) index.Add((id, Enum.Parse<ProgramType>(type)), since);
            }
        }

        return index;
    }
}
