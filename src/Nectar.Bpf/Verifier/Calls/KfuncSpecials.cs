// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Kernel functions that have rules of their own.</summary>
internal enum SpecialKfunc : byte
{
    None,
    ObjectNew,
    PerCpuNew,
    ObjectDrop,
    PerCpuDrop,
    RefcountAcquire,
    ListPushFront,
    ListPushBack,
    ListPopFront,
    ListPopBack,
    ListFront,
    ListBack,
    TreeAdd,
    TreeRemove,
    TreeFirst,
    TreeRoot,
    TreeLeft,
    TreeRight,
    CastToKernelContext,
    ReadOnlyCast,
    RcuLock,
    RcuUnlock,
    PreemptDisable,
    PreemptEnable,
    IrqSave,
    IrqRestore,
    ResilientLock,
    ResilientUnlock,
    ResilientLockIrq,
    ResilientUnlockIrq,
    DynptrFromSkb,
    DynptrFromXdp,
    DynptrFromSkbMeta,
    DynptrFromFile,
    DynptrSlice,
    DynptrSliceWritable,
    DynptrClone,
    Throw,
    WorkQueueSetCallback,
    TaskWorkSchedule,
    CssTaskNew,
    SessionCookie,
    KmemCache,
    PullXdpData,
}

/// <summary>Which name is which.</summary>
internal static class KfuncSpecials
{
    private static readonly Dictionary<string, SpecialKfunc> s_names = new(StringComparer.Ordinal)
    {
        ["bpf_obj_new_impl"] = SpecialKfunc.ObjectNew,
        ["bpf_percpu_obj_new_impl"] = SpecialKfunc.PerCpuNew,
        ["bpf_obj_drop_impl"] = SpecialKfunc.ObjectDrop,
        ["bpf_percpu_obj_drop_impl"] = SpecialKfunc.PerCpuDrop,
        ["bpf_refcount_acquire_impl"] = SpecialKfunc.RefcountAcquire,
        ["bpf_list_push_front_impl"] = SpecialKfunc.ListPushFront,
        ["bpf_list_push_back_impl"] = SpecialKfunc.ListPushBack,
        ["bpf_list_pop_front"] = SpecialKfunc.ListPopFront,
        ["bpf_list_pop_back"] = SpecialKfunc.ListPopBack,
        ["bpf_list_front"] = SpecialKfunc.ListFront,
        ["bpf_list_back"] = SpecialKfunc.ListBack,
        ["bpf_rbtree_add_impl"] = SpecialKfunc.TreeAdd,
        ["bpf_rbtree_remove"] = SpecialKfunc.TreeRemove,
        ["bpf_rbtree_first"] = SpecialKfunc.TreeFirst,
        ["bpf_rbtree_root"] = SpecialKfunc.TreeRoot,
        ["bpf_rbtree_left"] = SpecialKfunc.TreeLeft,
        ["bpf_rbtree_right"] = SpecialKfunc.TreeRight,
        ["bpf_cast_to_kern_ctx"] = SpecialKfunc.CastToKernelContext,
        ["bpf_rdonly_cast"] = SpecialKfunc.ReadOnlyCast,
        ["bpf_rcu_read_lock"] = SpecialKfunc.RcuLock,
        ["bpf_rcu_read_unlock"] = SpecialKfunc.RcuUnlock,
        ["bpf_preempt_disable"] = SpecialKfunc.PreemptDisable,
        ["bpf_preempt_enable"] = SpecialKfunc.PreemptEnable,
        ["bpf_local_irq_save"] = SpecialKfunc.IrqSave,
        ["bpf_local_irq_restore"] = SpecialKfunc.IrqRestore,
        ["bpf_res_spin_lock"] = SpecialKfunc.ResilientLock,
        ["bpf_res_spin_unlock"] = SpecialKfunc.ResilientUnlock,
        ["bpf_res_spin_lock_irqsave"] = SpecialKfunc.ResilientLockIrq,
        ["bpf_res_spin_unlock_irqrestore"] = SpecialKfunc.ResilientUnlockIrq,
        ["bpf_dynptr_from_skb"] = SpecialKfunc.DynptrFromSkb,
        ["bpf_dynptr_from_xdp"] = SpecialKfunc.DynptrFromXdp,
        ["bpf_dynptr_from_skb_meta"] = SpecialKfunc.DynptrFromSkbMeta,
        ["bpf_dynptr_from_file"] = SpecialKfunc.DynptrFromFile,
        ["bpf_dynptr_slice"] = SpecialKfunc.DynptrSlice,
        ["bpf_dynptr_slice_rdwr"] = SpecialKfunc.DynptrSliceWritable,
        ["bpf_dynptr_clone"] = SpecialKfunc.DynptrClone,
        ["bpf_throw"] = SpecialKfunc.Throw,
        ["bpf_wq_set_callback_impl"] = SpecialKfunc.WorkQueueSetCallback,
        ["bpf_task_work_schedule_signal"] = SpecialKfunc.TaskWorkSchedule,
        ["bpf_task_work_schedule_resume"] = SpecialKfunc.TaskWorkSchedule,
        ["bpf_task_work_schedule_signal_impl"] = SpecialKfunc.TaskWorkSchedule,
        ["bpf_task_work_schedule_resume_impl"] = SpecialKfunc.TaskWorkSchedule,
        ["bpf_iter_css_task_new"] = SpecialKfunc.CssTaskNew,
        ["bpf_session_cookie"] = SpecialKfunc.SessionCookie,
        ["bpf_get_kmem_cache"] = SpecialKfunc.KmemCache,
        ["bpf_xdp_pull_data"] = SpecialKfunc.PullXdpData,
    };

    internal static SpecialKfunc Of(string name) => s_names.GetValueOrDefault(name);

    /// <summary>True for what works on lists and trees under their lock.</summary>
    internal static bool IsGraph(SpecialKfunc special) => special is >= SpecialKfunc.RefcountAcquire and <= SpecialKfunc.TreeRight;

    internal static bool IsList(SpecialKfunc special) => special is >= SpecialKfunc.ListPushFront and <= SpecialKfunc.ListBack;

    internal static bool IsTree(SpecialKfunc special) => special is >= SpecialKfunc.TreeAdd and <= SpecialKfunc.TreeRight;

    internal static bool IsResilientLock(SpecialKfunc special) => special is >= SpecialKfunc.ResilientLock and <= SpecialKfunc.ResilientUnlockIrq;
}
