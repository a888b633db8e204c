// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>A parameter by what its type and the ending of its name say; registers may make it more special.</summary>
internal enum KfuncParameterKind : byte
{
    Number,
    ConstantNumber,
    ReadOnlyBufferSize,
    BufferSize,
    Ignored,
    Context,
    Allocated,
    Refcounted,
    Dynptr,
    Iterator,
    ListHead,
    ListNode,
    TreeRoot,
    TreeNode,
    ConstString,
    Map,
    WorkQueue,
    TaskWork,
    IrqFlag,
    ResilientLock,
    Callback,

    /// <summary>A kernel object where the register holds one, else plain memory.</summary>
    ObjectOrMemory,
    Unknown,
}

/// <summary>One parameter.</summary>
/// <param name="Name">Its name in the kernel's source.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Pointee">For pointers what they point to, without modifiers.</param>
internal readonly record struct KfuncParameter(string Name, KfuncParameterKind Kind, uint Pointee)
{
    internal bool IsPointer { get; init; }

    internal bool MaybeNull => Ends("__nullable");

    internal bool IsOptional => Ends("__opt") || MaybeNull;

    internal bool IsSize => !IsPointer && (Ends("__sz") || IsConstantSize);

    internal bool IsConstantSize => !IsPointer && Ends("__szk");

    internal bool IsUninitialized => Ends("__uninit");

    private bool Ends(string suffix) => Name.Length > suffix.Length && Name.EndsWith(suffix, StringComparison.Ordinal);
}

/// <summary>What the verifier knows of a kernel function.</summary>
internal sealed class KfuncPrototype
{
    internal required string Name { get; init; }

    internal required KfuncTraits Traits { get; init; }

    internal required SpecialKfunc Special { get; init; }

    internal required KfuncParameter[] Parameters { get; init; }

    /// <summary>The types that the prototype is written in, and which set they are: 0 the kernel's, 1 the program's.</summary>
    internal required BtfTypes Types { get; init; }

    internal required int Set { get; init; }

    /// <summary>What it returns, without modifiers.</summary>
    internal required uint Result { get; init; }

    /// <summary>True for functions of modules.</summary>
    internal bool IsOfModule { get; init; }

    internal bool Has(KfuncTraits traits) => (Traits & traits) != 0;

    internal bool IsIterator => Has(KfuncTraits.IteratorNew | KfuncTraits.IteratorNext | KfuncTraits.IteratorDestroy);

    internal bool NeedsTrust => Has(KfuncTraits.TrustedArguments | KfuncTraits.Releases);
}
