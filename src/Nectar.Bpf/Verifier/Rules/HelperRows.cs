// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>
/// The prototypes of all helpers, a row each, in the order of their numbers: name(parameters) result traits.
/// <see cref="HelperRowReader"/> has the words. Source of the facts: the <c>bpf_func_proto</c> definitions of the kernel, state of 6.18.
/// </summary>
internal static class HelperRows
{
    private static readonly string[] s_rows =
    [
        // 1
        "map_lookup_elem(map key) value? pkt",
        "map_update_elem(map key value any) int pkt",
        "map_delete_elem(map key) int pkt",
        "probe_read(out size0 any) int gpl",
        "ktime_get_ns() int",
        "trace_printk(in size) int gpl",
        "get_prandom_u32() int",
        "get_smp_processor_id() int fast",
        "skb_store_bytes(ctx any in size any) int moves",
        "l3_csum_replace(ctx any any any any) int moves",
        // 11
        "l4_csum_replace(ctx any any any any) int moves",
        "tail_call(ctx map any) void moves",
        "clone_redirect(ctx any any) int moves",
        "get_current_pid_tgid() int",
        "get_current_uid_gid() int",
        "get_current_comm(out size) int",
        "get_cgroup_classid(ctx) int",
        "skb_vlan_push(ctx any any) int moves",
        "skb_vlan_pop(ctx) int moves",
        "skb_get_tunnel_key(ctx out size any) int",
        // 21
        "skb_set_tunnel_key(ctx in size any) int",
        "perf_event_read(map any) int gpl",
        "redirect(any any) int",
        "get_route_realm(ctx) int",
        "perf_event_output(ctx map any in size0) int gpl",
        "skb_load_bytes(ctx any out size) int",
        "get_stackid(ctx map any) int gpl",
        "csum_diff(in? size0 in? size0 any) int pkt",
        "skb_get_tunnel_opt(ctx out size) int",
        "skb_set_tunnel_opt(ctx in size) int",
        // 31
        "skb_change_proto(ctx any any) int moves",
        "skb_change_type(ctx any) int",
        "skb_under_cgroup(ctx map any) int",
        "get_hash_recalc(ctx) int",
        "get_current_task() int gpl",
        "probe_write_user(any in size) int gpl",
        "current_task_under_cgroup(map any) int",
        "skb_change_tail(ctx any any) int moves",
        "skb_pull_data(ctx any) int moves",
        "csum_update(ctx any) int",
        // 41
        "set_hash_invalid(ctx) int",
        "get_numa_node_id() int",
        "skb_change_head(ctx any any) int moves",
        "xdp_adjust_head(ctx any) int moves",
        "probe_read_str(out size0 any) int gpl",
        "get_socket_cookie(ctx) int",
        "get_socket_uid(ctx) int",
        "set_hash(ctx any) int",
        "setsockopt(bskc any any in size) int",
        "skb_adjust_room(ctx any any any) int moves",
        // 51
        "redirect_map(map any any) int",
        "sk_redirect_map(ctx map any any) int",
        "sock_map_update(ctx map key any) int pkt",
        "xdp_adjust_meta(ctx any) int moves",
        "perf_event_read_value(map any out size) int gpl",
        "perf_prog_read_value(ctx out size) int gpl",
        "getsockopt(bskc any any out size) int",
        "override_return(ctx any) int gpl",
        "sock_ops_cb_flags_set(ctx any) int",
        "msg_redirect_map(ctx map any any) int",
        // 61
        "msg_apply_bytes(ctx any) int",
        "msg_cork_bytes(ctx any) int",
        "msg_pull_data(ctx any any any) int moves",
        "bind(ctx in size) int",
        "xdp_adjust_tail(ctx any) int moves",
        "skb_get_xfrm_state(ctx any out size any) int",
        "get_stack(ctx out size0 any) int gpl",
        "skb_load_bytes_relative(ctx any out size any) int",
        "fib_lookup(ctx mem size any) int gpl",
        "sock_hash_update(ctx map key any) int pkt",
        // 71
        "msg_redirect_hash(ctx map key any) int",
        "sk_redirect_hash(ctx map key any) int",
        "lwt_push_encap(ctx any in size) int moves",
        "lwt_seg6_store_bytes(ctx any in size) int moves",
        "lwt_seg6_adjust_srh(ctx any any) int moves",
        "lwt_seg6_action(ctx any in size) int moves",
        "rc_repeat(ctx) int gpl",
        "rc_keydown(ctx any any any) int gpl",
        "skb_cgroup_id(ctx) int",
        "get_current_cgroup_id() int",
        // 81
        "get_local_storage(map any) value",
        "sk_select_reuseport(ctx map key any) int",
        "skb_ancestor_cgroup_id(ctx any) int",
        "sk_lookup_tcp(ctx in size0 any any) sock? pkt acquires",
        "sk_lookup_udp(ctx in size0 any any) sock? pkt acquires",
        "sk_release(bskc-) int",
        "map_push_elem(map value any) int pkt",
        "map_pop_elem(map outvalue) int",
        "map_peek_elem(map outvalue) int",
        "msg_push_data(ctx any any any) int moves",
        // 91
        "msg_pop_data(ctx any any any) int moves",
        "rc_pointer_rel(ctx any any) int gpl",
        "spin_lock(lock) void",
        "spin_unlock(lock) void",
        "sk_fullsock(skc) sock? casts",
        "tcp_sock(skc) tcp? casts",
        "skb_ecn_set_ce(ctx) int",
        "get_listener_sock(skc) sock?",
        "skc_lookup_tcp(ctx in size0 any any) skc? pkt acquires",
        "tcp_check_syncookie(bskc in size in size) int gpl pkt",
        // 101
        "sysctl_get_name(ctx mem size any) int",
        "sysctl_get_current_value(ctx out size) int",
        "sysctl_get_new_value(ctx out size) int",
        "sysctl_set_new_value(ctx in size) int",
        "strtol(in size any out:8&) int",
        "strtoul(in size any out:8&) int",
        "sk_storage_get(map bskc value? any) value?",
        "sk_storage_delete(map bskc) int",
        "send_signal(any) int",
        "tcp_gen_syncookie(bskc in size in size) int gpl pkt",
        // 111
        "skb_output(btf:sk_buff map any in size0) int gpl",
        "probe_read_user(out size0 any) int gpl",
        "probe_read_kernel(out size0 any) int gpl",
        "probe_read_user_str(out size0 any) int gpl",
        "probe_read_kernel_str(out size0 any) int gpl",
        "tcp_send_ack(btf:tcp_sock any) int",
        "send_signal_thread(any) int",
        "jiffies64() int",
        "read_branch_records(ctx mem? size0 any) int gpl",
        "get_ns_current_pid_tgid(any any out size) int",
        // 121
        "xdp_output(btf:xdp_buff map any in size0) int gpl",
        "get_netns_cookie(ctx?) int",
        "get_current_ancestor_cgroup_id(any) int",
        "sk_assign(ctx bskc any) int",
        "ktime_get_boot_ns() int",
        "seq_printf(btf:seq_file in size in? size0) int gpl",
        "seq_write(btf:seq_file in size0) int gpl",
        "sk_cgroup_id(bskc) int",
        "sk_ancestor_cgroup_id(bskc any) int",
        "ringbuf_output(map in size0 any) int",
        // 131
        "ringbuf_reserve(map alloc any) ring? acquires",
        "ringbuf_submit(ring- any) void",
        "ringbuf_discard(ring- any) void",
        "ringbuf_query(map any) int",
        "csum_level(ctx any) int",
        "skc_to_tcp6_sock(bskc) btf:tcp6_sock? casts",
        "skc_to_tcp_sock(bskc) btf:tcp_sock? casts",
        "skc_to_tcp_timewait_sock(bskc) btf:tcp_timewait_sock? casts",
        "skc_to_tcp_request_sock(bskc) btf:tcp_request_sock? casts",
        "skc_to_udp6_sock(bskc) btf:udp6_sock? casts",
        // 141
        "get_task_stack(btf:task_struct out size0 any) int",
        "load_hdr_opt(ctx inout size any) int",
        "store_hdr_opt(ctx in size any) int moves",
        "reserve_hdr_opt(ctx any any) int",
        "inode_storage_get(map btf:inode? value? any) value?",
        "inode_storage_delete(map btf:inode?) int",
        "d_path(btf:path mem size0) int",
        "copy_from_user(out size0 any) int sleeps",
        "snprintf_btf(mem size in size any) int",
        "seq_printf_btf(btf:seq_file in size0 any) int gpl",
        // 151
        "skb_cgroup_classid(ctx) int",
        "redirect_neigh(any in? size0 any) int",
        "per_cpu_ptr(percpu any) percpu?",
        "this_cpu_ptr(percpu) percpu",
        "redirect_peer(any any) int",
        "task_storage_get(map btf:task_struct? value? any) value?",
        "task_storage_delete(map btf:task_struct?) int",
        "get_current_task_btf() btf:task_struct! gpl",
        "bprm_opts_set(btf:linux_binprm any) int",
        "ktime_get_coarse_ns() int",
        // 161
        "ima_inode_hash(btf:inode out size) int sleeps",
        "sock_from_file(btf:file) btf:socket?",
        "check_mtu(ctx any inout:4& any any) int gpl",
        "for_each_map_elem(map func stack? any) int calls",
        "snprintf(mem? size0 str in? size0) int gpl",
        "sys_bpf(any in size) int sleeps",
        "btf_find_by_name_kind(in size any any) int sleeps",
        "sys_close(any) int sleeps",
        "timer_init(timer map any) int gpl",
        "timer_set_callback(timer func) int gpl later",
        // 171
        "timer_start(timer any any) int gpl",
        "timer_cancel(timer) int gpl",
        "get_func_ip(ctx) int gpl",
        "get_attach_cookie(ctx) int",
        "task_pt_regs(btf:task_struct) btf:pt_regs gpl",
        "get_branch_snapshot(out size0) int gpl",
        "trace_vprintk(in size in? size0) int gpl",
        "skc_to_unix_sock(bskc) btf:unix_sock?",
        "kallsyms_lookup_name(mem size0 any out:8&) int",
        "find_vma(btf:task_struct any func stack? any) int calls",
        // 181
        "loop(scalar func stack? any) int calls",
        "strncmp(in size str) int",
        "get_func_arg(ctx any out:8&) int",
        "get_func_ret(ctx out:8&) int",
        "get_func_arg_cnt(ctx) int",
        "get_retval() int",
        "set_retval(any) int",
        "xdp_get_buff_len(ctx) int",
        "xdp_load_bytes(ctx any out size) int",
        "xdp_store_bytes(ctx any in size) int",
        // 191
        "copy_from_user_task(out size0 any btf:task_struct any) int gpl sleeps",
        "skb_set_tstamp(ctx any any) int",
        "ima_file_hash(btf:file out size) int sleeps",
        "kptr_xchg(kptr btf?-) btf? acquires",
        "map_lookup_percpu_elem(map key any) value? pkt",
        "skc_to_mptcp_sock(skc) btf:mptcp_sock? casts",
        "dynptr_from_mem(out size0 any outdynptr:local) int",
        "ringbuf_reserve_dynptr(map any any outdynptr:ringbuf) int",
        "ringbuf_submit_dynptr(dynptr:ringbuf- any) void",
        "ringbuf_discard_dynptr(dynptr:ringbuf- any) void",
        // 201
        "dynptr_read(out size0 dynptr any any) int",
        "dynptr_write(dynptr any in size0 any) int",
        "dynptr_data(dynptr any alloc) mem? part",
        "tcp_raw_gen_syncookie_ipv4(mem:20 mem size0) int gpl pkt",
        "tcp_raw_gen_syncookie_ipv6(mem:40 mem size0) int gpl pkt",
        "tcp_raw_check_syncookie_ipv4(mem:20 mem:20) int gpl pkt",
        "tcp_raw_check_syncookie_ipv6(mem:40 mem:20) int gpl pkt",
        "ktime_get_tai_ns() int",
        "user_ringbuf_drain(map func stack? any) int calls",
        "cgrp_storage_get(map btf:cgroup? value? any) value?",
        // 211
        "cgrp_storage_delete(map btf:cgroup?) int",
    ];

