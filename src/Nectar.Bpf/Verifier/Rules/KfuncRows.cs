// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>The kinds of program that kernel functions are registered for; a kind has several types of program.</summary>
[Flags]
internal enum KfuncHooks : ushort
{
    /// <summary>No program.</summary>
    None = 0,

    /// <summary>Every program.</summary>
    Common = 1,

    /// <summary>XDP.</summary>
    Xdp = 2,

    /// <summary>Traffic classifiers.</summary>
    SchedCls = 4,

    /// <summary>Traffic actions.</summary>
    SchedAct = 8,

    /// <summary>Members of kernel structs.</summary>
    StructOps = 16,

    /// <summary>Typed tracing programs, tracepoints, perf events and security hooks; not kprobes and raw tracepoints.</summary>
    Tracing = 32,

    /// <summary>Programs that user space runs.</summary>
    Syscall = 64,

    /// <summary>Programs of cgroups.</summary>
    Cgroup = 128,

    /// <summary>Stream parsers and verdicts.</summary>
    SkSkb = 256,

    /// <summary>Socket filters.</summary>
    SocketFilter = 512,

    /// <summary>Lightweight tunnels.</summary>
    Lwt = 1024,

    /// <summary>Netfilter.</summary>
    Netfilter = 2048,

    /// <summary>Kprobes and uprobes.</summary>
    Kprobe = 4096,
}

/// <summary>Which programs of a kind may call a function.</summary>
internal enum KfuncPlace : byte
{
    /// <summary>All.</summary>
    Any,

    /// <summary>Sessions: probes that run at entry and exit.</summary>
    Session,

    /// <summary>Iterators.</summary>
    Iterator,

    /// <summary>Security hooks.</summary>
    Lsm,

    /// <summary>Programs that were loaded for one device.</summary>
    DeviceBound,
}

