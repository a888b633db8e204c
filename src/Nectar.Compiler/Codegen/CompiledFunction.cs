// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen;

/// <summary>Where an instruction comes from: the first of those that one location made.</summary>
/// <param name="Instruction">The slot's index.</param>
/// <param name="Location">The place in the source.</param>
internal readonly record struct CodeLocation(int Instruction, SourceLocation Location);

/// <summary>An instruction whose number the loader fills in.</summary>
/// <param name="Instruction">The slot's index.</param>
/// <param name="Access">What is asked.</param>
internal readonly record struct CodeAccess(int Instruction, CoreAccess Access);

/// <summary>A piece of the frame, for the frame map.</summary>
/// <param name="Name">The C# local, or what else it is for.</param>
/// <param name="Offset">From r10: negative.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct FramePart(string Name, int Offset, int Size);

/// <summary>The code of one function, references still by symbol.</summary>
internal sealed class CompiledFunction
{
    public required IrFunction Function { get; init; }

    public required Instruction[] Instructions { get; init; }

    /// <summary>Maps, variables, functions: by name, offsets of variables as addends relative to the variable (not its section).</summary>
    public required IReadOnlyList<(int Instruction, object Symbol, long Addend)> References { get; init; }

    /// <summary>In the order of instructions.</summary>
    public required IReadOnlyList<CodeLocation> Locations { get; init; }

    public required IReadOnlyList<CodeAccess> Accesses { get; init; }

    public required IReadOnlyList<FramePart> Frame { get; init; }

    /// <summary>Bytes of the frame, a multiple of eight.</summary>
    public int FrameSize { get; init; }
}
