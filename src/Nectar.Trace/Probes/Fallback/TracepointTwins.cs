// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes.Fallback;

/// <summary>A tracepoint that fires when a function is called, or when it returns.</summary>
/// <param name="Function">The function.</param>
/// <param name="Tracepoint">The tracepoint's name, without its subsystem.</param>
/// <param name="Names">The function's parameters that have other names at the tracepoint: <c>state=newstate</c>; its result: <c>retval=ret</c>. Those of the same name and type need no word.</param>
/// <param name="Difference">What is not quite the same; empty if all is.</param>
internal sealed record TracepointTwin(string Function, string Tracepoint, string Names = "", string Difference = "")
{
    /// <summary>Only events with these values: <c>newstate=2</c>.</summary>
    public string Conditions { get; init; } = "";
}

/// <summary>
/// Functions of the kernel that tell of themselves by a tracepoint. By names, since the numbers of arguments differ between kernels: what the
/// kernel's types do not have is not taken. Functions that have several rows fire one or the other.
/// </summary>
internal static class TracepointTwins
{
    private const string AtTheEnd = "fires at the end of the call", Sent = "only what is really sent", Success = "only calls that succeed";

    private static readonly TracepointTwin[] s_entries =
    [
        // net/ipv4
        new("tcp_set_state", "inet_sock_set_state", "state=newstate", "also sockets of other protocols, and those that begin to listen"),
        new("tcp_connect", "inet_sock_set_state", "", "also sockets of other protocols; the packet is not yet made") { Conditions = "newstate=2" },
        new("tcp_finish_connect", "inet_sock_set_state") { Conditions = "oldstate=2 newstate=1" },
        new("tcp_retransmit_skb", "tcp_retransmit_skb", "", $"{AtTheEnd}; also probes for lost tails"),
        new("__tcp_retransmit_skb", "tcp_retransmit_skb", "", AtTheEnd),
        new("tcp_rtx_synack", "tcp_retransmit_synack", "", Sent),
        new("tcp_reset", "tcp_receive_reset"),
        new("tcp_v4_destroy_sock", "tcp_destroy_sock"),
        new("tcp_rcv_established", "tcp_probe"),
        new("tcp_rcv_space_adjust", "tcp_rcv_space_adjust"),
        new("tcp_set_ca_state", "tcp_cong_state_set"),
        new("__icmp_send", "icmp_send", "skb_in=skb", Sent),
        new("sk_error_report", "inet_sk_error_report", "", "only IPv4 and IPv6"),

        // net/core
        new("sk_skb_reason_drop", "kfree_skb", "sk=rx_sk", "only the last reference to a packet"),
        new("kfree_skb_reason", "kfree_skb", "", "only the last reference to a packet"),
        new("consume_skb", "consume_skb", "", "only the last reference to a packet"),
        new("__dev_queue_xmit", "net_dev_queue"),
        new("netif_receive_skb", "netif_receive_skb_entry"),
        new("netif_rx", "netif_rx_entry"),
        new("napi_gro_receive", "napi_gro_receive_entry"),
        new("gro_receive_skb", "napi_gro_receive_entry"),
        new("__napi_poll", "napi_poll", "n=napi", AtTheEnd),
        new("skb_copy_datagram_iter", "skb_copy_datagram_iovec"),
        new("neigh_update", "neigh_update", "neigh=n", "also what comes over netlink"),

        // kernel, fs/exec.c
        new("wake_up_new_task", "sched_wakeup_new"),
        new("try_to_wake_up", "sched_waking", "", "only tasks that wait"),
        new("ttwu_do_wakeup", "sched_wakeup"),
        new("set_task_cpu", "sched_migrate_task", "new_cpu=dest_cpu", "only to another processor"),
        new("do_exit", "sched_process_exit", "", "a little later in the same call"),
        new("kernel_clone", "sched_process_fork", "", $"{Success}; fires at the end of the copy"),
        new("begin_new_exec", "sched_process_exec", "", $"{Success}; fires when the program is loaded"),
        new("bprm_execve", "sched_process_exec", "", $"{Success}; fires when the program is loaded"),
        new("__set_task_comm", "task_rename", "tsk=task buf=comm"),
        new("__send_signal_locked", "signal_generate", "t=task", AtTheEnd),
        new("send_signal_locked", "signal_generate", "t=task", AtTheEnd),
        new("cap_capable", "cap_capable", "", AtTheEnd),
        new("cgroup_attach_task", "cgroup_attach_task", "leader=task", $"{Success}; {AtTheEnd}"),
        new("mark_oom_victim", "mark_victim", "tsk=task"),
        new("process_one_work", "workqueue_execute_start"),
        new("__queue_work", "workqueue_queue_work", "cpu=req_cpu", "only work that is not pending"),
        new("call_timer_fn", "timer_expire_entry"),
        new("hrtimer_start_range_ns", "hrtimer_start", "timer=hrtimer"),
        new("exc_page_fault", "page_fault_user"),
        new("exc_page_fault", "page_fault_kernel"),

        // block
        new("submit_bio_noacct", "block_bio_queue", "", "only what passes the checks"),
        new("submit_bio", "block_bio_queue", "", "also what drivers pass on"),
        new("blk_account_io_start", "block_io_start", "req=rq"),
        new("blk_account_io_done", "block_io_done", "req=rq"),
        new("__blk_account_io_done", "block_io_done", "req=rq"),
        new("blk_mq_start_request", "block_rq_issue"),
        new("blk_update_request", "block_rq_complete", "req=rq"),
        new("blk_mq_requeue_request", "block_rq_requeue"),

        // mm
        new("wakeup_kswapd", "mm_vmscan_wakeup_kswapd", "", "only when it sleeps"),
        new("try_to_free_pages", "mm_vmscan_direct_reclaim_begin", "gfp_mask=gfp_flags"),
        new("try_to_compact_pages", "mm_compaction_try_to_compact_pages"),
        new("do_shrink_slab", "mm_shrink_slab_start", "shrinkctl=sc shrinker=shr", "only caches that have something to give"),
        new("kmem_cache_alloc_noprof", "kmem_cache_alloc", "gfpflags=gfp_flags", AtTheEnd),
        new("kmem_cache_alloc", "kmem_cache_alloc", "gfpflags=gfp_flags", AtTheEnd),
        new("kmem_cache_free", "kmem_cache_free", "x=ptr"),
        new("kfree", "kfree", "object=ptr"),
        new("exit_mmap", "exit_mmap", "", AtTheEnd),
        new("__filemap_add_folio", "mm_filemap_add_to_page_cache", "", $"{Success}; {AtTheEnd}"),

        // fs
        new("__mark_inode_dirty", "writeback_mark_inode_dirty"),
        new("__writeback_single_inode", "writeback_single_inode_start"),
        new("mark_buffer_dirty", "block_dirty_buffer"),
        new("touch_buffer", "block_touch_buffer"),
        new("ext4_sync_file", "ext4_sync_file_enter"),
        new("btrfs_sync_file", "btrfs_sync_file"),
        new("xfs_file_fsync", "xfs_file_fsync"),
    ];

