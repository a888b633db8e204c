// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>
/// Arguments of tracepoints that may be null or hold an error number instead of a pointer, which types do not tell.
/// Source of the facts: raw_tp_null_args in kernel/bpf/btf.c, state of 6.18.
/// </summary>
internal static class TracepointArguments
{
    // Tracepoint, then ":n" for each argument that may be null and "!n" for each that may be an error number.
    private const string Rows =
        "sched_pi_setprio:1 sched_stick_numa:2 sched_swap_numa:2 afs_make_fs_call:1 afs_make_fs_calli:1 afs_make_fs_call1:1 afs_make_fs_call2:1 "
        + "afs_protocol_error:0 afs_flock_ev:1 cachefiles_lookup:0!2 cachefiles_unlink:0 cachefiles_rename:0 cachefiles_prep_read:0 "
        + "cachefiles_mark_active:0 cachefiles_mark_failed:0 cachefiles_mark_inactive:0 cachefiles_vfs_error:0 cachefiles_io_error:0 "
        + "cachefiles_ondemand_open:0 cachefiles_ondemand_copen:0 cachefiles_ondemand_close:0 cachefiles_ondemand_read:0 cachefiles_ondemand_cread:0 "
        + "cachefiles_ondemand_fd_write:0 cachefiles_ondemand_fd_release:0 ext4_mballoc_discard:1 ext4_mballoc_free:1 fib_table_lookup:2 "
        + "posix_lock_inode:1 fcntl_setlk:1 locks_remove_posix:1 flock_lock_inode:1 break_lease_noblock:1 break_lease_block:1 break_lease_unblock:1 "
        + "generic_delete_lease:1 time_out_leases:1 host1x_cdma_push_gather:4 mm_khugepaged_scan_pmd:1 mm_collapse_huge_page_isolate:0 "
        + "mm_khugepaged_scan_file:1 mm_khugepaged_collapse_file:1 mm_page_alloc:0 mm_page_pcpu_drain:0 mm_page_alloc_zone_locked:0 netfs_failure:1 "
        + "device_pm_callback_start:1 qdisc_dequeue:3 rxrpc_recvdata:0 rxrpc_resend:1 kfree_skb:3 xs_stream_read_data:0 xprt_reserve_cong:1 "
        + "xprt_release_cong:1 xprt_get_cong:1 xprt_put_cong:1 tcp_send_reset:0:1 tegra_dma_tx_status:2 tmigr_update_events:0 writeback_dirty_folio:1 "
        + "folio_wait_writeback:1 mr_integ_alloc!3 hugetlbfs_alloc_inode:1 xfs_inodegc_flush:0 xfs_inodegc_push:0 xfs_inodegc_start:0 "
        + "xfs_inodegc_stop:0 xfs_inodegc_queue:0 xfs_inodegc_throttle:0 xfs_fs_sync_fs:0 xfs_blockgc_start:0 xfs_blockgc_stop:0 xfs_blockgc_worker:0 "
        + "xfs_blockgc_flush_all:0 xfs_map_blocks_found:4 xfs_map_blocks_alloc:4 xfs_btree_updkeys:2 xfs_btree_overlapped_query_range:2 "
        + "xfs_defer_create_intent:0 xfs_defer_cancel_list:0 xfs_defer_pending_finish:0 xfs_defer_pending_abort:0 xfs_defer_relog_intent:0 "
        + "xfs_defer_isolate_paused:0 xfs_defer_item_pause:0 xfs_defer_item_unpause:0 xfs_defer_add_item:0 xfs_defer_cancel_item:0 "
        + "xfs_defer_finish_item:0 xfs_ioc_free_eofblocks:1 xfs_blockgc_free_space:1 tcp_sendmsg_locked:2";

    private static Dictionary<string, string>? s_index;

    /// <summary>True if an argument of a tracepoint may be null.</summary>
    /// <param name="tracepoint">Its name, without prefix.</param>
    /// <param name="argument">The argument, from 0.</param>
    internal static bool MayBeNull(ReadOnlySpan<char> tracepoint, int argument) => Has(tracepoint, ':', argument);

    /// <summary>True if an argument may be an error number: programs get it as a number.</summary>
    internal static bool MayBeError(ReadOnlySpan<char> tracepoint, int argument) => Has(tracepoint, '!', argument);

    private static bool Has(ReadOnlySpan<char> tracepoint, char mark, int argument)
    {
        Dictionary<string, string> index = s_index ??= Read();
        if (!index.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(tracepoint, out string? marks)) return false;
        for (int i = 0; i + 1 < marks.Length; i += 2)
        {
            if (marks[i] == mark && marks[i + 1] - '0' == argument) return true;
        }

        return false;
    }

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> index = new(StringComparer.Ordinal);
        foreach (string word in Rows.Split(' '))
        {
            int end = word.AsSpan().IndexOfAny(':', '!');
            index.Add(word[..end], word[end..]);
        }

        return index;
    }
}
