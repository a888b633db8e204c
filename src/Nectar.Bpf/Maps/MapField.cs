// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Fields of a value that are not plain data to the kernel (<c>enum btf_field_type</c>).</summary>
public enum MapFieldKind : byte
{
    /// <summary><c>struct bpf_spin_lock</c>: 4 bytes.</summary>
    SpinLock,

    /// <summary><c>struct bpf_res_spin_lock</c>: 8 bytes.</summary>
    ResilientSpinLock,

    /// <summary><c>struct bpf_timer</c>: 16 bytes.</summary>
    Timer,

    /// <summary><c>struct bpf_wq</c>: 16 bytes.</summary>
    WorkQueue,

    /// <summary>A pointer with the tag <c>kptr</c>, <c>kptr_untrusted</c>, <c>percpu_kptr</c> or <c>uptr</c>: 8 bytes.</summary>
    KernelPointer,

    /// <summary><c>struct bpf_list_head</c>: 16 bytes.</summary>
    ListHead,

    /// <summary><c>struct bpf_list_node</c>: 24 bytes.</summary>
    ListNode,

    /// <summary><c>struct bpf_rb_root</c>: 16 bytes.</summary>
    TreeRoot,

    /// <summary><c>struct bpf_rb_node</c>: 32 bytes.</summary>
    TreeNode,

    /// <summary><c>struct bpf_refcount</c>: 4 bytes.</summary>
    ReferenceCount,
}

/// <summary>One such field.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Its first byte in the value.</param>
/// <param name="Size">Its size in bytes.</param>
public readonly record struct MapField(MapFieldKind Kind, uint Offset, uint Size);
