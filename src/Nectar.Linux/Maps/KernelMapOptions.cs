// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>What a map's creation takes beside its definition.</summary>
public readonly record struct KernelMapOptions
{
    /// <summary>The object's types in the kernel; null for a map without types.</summary>
    public KernelHandle? Types { get; init; }

    /// <summary>The type of keys in <see cref="Types"/>; 0 where unknown.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>The type of values in <see cref="Types"/>; 0 where unknown.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>For struct_ops maps: the kernel's own type of the value.</summary>
    public uint KernelValueTypeId { get; init; }

    /// <summary>The module's BTF that <see cref="KernelValueTypeId"/> belongs to (kernel 6.9); null for the kernel itself.</summary>
    public KernelHandle? KernelValueTypes { get; init; }

    /// <summary>For maps of maps: a map like those that it will hold.</summary>
    public KernelHandle? InnerMap { get; init; }

    /// <summary>The name in the kernel, if not the definition's; cut after 15 characters.</summary>
    public string? KernelName { get; init; }
}
