// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>The kinds of thing that an object expects its host to provide.</summary>
public enum ExternKind : byte
{
    /// <summary>A kernel configuration value (<c>__kconfig</c>).</summary>
    Kconfig,

    /// <summary>A kernel variable (<c>__ksym</c>).</summary>
    KernelVariable,

    /// <summary>A kernel function (<c>__ksym</c>).</summary>
    KernelFunction,
}

/// <summary>A symbol that the object refers to and the host defines.</summary>
public sealed class ExternDefinition
{
    /// <summary>The symbol's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required ExternKind Kind { get; init; }

    /// <summary>True if the program tolerates its absence.</summary>
    public bool IsWeak { get; init; }

    /// <summary>The BTF id of its VAR or FUNC; 0 where unknown (typeless ksym).</summary>
    public uint TypeId { get; init; }

    /// <summary>For <see cref="ExternKind.Kconfig"/>: offset in bytes in the <c>.kconfig</c> map.</summary>
    public int Offset { get; init; }

    /// <summary>Size in bytes; 0 where unknown.</summary>
    public int Size { get; init; }
}
