// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What the rules look at in a program: not its code.</summary>
/// <param name="Type">Its type; for extensions the type of the program that they extend.</param>
/// <param name="Attach">Its expected attach type; the first one of the enumeration (0) where the loader gave none.</param>
/// <param name="IsSleepable">True if it was loaded as sleepable.</param>
/// <param name="Target">The kernel's function, hook, iterator or struct member that it attaches to, by name: <c>bpf_iter_task</c>, <c>file_open</c>, <c>tcp_congestion_ops.init</c>; null without one.</param>
internal readonly record struct ProgramTraits(ProgramType Type, AttachType Attach = 0, bool IsSleepable = false, string? Target = null)
{
    /// <summary>The attach type that the kernel takes: programs that were loaded before attach types existed get the one that they mean.</summary>
    internal AttachType EffectiveAttach => (Type, (uint)Attach) switch
    {
        (ProgramType.CgroupSock, 0) => AttachType.CgroupInetSockCreate,
        (ProgramType.SkReuseport, 0) => AttachType.SkReuseportSelect,
        _ => Attach,
    };

    /// <summary>The kernel whose rules apply.</summary>
    internal KernelVersion Kernel { get; init; } = KernelVersion.Newest;

    /// <summary>True if the licence lets it call what is GPL only.</summary>
    internal bool IsGpl { get; init; } = true;

    /// <summary>True unless the loader lacks CAP_BPF.</summary>
    internal bool HasBpf { get; init; } = true;

    /// <summary>True unless the loader lacks CAP_PERFMON.</summary>
    internal bool HasPerfmon { get; init; } = true;
}
