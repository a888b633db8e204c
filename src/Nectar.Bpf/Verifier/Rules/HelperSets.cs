// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>When a program whose type has a helper may call it; the letter after the slash in <see cref="HelperSets"/>.</summary>
internal enum HelperCondition : byte
{
    /// <summary>Programs of the type do not have it.</summary>
    Never = 0,

    /// <summary>Always.</summary>
    Always = (byte)'a',

    /// <summary>With CAP_BPF.</summary>
    Bpf = (byte)'b',

    /// <summary>With CAP_BPF and CAP_PERFMON.</summary>
    Perfmon = (byte)'p',

    /// <summary>At hooks whose verdict is a return value that others see.</summary>
    ReturnValue = (byte)'r',

    /// <summary>At the setsockopt hook.</summary>
    SetSockOpt = (byte)'s',

    /// <summary>At the connect hooks of IPv4 and IPv6.</summary>
    Connect = (byte)'c',

    /// <summary>In iterators.</summary>
    Iterator = (byte)'i',

    /// <summary>At entry and exit of functions, where a trampoline keeps the arguments.</summary>
    Trampoline = (byte)'t',

    /// <summary>As <see cref="Trampoline"/>, and in typed tracepoints.</summary>
    TrampolineOrTracepoint = (byte)'T',

    /// <summary>In the iterators over TCP and UNIX sockets.</summary>
    SocketIterator = (byte)'k',

    /// <summary>At hooks of cgroups whose socket is locked or new.</summary>
    SocketHook = (byte)'K',

    /// <summary>In all operations but the last, release.</summary>
    NotRelease = (byte)'R',

    /// <summary>Where the path is known to be alive: iterators and a list of functions.</summary>
    Path = (byte)'d',

    /// <summary>At security hooks that may sleep.</summary>
    SleepableHook = (byte)'h',

    /// <summary>At security hooks of a cgroup.</summary>
    CgroupHook = (byte)'g',

    /// <summary>In iterators and typed tracepoints, and at functions other than the storage's own.</summary>
    TracedStorage = (byte)'o',
}

/// <summary>Which helpers each type of program has. Source of the facts: the <c>get_func_proto</c> operations of the kernel, state of 6.18.</summary>
internal static class HelperSets
{
    // "@name" takes another set in; "/x" is a HelperCondition, of a set for all in it.
    private static readonly (string Name, string Words)[] s_sets =
    [
        ("base", "map_lookup_elem map_update_elem map_delete_elem map_push_elem map_pop_elem map_peek_elem map_lookup_percpu_elem get_prandom_u32 get_smp_processor_id "
            + "get_numa_node_id tail_call ktime_get_ns ktime_get_boot_ns ktime_get_tai_ns ringbuf_output ringbuf_reserve ringbuf_submit ringbuf_discard ringbuf_query "
            + "strncmp strtol strtoul get_current_pid_tgid get_ns_current_pid_tgid get_current_uid_gid @base.bpf/b @base.perfmon/p"),
        ("base.bpf", "spin_lock spin_unlock jiffies64 per_cpu_ptr this_cpu_ptr timer_init timer_set_callback timer_start timer_cancel kptr_xchg for_each_map_elem loop "
            + "user_ringbuf_drain ringbuf_reserve_dynptr ringbuf_submit_dynptr ringbuf_discard_dynptr dynptr_from_mem dynptr_read dynptr_write dynptr_data cgrp_storage_get "
            + "cgrp_storage_delete get_current_cgroup_id get_current_ancestor_cgroup_id current_task_under_cgroup get_cgroup_classid task_storage_get task_storage_delete"),
        ("base.perfmon", "trace_printk trace_vprintk get_current_task get_current_task_btf get_current_comm probe_read_user probe_read_kernel probe_read_user_str probe_read_kernel_str "
            + "snprintf_btf snprintf task_pt_regs perf_event_read perf_event_read_value send_signal send_signal_thread get_task_stack copy_from_user copy_from_user_task "
            + "find_vma get_branch_snapshot"),
        ("sockets", "skc_to_tcp6_sock/p skc_to_tcp_sock/p skc_to_tcp_timewait_sock/p skc_to_tcp_request_sock/p skc_to_udp6_sock/p skc_to_unix_sock/p skc_to_mptcp_sock/p "
            + "ktime_get_coarse_ns @base"),
        ("cgroup", "get_local_storage get_retval/r set_retval/r"),
        ("filter", "skb_load_bytes skb_load_bytes_relative get_socket_cookie get_socket_uid get_netns_cookie perf_event_output @sockets"),
        ("lookup", "sk_lookup_tcp sk_lookup_udp sk_release skc_lookup_tcp"),
        ("syncookies", "tcp_check_syncookie tcp_gen_syncookie tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6"),
        ("storage", "sk_storage_get sk_storage_delete"),
        ("classifier", "skb_store_bytes skb_load_bytes skb_load_bytes_relative skb_pull_data csum_diff csum_update csum_level l3_csum_replace l4_csum_replace clone_redirect "
            + "skb_vlan_push skb_vlan_pop skb_change_proto skb_change_type skb_adjust_room skb_change_tail skb_change_head skb_get_tunnel_key "
            + "skb_set_tunnel_key skb_get_tunnel_opt skb_set_tunnel_opt redirect redirect_neigh redirect_peer get_route_realm get_hash_recalc set_hash_invalid set_hash "
            + "perf_event_output skb_under_cgroup get_socket_cookie get_socket_uid get_netns_cookie fib_lookup check_mtu sk_fullsock skb_get_xfrm_state skb_cgroup_classid "
            + "skb_cgroup_id skb_ancestor_cgroup_id tcp_sock get_listener_sock skb_ecn_set_ce sk_assign skb_set_tstamp @storage @lookup @syncookies @sockets"),
        ("lwt", "skb_load_bytes skb_pull_data csum_diff get_route_realm get_hash_recalc perf_event_output skb_under_cgroup @sockets"),
        ("tracing", "perf_event_output get_stackid get_stack get_func_ip probe_read probe_read_str probe_write_user @base"),
        ("tracing.btf", "skb_output xdp_output skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock skc_to_unix_sock "
            + "skc_to_mptcp_sock sock_from_file get_socket_cookie xdp_get_buff_len seq_printf/i seq_write/i seq_printf_btf/i d_path/d get_func_arg/t get_func_ret/t "
            + "get_func_arg_cnt/t get_attach_cookie/T sk_storage_get/o sk_storage_delete/o setsockopt/k getsockopt/k @tracing"),
    ];

