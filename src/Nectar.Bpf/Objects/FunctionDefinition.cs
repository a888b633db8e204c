// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Objects;

/// <summary>Who may call a function, and how the verifier treats it.</summary>
public enum FunctionLinkage : byte
{
    /// <summary>Verified in its caller's context.</summary>
    Static = 0,

    /// <summary>Verified on its own.</summary>
    Global = 1,

    /// <summary>Defined elsewhere (kfunc).</summary>
    Extern = 2,
}

/// <summary>What an instruction refers to by name.</summary>
public enum RelocationKind : byte
{
    /// <summary>A wide load of a map; the symbol is the map's name.</summary>
    Map,

    /// <summary>A wide load of an address in a data section's map; the addend is the offset in bytes.</summary>
    MapValue,

    /// <summary>A call of another function of the object.</summary>
    FunctionCall,

    /// <summary>A wide load of the address of a function of the object (callbacks).</summary>
    FunctionAddress,

    /// <summary>A wide load of the address of an extern variable (<c>.kconfig</c> and <c>.ksyms</c>).</summary>
    ExternVariable,

    /// <summary>A call of an extern function (kfunc).</summary>
    ExternCall,
}

/// <summary>A reference that is resolved when a program is linked or loaded.</summary>
/// <param name="Instruction">Index of the instruction slot in its function.</param>
/// <param name="Kind">What is referred to.</param>
/// <param name="Symbol">The name of the map, function or extern.</param>
/// <param name="Addend">Offset in bytes behind the symbol.</param>
public readonly record struct Relocation(int Instruction, RelocationKind Kind, string Symbol, long Addend = 0);

/// <summary>A place in the author's source (<c>bpf_line_info</c>).</summary>
/// <param name="Instruction">Index of the first instruction slot that the line produced.</param>
/// <param name="File">The file's name as the compiler recorded it.</param>
/// <param name="Text">The text of the line.</param>
/// <param name="Line">Line, from 1; 0 if unknown.</param>
/// <param name="Column">Column, from 1; 0 if unknown.</param>
public readonly record struct LineInfo(int Instruction, string File, string Text, int Line, int Column);

/// <summary>One CO-RE relocation (<c>bpf_core_relo</c>).</summary>
/// <param name="Instruction">Index of the instruction slot that is patched.</param>
/// <param name="TypeId">The local root type.</param>
/// <param name="Access">The access string, for example <c>0:1:2</c>.</param>
/// <param name="Kind">The kernel's <c>enum bpf_core_relo_kind</c>, 0 to 12.</param>
public readonly record struct CoreRelocation(int Instruction, uint TypeId, string Access, int Kind);

/// <summary>A function of an object: the entry of a program, or a subprogram.</summary>
public sealed class FunctionDefinition
{
    /// <summary>The symbol's name.</summary>
    public required string Name { get; init; }

    /// <summary>The section that held it.</summary>
    public required string Section { get; init; }

    /// <summary>The code, with the fields that relocations will fill still as the compiler left them.</summary>
    public required Instruction[] Instructions { get; set; }

    /// <summary>Who may call it.</summary>
    public FunctionLinkage Linkage { get; init; }

    /// <summary>The BTF id of its FUNC; 0 where unknown.</summary>
    public uint TypeId { get; set; }

    /// <summary>References, in the order of instructions.</summary>
    public List<Relocation> Relocations { get; init; } = [];

    /// <summary>Source lines, in the order of instructions.</summary>
    public List<LineInfo> Lines { get; init; } = [];

    /// <summary>CO-RE relocations, in the order of instructions.</summary>
    public List<CoreRelocation> CoreRelocations { get; init; } = [];

    /// <summary>Offset in bytes in its section; -1 for a function that came from no file.</summary>
    public int SectionOffset { get; init; } = -1;

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Instructions.Length} slots";
}
