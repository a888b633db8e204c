// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Base of the attributes that make a method a program. What each of them means is said by its <see cref="ProgramKindAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class ProgramAttribute : Attribute
{
    /// <summary>The program's name in the object and in the kernel; by default that of the method.</summary>
    public string? Name { get; set; }

    /// <summary>False to leave the program out when the object is loaded, unless it is asked for.</summary>
    public bool AutoLoad { get; set; } = true;
}

/// <summary>How the parameters of a program's method get their values.</summary>
public enum ProgramParameters
{
    /// <summary>One parameter: a struct with <see cref="ProgramContextAttribute"/>, or a pointer to what the kernel passes.</summary>
    Context,

    /// <summary>A context struct, or typed parameters: parameter i is the 64-bit value number i behind the context (fentry, fexit, LSM, tp_btf, struct_ops).</summary>
    Array,

    /// <summary>A context struct, or typed parameters in the registers of the machine's calling convention, found in <c>pt_regs</c>.</summary>
    Registers,

    /// <summary>A context struct, or one typed parameter: the result register in <c>pt_regs</c>.</summary>
    Result,

    /// <summary>A context struct, or typed parameters: the arguments that the probe's note describes.</summary>
    Usdt,
}

/// <summary>On a class derived from <see cref="ProgramAttribute"/>: what the compiler makes of methods that carry it.</summary>
/// <param name="section">
/// The section name. <c>{X}</c> stands for the constructor argument or property X; <c>{X:text}</c> for text if the boolean property X is
/// true; a part in brackets is left out if a placeholder in it has no value.
/// </param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ProgramKindAttribute(string section) : Attribute
{
    /// <summary>The pattern of the section name.</summary>
    public string Section => section;

    /// <summary>How parameters get their values.</summary>
    public ProgramParameters Parameters { get; set; }

    /// <summary>What the program returns when it is aborted: an index out of range, <c>throw</c>, overflow in checked code, division by zero.</summary>
    public long Abort { get; set; }
}

/// <summary>On a struct: it has one field, the pointer to the context, and may be the parameter of a program.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class ProgramContextAttribute : Attribute;
