// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>
/// A call of the method is a call of a kernel helper: parameters go to r1 to r5 as they are (integers, pointers, references, maps, static
/// lambdas as callbacks), r0 is the result. What its body says is for the CLR only.
/// </summary>
/// <param name="id">The helper's number (<c>enum bpf_func_id</c>).</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HelperAttribute(int id) : Attribute
{
    /// <summary>The helper's number.</summary>
    public int Id => id;
}

/// <summary>
/// A call of the method is a call of a kernel function, found by name and checked against the method's signature, in which structs
/// have the kernel's names. Kernel 5.13, with BTF; each function since a kernel of its own.
/// </summary>
/// <param name="name">The kernel's name.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KfuncAttribute(string name) : Attribute
{
    /// <summary>The kernel's name.</summary>
    public string Name => name;

    /// <summary>The object loads where the kernel lacks the function; calls must be guarded by <see cref="Core.KfuncExists"/>.</summary>
    public bool Weak { get; set; }
}

/// <summary>The compiler knows the method; docs/probes.md lists the names.</summary>
/// <param name="name">What it is.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor)]
public sealed class IntrinsicAttribute(string name) : Attribute
{
    /// <summary>What it is.</summary>
    public string Name => name;
}

/// <summary>On a class derived from <see cref="Map"/>: a field of this type is a map of the object.</summary>
/// <param name="type">The kernel's number (<c>enum bpf_map_type</c>).</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MapTypeAttribute(uint type) : Attribute
{
    /// <summary>The kernel's number.</summary>
    public uint Type => type;

    /// <summary>The key, where it is no type parameter with <see cref="MapKeyAttribute"/>; null and no such parameter: there are no keys.</summary>
    public Type? Key { get; set; }

    /// <summary>The value, where it is no type parameter with <see cref="MapValueAttribute"/>; null and no such parameter: there are no values.</summary>
    public Type? Value { get; set; }

    /// <summary>Flags that maps of this type always have (<c>BPF_F_*</c>).</summary>
    public uint Flags { get; set; }
}

/// <summary>The type parameter is the map's key.</summary>
[AttributeUsage(AttributeTargets.GenericParameter)]
public sealed class MapKeyAttribute : Attribute;

/// <summary>The type parameter is the map's value.</summary>
[AttributeUsage(AttributeTargets.GenericParameter)]
public sealed class MapValueAttribute : Attribute;

/// <summary>The constructor's parameter is the map's <c>max_entries</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class MaxEntriesAttribute : Attribute;

/// <summary>The constructor's parameter is the map's <c>map_flags</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class MapFlagsAttribute : Attribute;

/// <summary>The constructor's parameter is the map's <c>map_extra</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class MapExtraAttribute : Attribute;

/// <summary>The constructor's parameter is the template of the maps that are the values.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InnerMapAttribute : Attribute;