    private static readonly TracepointTwin[] s_returns =
    [
        new("__tcp_retransmit_skb", "tcp_retransmit_skb", "retval=err"),
        new("netif_receive_skb", "netif_receive_skb_exit", "retval=ret"),
        new("netif_rx", "netif_rx_exit", "retval=ret"),
        new("napi_gro_receive", "napi_gro_receive_exit", "retval=ret"),
        new("gro_receive_skb", "napi_gro_receive_exit", "retval=ret"),
        new("__neigh_update", "neigh_update_done", "retval=err"),
        new("fib_table_lookup", "fib_table_lookup", "retval=err"),
        new("cap_capable", "cap_capable", "retval=ret"),
        new("process_one_work", "workqueue_execute_end"),
        new("call_timer_fn", "timer_expire_exit"),
        new("try_to_free_pages", "mm_vmscan_direct_reclaim_end", "retval=nr_reclaimed"),
        new("do_shrink_slab", "mm_shrink_slab_end", "retval=shrinker_retval", "only caches that had something to give"),
        new("kmem_cache_alloc_noprof", "kmem_cache_alloc", "retval=ptr gfpflags=gfp_flags"),
        new("kmem_cache_alloc", "kmem_cache_alloc", "retval=ptr gfpflags=gfp_flags"),
        new("__alloc_pages_noprof", "mm_page_alloc", "retval=page", "also pages without a count of their users"),
        new("__alloc_frozen_pages_noprof", "mm_page_alloc", "retval=page"),
        new("__alloc_pages", "mm_page_alloc", "retval=page"),
        new("posix_lock_inode", "posix_lock_inode", "retval=ret request=fl"),
        new("flock_lock_inode", "flock_lock_inode", "retval=ret request=fl"),
        new("ext4_sync_file", "ext4_sync_file_exit", "retval=ret"),
    ];

    /// <summary>All rows, for tests.</summary>
    public static IEnumerable<(TracepointTwin Twin, bool IsReturn)> All => s_entries.Select(twin => (twin, false)).Concat(s_returns.Select(twin => (twin, true)));

    /// <summary>What fires with a function; none if nothing is known.</summary>
    public static IEnumerable<TracepointTwin> Find(string function, bool isReturn) => (isReturn ? s_returns : s_entries).Where(twin => twin.Function == function);
}