    private static readonly (ProgramType Type, string Words)[] s_types =
    [
        (ProgramType.SocketFilter, "@filter"),
        (ProgramType.Kprobe, "override_return get_attach_cookie @tracing"),
        (ProgramType.SchedCls, "@classifier"),
        (ProgramType.SchedAct, "@classifier"),
        (ProgramType.Tracepoint, "get_attach_cookie @tracing"),
        (ProgramType.Xdp, "perf_event_output csum_diff xdp_adjust_head xdp_adjust_meta xdp_adjust_tail redirect redirect_map xdp_get_buff_len xdp_load_bytes xdp_store_bytes fib_lookup "
            + "check_mtu @lookup @syncookies @sockets"),
        (ProgramType.PerfEvent, "perf_prog_read_value read_branch_records get_attach_cookie @tracing"),
        (ProgramType.CgroupSkb, "sk_fullsock skb_cgroup_id skb_ancestor_cgroup_id sk_cgroup_id sk_ancestor_cgroup_id tcp_sock get_listener_sock skb_ecn_set_ce @storage @lookup @cgroup @filter"),
        (ProgramType.CgroupSock, "get_socket_cookie get_netns_cookie perf_event_output sk_storage_get ktime_get_coarse_ns @cgroup @base"),
        (ProgramType.LwtIn, "lwt_push_encap @lwt"),
        (ProgramType.LwtOut, "@lwt"),
        (ProgramType.LwtXmit, "skb_get_tunnel_key skb_set_tunnel_key skb_get_tunnel_opt skb_set_tunnel_opt redirect clone_redirect skb_change_tail skb_change_head skb_store_bytes "
            + "csum_update csum_level l3_csum_replace l4_csum_replace set_hash_invalid lwt_push_encap @lwt"),
        (ProgramType.SockOps, "setsockopt getsockopt sock_ops_cb_flags_set sock_map_update sock_hash_update get_socket_cookie perf_event_output get_netns_cookie load_hdr_opt "
            + "store_hdr_opt reserve_hdr_opt tcp_sock @storage @cgroup @sockets"),
        (ProgramType.SkSkb, "skb_store_bytes skb_load_bytes skb_pull_data skb_change_tail skb_change_head skb_adjust_room get_socket_cookie get_socket_uid sk_redirect_map "
            + "sk_redirect_hash perf_event_output @lookup @sockets"),
        (ProgramType.CgroupDevice, "perf_event_output @cgroup @base"),
        (ProgramType.SkMsg, "msg_redirect_map msg_redirect_hash msg_apply_bytes msg_cork_bytes msg_pull_data msg_push_data msg_pop_data perf_event_output get_netns_cookie "
            + "@storage @sockets"),
        (ProgramType.RawTracepoint, "get_attach_cookie @tracing"),
        (ProgramType.CgroupSockAddr, "bind/c get_socket_cookie get_netns_cookie perf_event_output setsockopt getsockopt @lookup @storage @cgroup @sockets"),
        (ProgramType.LwtSeg6local, "lwt_seg6_store_bytes lwt_seg6_action lwt_seg6_adjust_srh @lwt"),
        (ProgramType.LircMode2, "rc_repeat rc_keydown rc_pointer_rel map_lookup_elem map_update_elem map_delete_elem map_push_elem map_pop_elem map_peek_elem ktime_get_ns "
            + "ktime_get_boot_ns tail_call get_prandom_u32 trace_printk/p"),
        (ProgramType.SkReuseport, "sk_select_reuseport skb_load_bytes skb_load_bytes_relative get_socket_cookie ktime_get_coarse_ns @base"),
        (ProgramType.FlowDissector, "skb_load_bytes @sockets"),
        (ProgramType.CgroupSysctl, "sysctl_get_name sysctl_get_current_value sysctl_get_new_value sysctl_set_new_value ktime_get_coarse_ns perf_event_output @cgroup @base"),
        (ProgramType.RawTracepointWritable, "get_attach_cookie @tracing"),
        (ProgramType.CgroupSockOpt, "get_netns_cookie setsockopt/s getsockopt/s tcp_sock perf_event_output @storage @cgroup @base"),
        (ProgramType.Tracing, "@tracing.btf"),
        (ProgramType.StructOps, "@base"),
        (ProgramType.Lsm, "get_local_storage/g get_retval/g set_retval/g inode_storage_get inode_storage_delete bprm_opts_set ima_inode_hash/h ima_file_hash/h get_attach_cookie/t "
            + "setsockopt/K getsockopt/K d_path/h @storage @tracing.btf"),
        (ProgramType.SkLookup, "perf_event_output sk_assign sk_release @sockets"),
        (ProgramType.Syscall, "sys_bpf/p btf_find_by_name_kind sys_close kallsyms_lookup_name @tracing.btf"),
        (ProgramType.Netfilter, "@base"),
    ];

