// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>How managed code may call a program.</summary>
internal enum JitCall : byte
{
    /// <summary>It may take long or call managed code, so it must not hold up the garbage collector.</summary>
    Preemptive,

    /// <summary>It is short and calls nothing.</summary>
    Direct,

    /// <summary>It is short, and gives up where it would have to call managed code; then the run can be repeated.</summary>
    Repeatable,
}

/// <summary>The machine code of one program.</summary>
internal sealed class JitCode
{
    private JitCode(byte[] bytes, int mainEntry, int[] offsets, int[] callbackEntries, JitCall call, long longestRun)
    {
        Bytes = bytes;
        MainEntry = mainEntry;
        Offsets = offsets;
        CallbackEntries = callbackEntries;
        Call = call;
        LongestRun = longestRun;
    }

    /// <summary>The code; it refers to nothing by distance outside of itself.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Where a run starts.</summary>
    internal int MainEntry { get; }

    /// <summary>Where each slot of the program starts, -1 for slots that were fused into an earlier one.</summary>
    internal int[] Offsets { get; }

    /// <summary>Where functions are entered from helpers, by their index in <see cref="PreparedProgram.FunctionStarts"/>.</summary>
    internal int[] CallbackEntries { get; }

    /// <summary>How managed code may call it.</summary>
    internal JitCall Call { get; }

    /// <summary>Slots that a run goes over at most if there are loops with a bound.</summary>
    internal long LongestRun { get; }

    internal static JitCode Create(JitBuilder b) => new(
        b.X.Code.ToArray(), b.MainEntry, b.Offsets.AsSpan(0, b.Code.Length).ToArray(), b.CallbackEntries.AsSpan(0, b.Program.FunctionStarts.Length).ToArray(),
        CallOf(b), b.LongestRun);

    private static JitCall CallOf(JitBuilder b)
    {
        if (!b.IsShort) return JitCall.Preemptive;
        if (!b.IsChecked || !b.Analysis.TestsAccesses) return JitCall.Direct;
        return b.IsRepeatable ? JitCall.Repeatable : JitCall.Preemptive;
    }
}
