// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>
/// What kernel functions are declared to be: their types do not say it, the kernel's registrations do (BTF_ID_FLAGS in the kernel's source, state of 6.18).
/// A function that is not here has no traits.
/// </summary>
internal static class KfuncTraitTable
{
    // A: acquires, R: releases, ?: may be null, T: trusted arguments, U: RCU arguments, S: may sleep, D: destructive, N/X/E: iterator new/next/destroy, P: RCU protected.
    private static readonly (string Letters, string Names)[] s_rows =
    [
        ("A?", "obj_new_impl percpu_obj_new_impl list_pop_front list_pop_back rbtree_remove cgroup_from_id task_from_pid task_from_vpid cpumask_create"),
        ("A?", "xdp_ct_alloc xdp_ct_lookup skb_ct_alloc skb_ct_lookup xdp_get_xfrm_state lookup_system_key"),
        ("A?", "kfunc_call_test_acquire kfunc_call_memb_acquire kfunc_call_test_acq_rdonly_mem testmod_ctx_create"),
        ("A", "kfunc_nested_acquire_nonzero_offset_test kfunc_nested_acquire_zero_offset_test"),
        ("A?U", "refcount_acquire_impl task_acquire cgroup_acquire cgroup_ancestor task_get_cgroup1 crypto_ctx_acquire"),
        ("A?S", "crypto_ctx_create lookup_user_key"),
        ("A?T", "get_task_exe_file"),
        ("A?R", "ct_insert_entry"),
        ("AT", "cpumask_acquire"),
        ("R", "obj_drop_impl percpu_obj_drop_impl task_release cgroup_release cpumask_release crypto_ctx_release put_file key_put ct_release xdp_xfrm_state_release"),
        ("R", "kfunc_call_test_release kfunc_call_memb_release kfunc_call_memb1_release kfunc_call_int_mem_release kfunc_nested_release_test testmod_ctx_release"),
        ("?", "rbtree_first rbtree_root rbtree_left rbtree_right list_front list_back dynptr_slice dynptr_slice_rdwr res_spin_lock res_spin_lock_irqsave"),
        ("?", "kfunc_call_test_get_rdwr_mem kfunc_call_test_get_rdonly_mem"),
        ("U", "cpumask_first cpumask_first_zero cpumask_first_and cpumask_set_cpu cpumask_clear_cpu cpumask_test_cpu cpumask_test_and_set_cpu cpumask_test_and_clear_cpu"),
        ("U", "cpumask_setall cpumask_clear cpumask_and cpumask_or cpumask_xor cpumask_equal cpumask_intersects cpumask_subset cpumask_empty cpumask_full cpumask_copy"),
        ("U", "cpumask_any_distribute cpumask_any_and_distribute cpumask_weight cpumask_populate crypto_decrypt crypto_encrypt task_under_cgroup cgroup_read_xattr kfunc_rcu_task_test"),
        ("TU", "kfunc_call_test_ref"),
        ("T", "dynptr_from_skb dynptr_from_skb_meta sk_assign_tcp_reqsk sock_ops_enable_tx_tstamp sock_destroy map_sum_elem_count path_d_path send_signal_task"),
        ("T", "xdp_metadata_rx_timestamp xdp_metadata_rx_hash xdp_metadata_rx_vlan_tag ct_set_timeout ct_change_timeout ct_set_status ct_change_status ct_set_nat_info"),
        ("T", "stream_vprintk_impl task_work_schedule_signal_impl task_work_schedule_resume_impl"),
        ("T", "kfunc_trusted_vma_test kfunc_trusted_task_test kfunc_trusted_num_test kfunc_st_ops_inc10"),
        ("TS", "arena_alloc_pages arena_free_pages arena_reserve_pages get_dentry_xattr get_file_xattr set_dentry_xattr remove_dentry_xattr"),
        ("TS", "copy_from_user_task_dynptr copy_from_user_task_str_dynptr kfunc_st_ops_test_prologue kfunc_st_ops_test_epilogue kfunc_st_ops_test_pro_epilogue"),
        ("S", "copy_from_user_str copy_from_user_task_str copy_from_user_dynptr copy_from_user_str_dynptr verify_pkcs7_signature kfunc_call_test_sleepable"),
        ("S", "kfunc_init_sock kfunc_close_sock kfunc_call_kernel_connect kfunc_call_kernel_bind kfunc_call_kernel_listen kfunc_call_kernel_sendmsg kfunc_call_sock_sendmsg"),
        ("S", "kfunc_call_kernel_getsockname kfunc_call_kernel_getpeername"),
        ("D", "kfunc_call_test_destructive"),
        ("N", "iter_num_new iter_bits_new iter_testmod_seq_new"),
        ("NU", "iter_task_vma_new"),
        ("NT", "iter_css_task_new"),
        ("NTP", "iter_css_new iter_task_new"),
        ("NS", "iter_kmem_cache_new iter_dmabuf_new"),
        ("X?", "iter_num_next iter_bits_next iter_task_vma_next iter_css_task_next iter_css_next iter_task_next iter_testmod_seq_next"),
        ("X?S", "iter_kmem_cache_next iter_dmabuf_next"),
        ("E", "iter_num_destroy iter_bits_destroy iter_task_vma_destroy iter_css_task_destroy iter_css_destroy iter_task_destroy iter_testmod_seq_destroy"),
        ("ES", "iter_kmem_cache_destroy iter_dmabuf_destroy"),
    ];

    private static readonly Dictionary<string, KfuncTraits> s_traits = Index();

    /// <summary>The traits of a kernel function.</summary>
    internal static KfuncTraits Of(string name) => name switch
    {
        "css_rstat_flush" or "cgroup_rstat_flush" => KfuncTraits.MaySleep,
        "crash_kexec" => KfuncTraits.Destructive,
        _ => s_traits.GetValueOrDefault(name),
    };

    private static Dictionary<string, KfuncTraits> Index()
    {
        Dictionary<string, KfuncTraits> traits = new(StringComparer.Ordinal);
        foreach ((string letters, string names) in s_rows)
        {
            KfuncTraits all = KfuncTraits.None;
            foreach (char letter in letters) all |= Of(letter);
            foreach (string name in names.Split(' ')) traits.Add("bpf_" + name, all);
        }

        return traits;
    }

    private static KfuncTraits Of(char letter) => letter switch
    {
        'A' => KfuncTraits.Acquires,
        'R' => KfuncTraits.Releases,
        '?' => KfuncTraits.MaybeNull,
        'T' => KfuncTraits.TrustedArguments,
        'U' => KfuncTraits.RcuArguments,
        'S' => KfuncTraits.MaySleep,
        'D' => KfuncTraits.Destructive,
        'N' => KfuncTraits.IteratorNew,
        'X' => KfuncTraits.IteratorNext,
        'E' => KfuncTraits.IteratorDestroy,
        _ => KfuncTraits.RcuProtected,
    };
}