    // What members of these kernel structs have beside the base set.
    private const string CongestionControl = "tcp_send_ack setsockopt/R getsockopt/R ktime_get_coarse_ns @storage @base";

    private static readonly byte[]?[] s_known = new byte[(int)ProgramType.Netfilter + 1][];
    private static byte[]? s_congestionControl;

    /// <summary>The condition under which programs may call a helper, by the helper's number.</summary>
    /// <param name="type">The type of program.</param>
    /// <param name="target">The member of a kernel struct that a struct_ops program implements: <c>tcp_congestion_ops.init</c>.</param>
    internal static ReadOnlySpan<byte> For(ProgramType type, string? target)
    {
        if (type == ProgramType.StructOps && target is not null && target.StartsWith("tcp_congestion_ops", StringComparison.Ordinal))
        {
            return s_congestionControl ??= Read(CongestionControl);
        }

        if ((uint)type >= (uint)s_known.Length) return default;
        if (s_known[(int)type] is { } known) return known;
        foreach ((ProgramType row, string words) in s_types)
        {
            if (row == type) return s_known[(int)type] = Read(words);
        }

        return default;
    }

    private static byte[] Read(string words)
    {
        byte[] table = new byte[HelperNames.Count];
        Add(table, words, HelperCondition.Always);
        return table;
    }

    // What comes first stays: a type's own row stands before the sets that it takes in.
    private static void Add(byte[] table, ReadOnlySpan<char> words, HelperCondition outer)
    {
        foreach (Range part in words.Split(' '))
        {
            ReadOnlySpan<char> word = words[part];
            HelperCondition condition = outer;
            if (word.Length > 2 && word[^2] == '/')
            {
                condition = (HelperCondition)word[^1];
                word = word[..^2];
            }

            if (word[0] == '@')
            {
                Add(table, SetOf(word[1..]), condition);
                continue;
            }

            int id = HelperNames.IdOf(string.Concat("bpf_", word));
            if (table[id] == 0) table[id] = (byte)condition;
        }
    }

    private static string SetOf(ReadOnlySpan<char> name)
    {
        foreach ((string known, string words) in s_sets)
        {
            if (name.SequenceEqual(known)) return words;
        }

        throw new InvalidOperationException($"no such set: {name}");
    }
}
