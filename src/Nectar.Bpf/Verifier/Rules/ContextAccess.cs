// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What a load from the context gives.</summary>
internal enum ContextResult : byte
{
    /// <summary>A number.</summary>
    Scalar,

    /// <summary>The first byte of the packet.</summary>
    Packet,

    /// <summary>The byte behind the packet.</summary>
    PacketEnd,

    /// <summary>The first byte of what an XDP program left in front of the packet.</summary>
    PacketMeta,

    /// <summary>The flow keys that the flow dissector fills in.</summary>
    FlowKeys,

    /// <summary>A socket of any kind.</summary>
    SocketCommon,

    /// <summary>A full socket.</summary>
    Socket,

    /// <summary>The record of a writable raw tracepoint.</summary>
    TracepointBuffer,

    /// <summary>A buffer of an iterator that can only be read.</summary>
    ReadOnlyBuffer,

    /// <summary>A buffer of an iterator that can be written.</summary>
    Buffer,

    /// <summary>A kernel object.</summary>
    BtfObject,

    /// <summary>A map.</summary>
    Map,
}

/// <summary>Whether a program may read or write a place of its context, and what it gets.</summary>
/// <param name="Denial">Why not.</param>
/// <param name="Result">What a load gives, if it may.</param>
internal readonly record struct ContextAccess(RuleDenial Denial, ContextResult Result)
{
    /// <summary>True if it may.</summary>
    internal bool IsAllowed => Denial == RuleDenial.None;

    /// <summary>The field, if the place is one of a field; the argument's name for typed contexts.</summary>
    internal string? Field { get; init; }

    /// <summary>The kernel's struct, for kernel objects.</summary>
    internal string? BtfType { get; init; }

    /// <summary>The kernel's type id of that struct; 0 where only the name is known.</summary>
    internal uint BtfId { get; init; }

    /// <summary>True if the pointer may be null.</summary>
    internal bool MaybeNull { get; init; }

    /// <summary>What is known of a kernel object's life.</summary>
    internal ContextTrust Trust { get; init; }

    /// <summary>The first kernel with the field; default if it is as old as the program type.</summary>
    internal KernelVersion Since { get; init; }

    /// <summary>The sizes in bytes that would be allowed there, as a sum of 1, 2, 4 and 8; for suggestions.</summary>
    internal byte AllowedSizes { get; init; }

    /// <summary>True if it is what the traced function or hook returned so far: its range is that of <see cref="ReturnRules"/> for security hooks.</summary>
    internal bool IsReturnValue { get; init; }
}

/// <summary>What is known of the life of a kernel object that a context gives.</summary>
internal enum ContextTrust : byte
{
    /// <summary>Nothing: it can be read, and given to few helpers.</summary>
    Untracked,

    /// <summary>The kernel keeps it valid while the program runs.</summary>
    Trusted,

    /// <summary>Valid inside an RCU section.</summary>
    Rcu,

    /// <summary>It may point anywhere: only guarded reads.</summary>
    Untrusted,

    /// <summary>It lies in user memory.</summary>
    User,

    /// <summary>It is per CPU.</summary>
    PerCpu,

    /// <summary>The program owns it and has to give it back.</summary>
    Owned,
}
