// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Something that programs use and that a kernel brought, beside instructions, helpers, kernel functions and types of things, which have tables of their own.</summary>
internal enum KernelFeature : byte
{
    /// <summary>More than 4,096 instructions.</summary>
    LargePrograms,

    /// <summary>Loops that end.</summary>
    Loops,

    /// <summary>Values of maps addressed directly: global variables.</summary>
    GlobalVariables,

    /// <summary>Addresses of the kernel's variables.</summary>
    KernelVariables,

    /// <summary>Functions of the program passed as values: callbacks.</summary>
    Callbacks,

    /// <summary>Tail calls in programs with functions.</summary>
    TailCallsWithFunctions,

    /// <summary>Programs that sleep.</summary>
    Sleepable,

    /// <summary>Iterators that sleep.</summary>
    SleepableIterators,

    /// <summary>Uprobes that sleep.</summary>
    SleepableProbes,

    /// <summary>Members of kernel structs that sleep.</summary>
    SleepableStructOps,

    /// <summary>bpf_spin_lock in values.</summary>
    SpinLocks,

    /// <summary>bpf_timer in values.</summary>
    Timers,

    /// <summary>Pointers to kernel objects in values.</summary>
    Kptrs,

    /// <summary>Pointers to memory per CPU in values.</summary>
    PerCpuKptrs,

    /// <summary>bpf_list_head in values.</summary>
    Lists,

    /// <summary>bpf_rb_root in values.</summary>
    Trees,

    /// <summary>bpf_wq in values.</summary>
    WorkQueues,

    /// <summary>Pointers to user memory in values.</summary>
    UserPointers,

    /// <summary>bpf_res_spin_lock in values.</summary>
    ResilientLocks,

    /// <summary>bpf_task_work in values.</summary>
    TaskWork,
}

/// <summary>The first kernel with each feature, and what it is called.</summary>
internal static class FeatureRules
{
    /// <summary>The instructions that a program may have before <see cref="KernelFeature.LargePrograms"/>.</summary>
    internal const int SmallProgram = 4096;

    // Kernels before 5.2 walk this many instructions before they give up, those after a million.
    private const int SmallWalk = 131_072;

    private static readonly (KernelFeature Feature, KernelVersion Since, string Name)[] s_rows =
    [
        (KernelFeature.LargePrograms, new(5, 2), "programs of more than 4096 instructions"),
        (KernelFeature.Loops, new(5, 3), "loops"),
        (KernelFeature.GlobalVariables, new(5, 2), "global variables (addresses of map values)"),
        (KernelFeature.KernelVariables, new(5, 10), "addresses of kernel variables"),
        (KernelFeature.Callbacks, new(5, 13), "functions passed as callbacks"),
        (KernelFeature.TailCallsWithFunctions, new(5, 10), "tail calls in programs with functions"),
        (KernelFeature.Sleepable, new(5, 10), "programs that sleep"),
        (KernelFeature.SleepableIterators, new(6, 0), "iterators that sleep"),
        (KernelFeature.SleepableProbes, new(6, 0), "uprobes that sleep"),
        (KernelFeature.SleepableStructOps, new(6, 0), "struct_ops programs that sleep"),
        (KernelFeature.SpinLocks, new(5, 1), "a bpf_spin_lock in values"),
        (KernelFeature.Timers, new(5, 15), "a bpf_timer in values"),
        (KernelFeature.Kptrs, new(5, 19), "pointers to kernel objects in values"),
        (KernelFeature.PerCpuKptrs, new(6, 7), "pointers to memory per CPU in values"),
        (KernelFeature.Lists, new(6, 2), "a bpf_list_head in values"),
        (KernelFeature.Trees, new(6, 3), "a bpf_rb_root in values"),
        (KernelFeature.WorkQueues, new(6, 10), "a bpf_wq in values"),
        (KernelFeature.UserPointers, new(6, 13), "pointers to user memory in values"),
        (KernelFeature.ResilientLocks, new(6, 15), "a bpf_res_spin_lock in values"),
        (KernelFeature.TaskWork, new(6, 18), "a bpf_task_work in values"),
    ];

    /// <summary>The first kernel with a feature.</summary>
    internal static KernelVersion Since(KernelFeature feature) => s_rows[(int)feature].Since;

    /// <summary>What it is called, for sentences: "loops".</summary>
    internal static string NameOf(KernelFeature feature) => s_rows[(int)feature].Name;

    /// <summary>All features in the order of the enumeration.</summary>
    internal static ReadOnlySpan<(KernelFeature Feature, KernelVersion Since, string Name)> All => s_rows;

    /// <summary>How many instructions are walked, over all paths: what the budget says, and no more than kernels before 5.2 walk.</summary>
    internal static long WalkLimit(KernelVersion kernel, long budget) => kernel < Since(KernelFeature.LargePrograms) ? Math.Min(SmallWalk, budget) : budget;
}
