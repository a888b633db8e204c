// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>The machine stack frame of one function.</summary>
internal sealed class FunctionFrame
{
    private readonly Gpr[] _saved = new Gpr[8];

    /// <summary>First slot.</summary>
    internal int Start { get; set; }

    /// <summary>Slot after the last.</summary>
    internal int End { get; set; }

    /// <summary>True for the entry function when nothing calls it: it is entered and left by the program's own prologue.</summary>
    internal bool IsMerged { get; set; }

    /// <summary>Where the count of may_goto is, relative to the stack pointer; -1 if there is none.</summary>
    internal int MayGotoOffset { get; set; }

    /// <summary>Bytes below the saved registers.</summary>
    internal int LocalSize { get; set; }

    internal int SavedCount { get; private set; }

    /// <summary>The registers that the function saves, in the order of their pushes.</summary>
    internal ReadOnlySpan<Gpr> Saved => _saved.AsSpan(0, SavedCount);

    internal void Clear() => SavedCount = 0;

    internal void Save(Gpr register) => _saved[SavedCount++] = register;
}
