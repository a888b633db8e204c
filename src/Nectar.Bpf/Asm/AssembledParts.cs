// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Where an instruction of a function stands in the text.</summary>
internal readonly record struct LineMark(int Slot, int Line, int LineStart, int Start);

/// <summary>A function whose labels are resolved, and whose other references wait for the end of the text.</summary>
internal sealed class AssembledFunction
{
    public required string Name { get; init; }

    public required string Section { get; init; }

    public FunctionLinkage Linkage { get; init; }

    /// <summary>Line, start of the line and start of the name: where the function was declared.</summary>
    public (int Line, int LineStart, int Start, int End) Place { get; init; }

    public Instruction[] Code { get; set; } = [];

    public List<Reference> References { get; } = [];

    public List<LineMark> Marks { get; } = [];

    /// <summary>Attributes of <c>.program</c>; null for a subprogram.</summary>
    public ProgramAttributes? Program { get; set; }
}

/// <summary>What <c>.program</c> says beside the name.</summary>
internal sealed class ProgramAttributes
{
    public ProgramType Type { get; set; }

    public AttachType? Attach { get; set; }

    public string? Target { get; set; }

    public bool IsSleepable { get; set; }

    public bool AutoLoad { get; set; } = true;

    public uint Flags { get; set; }
}

/// <summary>The bytes of one data section.</summary>
internal sealed class DataSection(string name)
{
    public string Name { get; } = name;

    public List<byte> Bytes { get; } = [];

    /// <summary>True for <c>.bss</c>: only zeros.</summary>
    public bool IsBss => Name == ".bss" || Name.StartsWith(".bss.", StringComparison.Ordinal);

    public bool IsReadOnly => Name == ".rodata" || Name.StartsWith(".rodata.", StringComparison.Ordinal);

    /// <summary>True for the names that are memory of programs.</summary>
    public static bool IsData(string name) =>
        name is ".data" or ".rodata" or ".bss" || name.StartsWith(".data.", StringComparison.Ordinal) || name.StartsWith(".rodata.", StringComparison.Ordinal) || name.StartsWith(".bss.", StringComparison.Ordinal);
}
