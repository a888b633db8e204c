// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Explanations;

/// <content>Execution Context Safety: where and when something may be done.</content>
internal static partial class ViolationTable
{
    private static ViolationRow[] Context() =>
    [
        new(ViolationKind.SleepInProgram, 3501, ViolationCategory.ExecutionContext,
            "a call that may sleep in a program that may not",
            "declare the program sleepable, where its hook allows it: SEC(\"fentry.s/do_unlinkat\")"),
        new(ViolationKind.SleepInRegion, 3502, ViolationCategory.ExecutionContext,
            "a call that may sleep inside of a region that may not",
            "call it outside of the region: after bpf_rcu_read_unlock();"),
        new(ViolationKind.SleepableType, 3503, ViolationCategory.ExecutionContext,
            "a program of a type that cannot be sleepable",
            "drop the .s from the section name: SEC(\"kprobe/do_unlinkat\")"),
        new(ViolationKind.SleepableMap, 3504, ViolationCategory.ExecutionContext,
            "a map that sleepable programs cannot use",
            "use an array, a hash, a ring buffer or local storage"),
        new(ViolationKind.CallWhileLocked, 3505, ViolationCategory.ExecutionContext,
            "a call while a lock is held",
            "unlock before the call: bpf_spin_unlock(&v->lock);"),
        new(ViolationKind.GlobalCallInRegion, 3506, ViolationCategory.ExecutionContext,
            "a global function is called inside of a region",
            "declare the function static, so that it is checked in its place"),
        new(ViolationKind.LeaveInRegion, 3507, ViolationCategory.ExecutionContext,
            "control leaves inside of a region",
            "leave the region first: bpf_rcu_read_unlock();"),
        new(ViolationKind.RcuRequired, 3508, ViolationCategory.ExecutionContext,
            "a call that needs the RCU read lock",
            "take it around the call: bpf_rcu_read_lock(); while ((task = bpf_iter_task_next(&it))) count++; bpf_rcu_read_unlock();"),
        new(ViolationKind.ExceptionCallback, 3509, ViolationCategory.ExecutionContext,
            "an exception callback of the wrong form",
            "let it take one number, return a number and be tagged once: int on_throw(u64 cookie)"),
        new(ViolationKind.TailCallPlace, 3510, ViolationCategory.ExecutionContext,
            "a tail call at a place where none is allowed",
            "make it in the program itself, or in a function that returns int, outside of callbacks"),
        new(ViolationKind.PacketLoadPlace, 3511, ViolationCategory.ExecutionContext,
            "an old packet load at a place where none is allowed",
            "use bpf_skb_load_bytes(skb, 0, &value, sizeof(value))"),
    ];
}
