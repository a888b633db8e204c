// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>The machine code of one program.</summary>
internal sealed class JitCode
{
    private JitCode(byte[] bytes, int mainEntry, int[] offsets, int[] callbackEntries, bool mayBlock)
    {
        Bytes = bytes;
        MainEntry = mainEntry;
        Offsets = offsets;
        CallbackEntries = callbackEntries;
        MayBlock = mayBlock;
    }

    /// <summary>The code; it refers to nothing by distance outside of itself.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Where a run starts.</summary>
    internal int MainEntry { get; }

    /// <summary>Where each slot of the program starts, -1 for slots that were fused into an earlier one.</summary>
    internal int[] Offsets { get; }

    /// <summary>Where functions are entered from helpers, by their index in <see cref="PreparedProgram.FunctionStarts"/>.</summary>
    internal int[] CallbackEntries { get; }

    /// <summary>True if a run may take long or call managed code: then it must not hold up the garbage collector.</summary>
    internal bool MayBlock { get; }

    internal static JitCode Create(JitBuilder b) => new(
        b.X.Code.ToArray(), b.MainEntry, b.Offsets.AsSpan(0, b.Code.Length).ToArray(), b.CallbackEntries.AsSpan(0, b.Program.FunctionStarts.Length).ToArray(),
        b.State == Gpr.R12 || b.Analysis.HasBackJumps);
}
