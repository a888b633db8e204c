// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Compiler.Ir;

/// <summary>A program: how its entry is attached.</summary>
/// <param name="Entry">The function that is entered; its name is the program's.</param>
/// <param name="Section">The section, for example <c>tracepoint/syscalls/sys_enter_execve</c>; decides the rest (<see cref="SectionNames"/>).</param>
internal sealed record IrProgram(IrFunction Entry, string Section);

/// <summary>What becomes one object.</summary>
internal sealed class IrModule
{
    public required string Name { get; init; }

    public string License { get; set; } = "GPL";

    public List<IrProgram> Programs { get; } = [];

    /// <summary>Entries and subprograms.</summary>
    public List<IrFunction> Functions { get; } = [];

    public List<MapSymbol> Maps { get; } = [];

    public List<GlobalSymbol> Globals { get; } = [];

    public List<ExternSymbol> Externs { get; } = [];

    /// <summary>The types of the object, made as they are needed.</summary>
    public BtfBuilder Types { get; } = new();

    /// <summary>What the code is made for.</summary>
    public required CompilationTarget Target { get; init; }
}
