// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Compiler.Ir;

/// <summary>A map of the module.</summary>
/// <param name="Definition">What becomes of it in the object; its type numbers are those of the module's <see cref="IrModule.Types"/>.</param>
internal sealed record MapSymbol(MapDefinition Definition)
{
    public string Name => Definition.Name;

    public override string ToString() => Name;
}

/// <summary>A global variable or constant of the module; sections are laid out when the object is made.</summary>
internal sealed class GlobalSymbol
{
    public required string Name { get; init; }

    /// <summary><c>.rodata</c>, <c>.data</c> or <c>.bss</c>, with a suffix perhaps.</summary>
    public required string Section { get; init; }

    /// <summary>Initial bytes; the length is the size.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>1, 2, 4 or 8.</summary>
    public int Alignment { get; init; } = 8;

    /// <summary>BTF number of its type in the module's types; 0 for nameless bytes.</summary>
    public uint TypeId { get; init; }

    /// <summary>False for what no other program may change or name (literals).</summary>
    public bool IsVisible { get; init; }

    /// <summary>True if it cannot change once loaded.</summary>
    public bool IsReadOnly => Section.StartsWith(".rodata", StringComparison.Ordinal);

    public override string ToString() => Name;
}

/// <summary>A variable of the kernel or a configuration value.</summary>
internal sealed record ExternSymbol(string Name, ExternKind Kind, uint TypeId, int Size, bool IsWeak);

/// <summary>Something that the loader looks up in the kernel's types.</summary>
/// <param name="TypeId">The root type in the module's <see cref="IrModule.Types"/>.</param>
/// <param name="Access">The access string: <c>0:2:1</c>, or the number of an enumerator.</param>
/// <param name="Kind">What is asked.</param>
/// <param name="LocalValue">The answer for the declared type: what stands in the code until it is loaded.</param>
/// <param name="Text">For people: <c>task_struct.real_parent</c>.</param>
internal sealed record CoreAccess(uint TypeId, string Access, CoreRelocationKind Kind, long LocalValue, string Text)
{
    public override string ToString() => $"{Kind} {Text}";
}

/// <summary>The bits that a load of a kernel struct reads: the word around them and their place in it are asked of the loader.</summary>
/// <param name="Place">The field; its kind asks for the offset.</param>
/// <param name="Bits">How many in the declaration.</param>
/// <param name="Size">Bytes of the declared type.</param>
/// <param name="IsSigned">The highest bit is a sign.</param>
internal sealed record BitFieldAccess(CoreAccess Place, int Bits, int Size, bool IsSigned)
{
    /// <summary>Another question about the field.</summary>
    public CoreAccess Ask(CoreRelocationKind kind) => Place with { Kind = kind, LocalValue = kind == CoreRelocationKind.FieldByteSize ? Size : 64 - Bits };

    public override string ToString() => $"{Bits} bits of {Place.Text}";
}

/// <summary>What passes have to know about something that is called.</summary>
internal abstract record CallTarget
{
    /// <summary>The kernel's name.</summary>
    public required string Name { get; init; }

    /// <summary>Pointers into the packet are invalid after the call.</summary>
    public bool ChangesPacket { get; init; }

    /// <summary>Same operands, same result, no effect (ktime is not one of these).</summary>
    public bool IsPure { get; init; }

    /// <summary>Bit i: operand i points to memory that is written.</summary>
    public byte Writes { get; init; }

    /// <summary>Bit i: operand i points to memory that is read.</summary>
    public byte Reads { get; init; }

    /// <summary>What a pointer result points to.</summary>
    public PointerOrigin ResultOrigin { get; init; }

    public sealed override string ToString() => Name;
}

/// <summary>A helper of the kernel, called by number.</summary>
internal sealed record HelperTarget(int Id) : CallTarget;

/// <summary>A function of the kernel, called by its BTF.</summary>
/// <param name="FunctionTypeId">Its FUNC with extern linkage in the module's types.</param>
/// <param name="IsWeak">It may be missing.</param>
internal sealed record KernelFunctionTarget(uint FunctionTypeId, bool IsWeak) : CallTarget;
