// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier;

/// <summary>A function of the program under test.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">Its first slot.</param>
/// <param name="TypeId">The BTF id of its FUNC in <see cref="VerifierInput.Types"/>; 0 where unknown.</param>
/// <param name="IsGlobal">True if it is verified on its own.</param>
internal readonly record struct InputFunction(string Name, int Start, uint TypeId, bool IsGlobal);

/// <summary>A kernel variable that a wide load takes the address of.</summary>
/// <param name="TypeId">BTF id of the VAR or FUNC among the kernel's types; 0 if it has no type (its address is then a number).</param>
/// <param name="Name">Its name.</param>
internal readonly record struct InputVariable(string Name, uint TypeId);

/// <summary>
/// What a program load consists of, whoever makes it: a linked program of an object, or a load that was recorded. Maps are
/// <see cref="PseudoSource.MapIndex"/> and <see cref="PseudoSource.MapIndexValue"/> into <see cref="Maps"/>; calls of kernel functions and loads of
/// kernel variables are named by slot.
/// </summary>
internal sealed class VerifierInput
{
    internal required string Name { get; init; }

    internal required Instruction[] Instructions { get; init; }

    internal required ProgramType Type { get; init; }

    internal AttachType? AttachType { get; init; }

    internal bool IsSleepable { get; init; }

    internal bool IsGplCompatible { get; init; } = true;

    /// <summary>BPF_F_STRICT_ALIGNMENT.</summary>
    internal bool StrictAlignment { get; init; }

    /// <summary>BPF_F_TEST_STATE_FREQ: a checkpoint at each chance.</summary>
    internal bool FrequentCheckpoints { get; init; }

    /// <summary>BPF_F_TEST_REG_INVARIANTS: contradicting bounds are an error.</summary>
    internal bool StrictInvariants { get; init; }

    /// <summary>All load flags as passed.</summary>
    internal uint Flags { get; init; }

    internal IReadOnlyList<MapDefinition> Maps { get; init; } = [];

    /// <summary>The types of the program and of its maps; null if it has none.</summary>
    internal BtfTypes? Types { get; init; }

    /// <summary>The functions in the order of their slots, the entry first; empty if unknown: then every target of a call is static.</summary>
    internal IReadOnlyList<InputFunction> Functions { get; init; } = [];

    internal IReadOnlyList<LineInfo> Lines { get; init; } = [];

    /// <summary>What the program attaches to: kernel function, hook, struct and member, as <c>attach_btf_id</c> would say; null if nothing.</summary>
    internal string? AttachTarget { get; init; }

    /// <summary>The BTF id of <see cref="AttachTarget"/> among the kernel's types; 0 where unknown.</summary>
    internal uint AttachTypeId { get; init; }

    /// <summary>For struct_ops: the index of the member that the program implements.</summary>
    internal int StructOpsMember { get; init; } = -1;

    /// <summary>Kernel functions that are called, by slot of the call.</summary>
    internal IReadOnlyDictionary<int, string> Kfuncs { get; init; } = new Dictionary<int, string>();

    /// <summary>Kernel variables whose address is loaded, by slot of the wide load.</summary>
    internal IReadOnlyDictionary<int, InputVariable> Variables { get; init; } = new Dictionary<int, InputVariable>();
}
