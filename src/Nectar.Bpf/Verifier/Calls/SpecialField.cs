// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Fields of map values and allocated objects that are not plain data.</summary>
internal enum SpecialFieldKind : byte
{
    SpinLock,
    ResilientSpinLock,
    Timer,
    WorkQueue,
    TaskWork,

    /// <summary>A pointer to a kernel object that is not held.</summary>
    KptrUnreferenced,

    /// <summary>A pointer to an object that the field holds.</summary>
    KptrReferenced,

    /// <summary>A pointer to per-CPU memory that the field holds.</summary>
    KptrPerCpu,

    /// <summary>A pointer to memory of a process.</summary>
    UserPointer,

    ListHead,
    ListNode,
    TreeRoot,
    TreeNode,
    Refcount,
}

/// <summary>One such field.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Bytes from the start of the value or object.</param>
/// <param name="Size">Its bytes.</param>
internal readonly record struct SpecialField(SpecialFieldKind Kind, int Offset, int Size)
{
    /// <summary>For pointers what they point to; for lists and trees the struct that they hold.</summary>
    internal uint TypeId { get; init; }

    /// <summary>Which set <see cref="TypeId"/> is of: 0 the kernel's, 1 the program's.</summary>
    internal int TypeSet { get; init; }

    /// <summary>For lists and trees where the node lies in the struct that they hold.</summary>
    internal int NodeOffset { get; init; }

    internal bool IsKptr => Kind is SpecialFieldKind.KptrUnreferenced or SpecialFieldKind.KptrReferenced or SpecialFieldKind.KptrPerCpu or SpecialFieldKind.UserPointer;

    /// <summary>The name of its type, for messages.</summary>
    internal string TypeName => Kind switch
    {
        SpecialFieldKind.SpinLock => "bpf_spin_lock",
        SpecialFieldKind.ResilientSpinLock => "bpf_res_spin_lock",
        SpecialFieldKind.Timer => "bpf_timer",
        SpecialFieldKind.WorkQueue => "bpf_wq",
        SpecialFieldKind.TaskWork => "bpf_task_work",
        SpecialFieldKind.ListHead => "bpf_list_head",
        SpecialFieldKind.ListNode => "bpf_list_node",
        SpecialFieldKind.TreeRoot => "bpf_rb_root",
        SpecialFieldKind.TreeNode => "bpf_rb_node",
        SpecialFieldKind.Refcount => "bpf_refcount",
        SpecialFieldKind.UserPointer => "uptr",
        _ => "kptr",
    };
}

/// <summary>The special fields of one type, by offset.</summary>
/// <param name="Fields">The fields.</param>
/// <param name="IsKnown">False where there are no types to look into.</param>
internal sealed record SpecialFields(SpecialField[] Fields, bool IsKnown)
{
    internal static SpecialFields Unknown { get; } = new([], false);

    internal bool HoldsLock { get; } = Array.Exists(Fields, f => f.Kind is SpecialFieldKind.SpinLock or SpecialFieldKind.ResilientSpinLock);

    internal bool HasGraphNode { get; } = Array.Exists(Fields, f => f.Kind is SpecialFieldKind.ListNode or SpecialFieldKind.TreeNode);

    internal SpecialField? Find(SpecialFieldKind kind)
    {
        foreach (SpecialField field in Fields)
        {
            if (field.Kind == kind) return field;
        }

        return null;
    }

    internal SpecialField? FindAt(long offset, SpecialFieldKind kind)
    {
        foreach (SpecialField field in Fields)
        {
            if (field.Offset == offset && field.Kind == kind) return field;
        }

        return null;
    }

    internal SpecialField? FindKptrAt(long offset)
    {
        foreach (SpecialField field in Fields)
        {
            if (field.Offset == offset && field.IsKptr) return field;
        }

        return null;
    }

    /// <summary>True if values of a map have a lock: then addresses in them keep their id.</summary>
    internal static bool HasLock(Analysis a, int map) => a.Calls.Fields.OfMap(map).HoldsLock;

    /// <summary>Checks that an access to a map's value touches no special field, or a pointer as a whole.</summary>
    internal static void CheckAccess(Analysis a, int register, int offset, int size, bool write) => KptrAccess.CheckMapValue(a, register, offset, size);

    /// <summary>True if a map's value has a pointer field at an address with constant offset.</summary>
    internal static bool IsKptr(Analysis a, in RegisterState pointer, int offset) => KptrAt(a, pointer, offset) is not null;

    internal static void LoadKptr(Analysis a, int register, int offset, int size, int value)
    {
        if (KptrAt(a, a.Registers[register], offset) is not { } field) return;
        KptrAccess.NeedPlainAccess(a, register, field);
        RegisterState loaded = KptrAccess.Load(a, field);
        if (value >= 0) a.Registers[value] = loaded;
    }

    internal static void StoreKptr(Analysis a, int register, int offset, int size, int value)
    {
        if (KptrAt(a, a.Registers[register], offset) is not { } field) return;
        KptrAccess.NeedPlainAccess(a, register, field);
        KptrAccess.CheckStore(a, field, value);
    }

    private static SpecialField? KptrAt(Analysis a, in RegisterState pointer, int offset) =>
        pointer.HasConstantRange ? a.Calls.Fields.OfMap(pointer.Target).FindKptrAt(offset + (long)pointer.Range.Bits.Value) : null;
}
