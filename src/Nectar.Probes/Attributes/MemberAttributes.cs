// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>A function of its own in the object, which is called instead of inlined: at most five parameters, result of at most 8 bytes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SubprogramAttribute : Attribute
{
    /// <summary>The kernel verifies the function once for any arguments, instead of at each call: for big ones. Kernel 5.6.</summary>
    public bool Global { get; set; }
}

/// <summary>A field in <c>.rodata</c>: set before the load, constant for the programs, so that the kernel drops what it makes unreachable.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ConstantAttribute : Attribute;

/// <summary>A struct of the kernel, cut down to what is needed: fields are found by name in the running kernel's types (CO-RE).</summary>
/// <param name="name">The kernel's name; by default the struct's.</param>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class KernelTypeAttribute(string? name = null) : Attribute
{
    /// <summary>The kernel's name.</summary>
    public string? Name => name;

    /// <summary>A union.</summary>
    public bool IsUnion { get; set; }
}

/// <summary>On a field or an enumerator: the kernel's name of it, where C# has another.</summary>
/// <param name="name">The kernel's name.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class KernelNameAttribute(string name) : Attribute
{
    /// <summary>The kernel's name.</summary>
    public string Name => name;
}

/// <summary>
/// A field of a <see cref="KernelTypeAttribute"/> struct that is a bit-field in C: <c>[BitField(1)] public uint in_iowait;</c>. It can be read; where its
/// bits are is found in the running kernel. It has no address.
/// </summary>
/// <param name="bits">How many bits, 1 to 64.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class BitFieldAttribute(int bits) : Attribute
{
    /// <summary>How many bits.</summary>
    public int Bits => bits;
}

/// <summary>The licence of the probe's programs; without it <c>GPL</c>, which helpers of many tracing programs require.</summary>
/// <param name="license">As in <c>MODULE_LICENSE</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Assembly)]
public sealed class LicenseAttribute(string license) : Attribute
{
    /// <summary>The licence.</summary>
    public string License => license;
}

/// <summary>On a map field: the map's name in the object, and how it is pinned.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class MapAttribute : Attribute
{
    /// <summary>The map's name; by default made from the field's.</summary>
    public string? Name { get; set; }

    /// <summary>The map is pinned by its name when it is loaded, and found there by others.</summary>
    public bool Pinned { get; set; }
}