/// <summary>
/// Kernel functions by name with what is declared of them: A acquires, R releases, N may return null, T trusted arguments, C arguments
/// that RCU protects, S may sleep, D destructive, F fast call, P inside RCU sections only, 1 2 3 new, next and destroy of an iterator.
/// Source of the facts: the kfunc sets of the kernel, state of 6.18, and the answers of that kernel.
/// </summary>
internal static class KfuncRows
{
    private static readonly (KfuncHooks Hooks, KfuncPlace Place, string Names)[] s_rows =
    [
        (KfuncHooks.SchedCls | KfuncHooks.Xdp | KfuncHooks.StructOps | KfuncHooks.Syscall | KfuncHooks.Cgroup | KfuncHooks.Tracing, KfuncPlace.Any,
            "crash_kexec/D bpf_obj_new_impl/AN bpf_percpu_obj_new_impl/AN bpf_obj_drop_impl/R bpf_percpu_obj_drop_impl/R bpf_refcount_acquire_impl/ANC "
            + "bpf_list_push_front_impl bpf_list_push_back_impl bpf_list_pop_front/AN bpf_list_pop_back/AN bpf_list_front/N bpf_list_back/N bpf_task_acquire/ANC "
            + "bpf_task_release/R bpf_rbtree_remove/AN bpf_rbtree_add_impl bpf_rbtree_first/N bpf_rbtree_root/N bpf_rbtree_left/N bpf_rbtree_right/N "
            + "bpf_cgroup_acquire/ANC bpf_cgroup_release/R bpf_cgroup_ancestor/ANC bpf_cgroup_from_id/AN bpf_task_under_cgroup/C bpf_task_get_cgroup1/ANC "
            + "bpf_task_from_pid/AN bpf_task_from_vpid/AN bpf_throw bpf_send_signal_task/T bpf_lookup_user_key/ANS bpf_lookup_system_key/AN bpf_key_put/R "
            + "bpf_verify_pkcs7_signature/S"),
        (KfuncHooks.Common, KfuncPlace.Any,
            "bpf_cast_to_kern_ctx/F bpf_rdonly_cast/F bpf_rcu_read_lock bpf_rcu_read_unlock bpf_dynptr_slice/N bpf_dynptr_slice_rdwr/N bpf_iter_num_new/1 "
            + "bpf_iter_num_next/2N bpf_iter_num_destroy/3 bpf_iter_task_vma_new/1C bpf_iter_task_vma_next/2N bpf_iter_task_vma_destroy/3 bpf_iter_css_task_new/1T "
            + "bpf_iter_css_task_next/2N bpf_iter_css_task_destroy/3 bpf_iter_css_new/1TP bpf_iter_css_next/2N bpf_iter_css_destroy/3 bpf_iter_task_new/1TP "
            + "bpf_iter_task_next/2N bpf_iter_task_destroy/3 bpf_dynptr_adjust bpf_dynptr_is_null bpf_dynptr_is_rdonly bpf_dynptr_size bpf_dynptr_clone "
            + "bpf_dynptr_copy bpf_dynptr_memset bpf_modify_return_test_tp bpf_wq_init bpf_wq_set_callback_impl bpf_wq_start bpf_preempt_disable bpf_preempt_enable "
            + "bpf_iter_bits_new/1 bpf_iter_bits_next/2N bpf_iter_bits_destroy/3 bpf_copy_from_user_str/S bpf_copy_from_user_task_str/S bpf_get_kmem_cache "
            + "bpf_iter_kmem_cache_new/1S bpf_iter_kmem_cache_next/2NS bpf_iter_kmem_cache_destroy/3S bpf_local_irq_save bpf_local_irq_restore "
            + "bpf_probe_read_user_dynptr bpf_probe_read_kernel_dynptr bpf_probe_read_user_str_dynptr bpf_probe_read_kernel_str_dynptr bpf_copy_from_user_dynptr/S "
            + "bpf_copy_from_user_str_dynptr/S bpf_copy_from_user_task_dynptr/ST bpf_copy_from_user_task_str_dynptr/ST bpf_iter_dmabuf_new/1S "
            + "bpf_iter_dmabuf_next/2NS bpf_iter_dmabuf_destroy/3S __bpf_trap bpf_strcmp bpf_strcasecmp bpf_strchr bpf_strchrnul bpf_strnchr bpf_strrchr bpf_strlen "
            + "bpf_strnlen bpf_strspn bpf_strcspn bpf_strstr bpf_strnstr bpf_cgroup_read_xattr/C bpf_stream_vprintk_impl/T bpf_task_work_schedule_signal_impl/T "
            + "bpf_task_work_schedule_resume_impl/T bpf_map_sum_elem_count/T bpf_arena_alloc_pages/TS bpf_arena_free_pages/TS bpf_arena_reserve_pages/TS "
            + "bpf_res_spin_lock/N bpf_res_spin_unlock bpf_res_spin_lock_irqsave/N bpf_res_spin_unlock_irqrestore"),
        (KfuncHooks.Kprobe, KfuncPlace.Session,
            "bpf_session_is_return bpf_session_cookie"),
        (KfuncHooks.Tracing, KfuncPlace.Any,
            "css_rstat_updated css_rstat_flush/S cgroup_rstat_updated cgroup_rstat_flush/S"),
        (KfuncHooks.Tracing | KfuncHooks.StructOps | KfuncHooks.Syscall, KfuncPlace.Any,
            "bpf_cpumask_create/AN bpf_cpumask_release/R bpf_cpumask_acquire/AT bpf_cpumask_first/C bpf_cpumask_first_zero/C bpf_cpumask_first_and/C "
            + "bpf_cpumask_set_cpu/C bpf_cpumask_clear_cpu/C bpf_cpumask_test_cpu/C bpf_cpumask_test_and_set_cpu/C bpf_cpumask_test_and_clear_cpu/C "
            + "bpf_cpumask_setall/C bpf_cpumask_clear/C bpf_cpumask_and/C bpf_cpumask_or/C bpf_cpumask_xor/C bpf_cpumask_equal/C bpf_cpumask_intersects/C "
            + "bpf_cpumask_subset/C bpf_cpumask_empty/C bpf_cpumask_full/C bpf_cpumask_copy/C bpf_cpumask_any_distribute/C bpf_cpumask_any_and_distribute/C "
            + "bpf_cpumask_weight/C bpf_cpumask_populate/C"),
        (KfuncHooks.Syscall, KfuncPlace.Any,
            "bpf_crypto_ctx_create/ANS bpf_crypto_ctx_release/R bpf_crypto_ctx_acquire/ANC"),
        (KfuncHooks.SchedCls | KfuncHooks.SchedAct | KfuncHooks.Xdp, KfuncPlace.Any,
            "bpf_crypto_decrypt/C bpf_crypto_encrypt/C"),
        (KfuncHooks.Xdp | KfuncHooks.SchedCls, KfuncPlace.Any,
            "bpf_ct_set_nat_info/T bpf_xdp_ct_alloc/AN bpf_xdp_ct_lookup/AN bpf_skb_ct_alloc/AN bpf_skb_ct_lookup/AN bpf_ct_insert_entry/ANR bpf_ct_release/R "
            + "bpf_ct_set_timeout/T bpf_ct_change_timeout/T bpf_ct_set_status/T bpf_ct_change_status/T"),
        (KfuncHooks.Xdp, KfuncPlace.Any,
            "bpf_xdp_flow_lookup/TN bpf_xdp_get_xfrm_state/NA bpf_xdp_xfrm_state_release/R bpf_dynptr_from_xdp bpf_xdp_pull_data"),
        (KfuncHooks.Xdp, KfuncPlace.DeviceBound,
            "bpf_xdp_metadata_rx_timestamp/T bpf_xdp_metadata_rx_hash/T bpf_xdp_metadata_rx_vlan_tag/T"),
        (KfuncHooks.SchedCls, KfuncPlace.Any,
            "bpf_skb_get_xfrm_info bpf_skb_set_xfrm_info bpf_skb_set_fou_encap bpf_skb_get_fou_encap bpf_sk_assign_tcp_reqsk/T"),
        (KfuncHooks.SchedCls | KfuncHooks.SchedAct | KfuncHooks.SkSkb | KfuncHooks.SocketFilter | KfuncHooks.Cgroup | KfuncHooks.Lwt | KfuncHooks.Netfilter | KfuncHooks.Tracing, KfuncPlace.Any,
            "bpf_dynptr_from_skb/T"),
        (KfuncHooks.SchedCls | KfuncHooks.SchedAct, KfuncPlace.Any,
            "bpf_dynptr_from_skb_meta/T"),
        (KfuncHooks.Cgroup, KfuncPlace.Any,
            "bpf_sock_addr_set_sun_path bpf_sock_ops_enable_tx_tstamp/T"),
        (KfuncHooks.Tracing, KfuncPlace.Iterator,
            "bpf_sock_destroy/T"),
        (KfuncHooks.SchedCls | KfuncHooks.Tracing | KfuncHooks.Syscall, KfuncPlace.Any,
            "bpf_kfunc_call_test_release/R bpf_kfunc_call_memb_release/R"),
        (KfuncHooks.Tracing, KfuncPlace.Lsm,
            "bpf_get_fsverity_digest/T bpf_get_task_exe_file/ATN bpf_put_file/R bpf_path_d_path/T bpf_get_dentry_xattr/ST bpf_get_file_xattr/ST "
            + "bpf_set_dentry_xattr/ST bpf_remove_dentry_xattr/ST"),
        (KfuncHooks.StructOps, KfuncPlace.Any,
            "cubictcp_init cubictcp_recalc_ssthresh cubictcp_cong_avoid cubictcp_state cubictcp_cwnd_event cubictcp_acked dctcp_init dctcp_update_alpha "
            + "dctcp_cwnd_event dctcp_ssthresh dctcp_cwnd_undo dctcp_state bbr_init bbr_main bbr_sndbuf_expand bbr_undo_cwnd bbr_cwnd_event bbr_ssthresh "
            + "bbr_min_tso_segs bbr_set_state tcp_reno_ssthresh tcp_reno_cong_avoid tcp_reno_undo_cwnd tcp_slow_start tcp_cong_avoid_ai"),
        (KfuncHooks.StructOps, KfuncPlace.Any,
            "bpf_skb_get_hash/T bpf_kfree_skb/R bpf_qdisc_skb_drop/R bpf_dynptr_from_skb/T bpf_qdisc_watchdog_schedule/T bpf_qdisc_init_prologue/T "
            + "bpf_qdisc_reset_destroy_epilogue/T bpf_qdisc_bstats_update/T"),
        (KfuncHooks.StructOps, KfuncPlace.Any,
            "hid_bpf_get_data/N hid_bpf_try_input_report"),
        (KfuncHooks.StructOps | KfuncHooks.Syscall, KfuncPlace.Any,
            "hid_bpf_allocate_context/ANS hid_bpf_release_context/RS hid_bpf_hw_request/S hid_bpf_hw_output_report/S hid_bpf_input_report/S"),
        (KfuncHooks.StructOps, KfuncPlace.Any,
            "scx_bpf_select_cpu_dfl/C scx_bpf_select_cpu_and/C scx_bpf_dsq_insert/C scx_bpf_dsq_insert_vtime/C scx_bpf_dispatch/C scx_bpf_dispatch_vtime/C "
            + "scx_bpf_dispatch_nr_slots scx_bpf_dispatch_cancel scx_bpf_dsq_move_to_local scx_bpf_consume scx_bpf_reenqueue_local"),
        (KfuncHooks.StructOps | KfuncHooks.Syscall, KfuncPlace.Any,
            "scx_bpf_create_dsq/S scx_bpf_dsq_move_set_slice/C scx_bpf_dsq_move_set_vtime/C scx_bpf_dsq_move/C scx_bpf_dsq_move_vtime/C "
            + "scx_bpf_dispatch_from_dsq_set_slice/C scx_bpf_dispatch_from_dsq_set_vtime/C scx_bpf_dispatch_from_dsq/C scx_bpf_dispatch_vtime_from_dsq/C"),
        (KfuncHooks.StructOps | KfuncHooks.Tracing | KfuncHooks.Syscall, KfuncPlace.Any,
            "scx_bpf_kick_cpu scx_bpf_dsq_nr_queued scx_bpf_destroy_dsq bpf_iter_scx_dsq_new/1P bpf_iter_scx_dsq_next/2N bpf_iter_scx_dsq_destroy/3 "
            + "scx_bpf_exit_bstr/T scx_bpf_error_bstr/T scx_bpf_dump_bstr/T scx_bpf_cpuperf_cap scx_bpf_cpuperf_cur scx_bpf_cpuperf_set scx_bpf_nr_node_ids "
            + "scx_bpf_nr_cpu_ids scx_bpf_get_possible_cpumask/A scx_bpf_get_online_cpumask/A scx_bpf_put_cpumask/R scx_bpf_task_running/C scx_bpf_task_cpu/C "
            + "scx_bpf_cpu_rq scx_bpf_locked_rq/N scx_bpf_cpu_curr/NP scx_bpf_task_cgroup/CA scx_bpf_now scx_bpf_events/T scx_bpf_cpu_node "
            + "scx_bpf_get_idle_cpumask_node/A scx_bpf_get_idle_cpumask/A scx_bpf_get_idle_smtmask_node/A scx_bpf_get_idle_smtmask/A scx_bpf_put_idle_cpumask/R "
            + "scx_bpf_test_and_clear_cpu_idle scx_bpf_pick_idle_cpu_node/C scx_bpf_pick_idle_cpu/C scx_bpf_pick_any_cpu_node/C scx_bpf_pick_any_cpu/C"),
        (KfuncHooks.Common, KfuncPlace.Any,
            "bpf_iter_testmod_seq_new/1 bpf_iter_testmod_seq_next/2N bpf_iter_testmod_seq_destroy/3 bpf_iter_testmod_seq_value bpf_kfunc_common_test "
            + "bpf_kfunc_dynptr_test bpf_kfunc_nested_acquire_nonzero_offset_test/A bpf_kfunc_nested_acquire_zero_offset_test/A bpf_kfunc_nested_release_test/R "
            + "bpf_kfunc_trusted_vma_test/T bpf_kfunc_trusted_task_test/T bpf_kfunc_trusted_num_test/T bpf_kfunc_rcu_task_test/C bpf_testmod_ctx_create/AN "
            + "bpf_testmod_ctx_release/R"),
        (KfuncHooks.SchedCls | KfuncHooks.Tracing | KfuncHooks.Syscall | KfuncHooks.StructOps, KfuncPlace.Any,
            "bpf_testmod_test_mod_kfunc bpf_kfunc_call_test1 bpf_kfunc_call_test2 bpf_kfunc_call_test3 bpf_kfunc_call_test4 bpf_kfunc_call_test_mem_len_pass1 "
            + "bpf_kfunc_call_test_mem_len_fail1 bpf_kfunc_call_test_mem_len_fail2 bpf_kfunc_call_test_acquire/AN bpf_kfunc_call_memb_acquire/AN "
            + "bpf_kfunc_call_memb1_release/R bpf_kfunc_call_test_get_rdwr_mem/N bpf_kfunc_call_test_get_rdonly_mem/N bpf_kfunc_call_test_acq_rdonly_mem/AN "
            + "bpf_kfunc_call_int_mem_release/R bpf_kfunc_call_test_pass_ctx bpf_kfunc_call_test_pass1 bpf_kfunc_call_test_pass2 bpf_kfunc_call_test_fail1 "
            + "bpf_kfunc_call_test_fail2 bpf_kfunc_call_test_fail3 bpf_kfunc_call_test_ref/TC bpf_kfunc_call_test_destructive/D bpf_kfunc_call_test_static_unused_arg "
            + "bpf_kfunc_call_test_offset bpf_kfunc_call_test_sleepable/S bpf_kfunc_init_sock/S bpf_kfunc_close_sock/S bpf_kfunc_call_kernel_connect/S "
            + "bpf_kfunc_call_kernel_bind/S bpf_kfunc_call_kernel_listen/S bpf_kfunc_call_kernel_sendmsg/S bpf_kfunc_call_sock_sendmsg/S "
            + "bpf_kfunc_call_kernel_getsockname/S bpf_kfunc_call_kernel_getpeername/S bpf_kfunc_st_ops_test_prologue/TS bpf_kfunc_st_ops_test_epilogue/TS "
            + "bpf_kfunc_st_ops_test_pro_epilogue/TS bpf_kfunc_st_ops_inc10/T"),
    ];

    /// <summary>All sets.</summary>
    internal static ReadOnlySpan<(KfuncHooks Hooks, KfuncPlace Place, string Names)> All => s_rows;

    /// <summary>What a letter stands for.</summary>
    internal static KfuncTraits TraitOf(char letter) => letter switch
    {
        'A' => KfuncTraits.Acquires,
        'R' => KfuncTraits.Releases,
        'N' => KfuncTraits.MaybeNull,
        'T' => KfuncTraits.TrustedArguments,
        'C' => KfuncTraits.RcuArguments,
        'S' => KfuncTraits.MaySleep,
        'D' => KfuncTraits.Destructive,
        'F' => KfuncTraits.FastCall,
        'P' => KfuncTraits.RcuProtected,
        '1' => KfuncTraits.IteratorNew,
        '2' => KfuncTraits.IteratorNext,
        '3' => KfuncTraits.IteratorDestroy,
        _ => throw new InvalidOperationException($"no such letter: {letter}"),
    };
}
