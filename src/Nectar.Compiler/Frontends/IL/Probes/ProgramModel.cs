// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>How the parameters of a program's method get their values; numbers as in the library's enumeration.</summary>
internal enum ProgramParameters
{
    /// <summary>One parameter: a context struct, or a pointer to what the kernel passes.</summary>
    Context,

    /// <summary>A context struct, or typed parameters: parameter i is the 64-bit value number i behind the context.</summary>
    Array,

    /// <summary>A context struct, or typed parameters in the registers of the calling convention, found in <c>pt_regs</c>.</summary>
    Registers,

    /// <summary>A context struct, or one typed parameter: the result register in <c>pt_regs</c>.</summary>
    Result,

    /// <summary>A context struct, or typed parameters: arguments that the note of the static probe describes.</summary>
    Usdt,
}

/// <summary>A method that is a program.</summary>
/// <param name="Method">The method.</param>
/// <param name="Name">The program's name: a C identifier.</param>
/// <param name="Section">The section name in the object, a leading <c>?</c> included.</param>
/// <param name="Kind">What the section name means.</param>
/// <param name="Target">What the section name says behind its kind: a function, a tracepoint.</param>
/// <param name="Parameters">How parameters get their values.</param>
/// <param name="AbortResult">What is returned when the program is aborted.</param>
internal sealed record ProgramModel(MethodModel Method, string Name, string Section, SectionDefinition Kind, string? Target, ProgramParameters Parameters, long AbortResult)
{
    /// <summary>The pointer to the context that a context struct holds, if the method takes one: its element is the kernel's struct.</summary>
    public TypeModel? ContextPointer => Method.Parameters is [{ Type: var type }] && type.Attribute(ProbeNames.Namespace, ProbeNames.ProgramContext) is not null
        ? type.InstanceFields.FirstOrDefault()?.Type
        : null;
}
