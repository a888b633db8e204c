// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>Helpers and kernel functions that take and give back: references, locks, RCU, preemption, interrupts.</summary>
internal static class RegionCalls
{
    private static readonly Dictionary<string, CausalKind> s_calls = new(StringComparer.Ordinal)
    {
        ["bpf_sk_lookup_tcp"] = CausalKind.Acquire, ["bpf_sk_lookup_udp"] = CausalKind.Acquire, ["bpf_skc_lookup_tcp"] = CausalKind.Acquire, ["bpf_sk_release"] = CausalKind.Release,
        ["bpf_ringbuf_reserve"] = CausalKind.Acquire, ["bpf_ringbuf_submit"] = CausalKind.Release, ["bpf_ringbuf_discard"] = CausalKind.Release,
        ["bpf_ringbuf_reserve_dynptr"] = CausalKind.Acquire, ["bpf_ringbuf_submit_dynptr"] = CausalKind.Release, ["bpf_ringbuf_discard_dynptr"] = CausalKind.Release,
        ["bpf_kptr_xchg"] = CausalKind.Acquire, ["bpf_obj_new_impl"] = CausalKind.Acquire, ["bpf_percpu_obj_new_impl"] = CausalKind.Acquire, ["bpf_refcount_acquire_impl"] = CausalKind.Acquire,
        ["bpf_obj_drop_impl"] = CausalKind.Release, ["bpf_percpu_obj_drop_impl"] = CausalKind.Release,
        ["bpf_list_pop_front"] = CausalKind.Acquire, ["bpf_list_pop_back"] = CausalKind.Acquire, ["bpf_rbtree_remove"] = CausalKind.Acquire,
        ["bpf_list_push_front_impl"] = CausalKind.Release, ["bpf_list_push_back_impl"] = CausalKind.Release, ["bpf_rbtree_add_impl"] = CausalKind.Release,
        ["bpf_task_from_pid"] = CausalKind.Acquire, ["bpf_task_from_vpid"] = CausalKind.Acquire, ["bpf_cgroup_from_id"] = CausalKind.Acquire, ["bpf_cgroup_ancestor"] = CausalKind.Acquire,
        ["bpf_task_get_cgroup1"] = CausalKind.Acquire, ["bpf_get_task_exe_file"] = CausalKind.Acquire, ["bpf_put_file"] = CausalKind.Release, ["bpf_lookup_user_key"] = CausalKind.Acquire,
        ["bpf_lookup_system_key"] = CausalKind.Acquire, ["bpf_key_put"] = CausalKind.Release, ["bpf_cpumask_create"] = CausalKind.Acquire,
        ["bpf_spin_lock"] = CausalKind.Enter, ["bpf_spin_unlock"] = CausalKind.Leave, ["bpf_res_spin_lock"] = CausalKind.Enter, ["bpf_res_spin_unlock"] = CausalKind.Leave,
        ["bpf_res_spin_lock_irqsave"] = CausalKind.Enter, ["bpf_res_spin_unlock_irqrestore"] = CausalKind.Leave,
        ["bpf_rcu_read_lock"] = CausalKind.Enter, ["bpf_rcu_read_unlock"] = CausalKind.Leave, ["bpf_preempt_disable"] = CausalKind.Enter, ["bpf_preempt_enable"] = CausalKind.Leave,
        ["bpf_local_irq_save"] = CausalKind.Enter, ["bpf_local_irq_restore"] = CausalKind.Leave,
    };

    /// <summary>What a call does to references and regions; null for nothing. Kernel functions follow their names.</summary>
    internal static CausalKind? Find(string name)
    {
        if (s_calls.TryGetValue(name, out CausalKind kind)) return kind;
        if (name.EndsWith("_acquire", StringComparison.Ordinal)) return CausalKind.Acquire;
        if (name.EndsWith("_release", StringComparison.Ordinal)) return CausalKind.Release;
        if (name.StartsWith("bpf_iter_", StringComparison.Ordinal))
        {
            if (name.EndsWith("_new", StringComparison.Ordinal)) return CausalKind.Acquire;
            if (name.EndsWith("_destroy", StringComparison.Ordinal)) return CausalKind.Release;
        }

        return null;
    }
}