    // Programs of some types get another prototype under the same number.
    private static readonly string[] s_variants =
    [
        "get_cgroup_classid() int",
        "get_socket_cookie(bskc?) int",
        "setsockopt(ctx any any in size) int",
        "getsockopt(ctx any any out size) int",
        "sk_assign(ctx sock? any) int",
        "sk_storage_get(map ctx value? any) value?",
        "sk_storage_get(map btf:sock_common? value? any) value?",
        "sk_storage_delete(map btf:sock_common?) int",
        "xdp_get_buff_len(btf:xdp_buff) int",
        "get_stack(ctx out size0 any) int gpl sleeps",
        "get_task_stack(btf:task_struct out size0 any) int sleeps",
        "get_stackid(ctx map any) int",
        "get_func_ip(ctx) int",
    ];

    /// <summary>The row of a helper, by number less one.</summary>
    internal static ReadOnlySpan<string> All => s_rows;

    /// <summary>The rows of <see cref="HelperVariant"/>, less one.</summary>
    internal static ReadOnlySpan<string> Variants => s_variants;
}

/// <summary>Prototypes that only some programs get; the number is one more than the row's in <see cref="HelperRows.Variants"/>.</summary>
internal enum HelperVariant : byte
{
    /// <summary>The usual one.</summary>
    None,

