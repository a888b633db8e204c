// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What is debugged: a program, and what its runs get.</summary>
/// <param name="Source">The object; it is not changed.</param>
/// <param name="Program">The name of the program that is started.</param>
public sealed record DebugTarget(BpfObject Source, string Program)
{
    /// <summary>The runs, one after the other over the same maps. Default: one with no input.</summary>
    public IReadOnlyList<DebugInput> Inputs { get; init; } = [new DebugInput([])];

    /// <summary>
    /// How the object is loaded. Engine, regime, clock, seed, time limit and trace sink are the debugger's: the interpreter, checked, a
    /// clock that starts at <see cref="DebugInput.TimeNs"/> and moves on a microsecond whenever it is read, and a fixed seed.
    /// </summary>
    public VmOptions Options { get; init; } = new() { CpuCount = 1 };
}
