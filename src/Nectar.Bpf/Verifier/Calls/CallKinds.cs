// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What a call does that the shape of the program has to know before it is walked.</summary>
[Flags]
internal enum CallKind : byte
{
    None = 0,

    /// <summary>Pointers into the packet are void after it.</summary>
    ChangesPacket = 1,

    /// <summary>It may sleep.</summary>
    MaySleep = 2,

    /// <summary>It calls a function of the program before it returns.</summary>
    CallsBack = 4,

    /// <summary>It has a function of the program called later.</summary>
    CallsBackLater = 8,

    /// <summary>It moves an iterator on.</summary>
    IteratorNext = 16,
}

/// <summary>Calls by kind.</summary>
internal static class CallKinds
{
    private static readonly HashSet<string> s_changesPacket = new(StringComparer.Ordinal) { "bpf_xdp_pull_data" };

    internal static CallKind OfHelper(int id)
    {
        if (HelperPrototypes.Find(id) is not { } helper) return CallKind.None;
        CallKind kind = CallKind.None;
        if (helper.Has(HelperTraits.ChangesPacket)) kind |= CallKind.ChangesPacket;
        if (helper.Has(HelperTraits.MightSleep)) kind |= CallKind.MaySleep;
        if (helper.Has(HelperTraits.SynchronousCallback)) kind |= CallKind.CallsBack;
        if (helper.Has(HelperTraits.AsynchronousCallback)) kind |= CallKind.CallsBackLater;
        return kind;
    }

    /// <summary>True for the kernel functions whose callback compares the nodes of a tree.</summary>
    internal static bool IsTree(string name) => name is "bpf_rbtree_add_impl";

    internal static CallKind OfKfunc(string name)
    {
        CallKind kind = CallKind.None;
        if (name.StartsWith("bpf_iter_", StringComparison.Ordinal) && name.EndsWith("_next", StringComparison.Ordinal)) kind |= CallKind.IteratorNext;
        if (name is "bpf_rbtree_add_impl") kind |= CallKind.CallsBack;
        if (name is "bpf_wq_set_callback_impl" or "bpf_task_work_schedule_signal" or "bpf_task_work_schedule_resume") kind |= CallKind.CallsBackLater;
        if ((KfuncRules.Find(name, default).Traits & KfuncTraits.MaySleep) != 0) kind |= CallKind.MaySleep;
        if (s_changesPacket.Contains(name)) kind |= CallKind.ChangesPacket;
        return kind;
    }
}