    /// <summary>bpf_get_cgroup_classid of the running task.</summary>
    CurrentClassId,

    /// <summary>bpf_get_socket_cookie of a socket instead of the context.</summary>
    SocketCookie,

    /// <summary>bpf_setsockopt on the context.</summary>
    ContextSetOption,

    /// <summary>bpf_getsockopt on the context.</summary>
    ContextGetOption,

    /// <summary>bpf_sk_assign of sk_lookup programs: null takes the choice back.</summary>
    LookupAssign,

    /// <summary>bpf_sk_storage_get whose context is the socket.</summary>
    ContextStorage,

    /// <summary>bpf_sk_storage_get on a kernel's socket.</summary>
    TracedStorage,

    /// <summary>bpf_sk_storage_delete on a kernel's socket.</summary>
    TracedStorageDelete,

    /// <summary>bpf_xdp_get_buff_len on a kernel's frame.</summary>
    TracedFrameLength,

    /// <summary>bpf_get_stack that reads what is paged out.</summary>
    SleepableStack,

    /// <summary>bpf_get_task_stack that reads what is paged out.</summary>
    SleepableTaskStack,

    /// <summary>bpf_get_stackid of perf events, under any licence.</summary>
    EventStackId,

    /// <summary>bpf_get_func_ip of multi-probes, under any licence.</summary>
    MultiFunctionAddress,
}
