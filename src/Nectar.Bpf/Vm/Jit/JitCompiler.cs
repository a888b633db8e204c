// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Turns prepared programs into x86-64 machine code in one pass over their slots, after a cheap analysis. Each BPF register lives
/// in a machine register of its own; r1 to r5 are where the System V calling convention passes arguments, so calls move nothing.
/// </summary>
internal static class JitCompiler
{
    private const int MaximumAttempts = 4;

    [ThreadStatic]
    private static JitBuilder? s_builder;

    /// <summary>True if machine code can be made here: x86-64 with the System V calling convention.</summary>
    internal static bool IsSupported { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 && !OperatingSystem.IsWindows();

    /// <summary>Compiles a program.</summary>
    /// <param name="program">What to compile.</param>
    /// <param name="header">Its head in native memory.</param>
    /// <param name="settings">What to test and count.</param>
    internal static JitCode Compile(PreparedProgram program, nint header, EngineSettings settings)
    {
        JitBuilder b = s_builder ?? new JitBuilder();
        s_builder = null; // a failure must not leave a half-used one behind
        b.Start(program, header, settings.IsChecked, settings.CountsFuel);
        int attempt = 0;
        do
        {
            if (++attempt == MaximumAttempts) b.UseLongJumps();
            if (attempt > MaximumAttempts) throw new InvalidOperationException("a jump over a few instructions does not reach");
            EmitProgram(b);
        }
        while (!b.Resolve());

        JitCode code = JitCode.Create(b);
        s_builder = b;
        return code;
    }

    private static void EmitProgram(JitBuilder b)
    {
        b.StartPass();
        Prologue.Plan(b);
        b.MainEntry = b.X.Position;
        Prologue.EmitMain(b);
        if (!b.IsEntryMerged)
        {
            b.Call(b.BodyLabel(0));
            Prologue.EmitLeave(b);
        }

        int[] starts = b.Program.FunctionStarts;
        for (int f = 0; f < starts.Length; f++)
        {
            EmitFunction(b, starts[f], f + 1 < starts.Length ? starts[f + 1] : b.Code.Length);
        }

        b.EmitCold();
        for (int f = 0; f < starts.Length; f++)
        {
            b.X.Reserve();
            b.CallbackEntries[f] = b.X.Position;
            if (f == 0 || b.Analysis.CallsFunctions) Prologue.EmitCallback(b, starts[f]);
        }

        b.Stubs.Emit();
    }

    private static void EmitFunction(JitBuilder b, int start, int end)
    {
        b.X.Reserve();
        b.Frame.Start = start;
        b.Frame.End = end;
        b.Frame.IsMerged = start == 0 && b.IsEntryMerged;
        b.Place(b.BodyLabel(start));
        Prologue.EmitFunction(b);
        bool[] leaders = b.Program.IsLeader;
        for (int slot = start; slot < end;)
        {
            b.X.Reserve();
            b.Slot = slot;
            if (leaders[slot])
            {
                b.Cover.Clear();
                int alignment = b.Analysis.LoopAlignment(slot);
                if (alignment != 0) b.X.Align(alignment, alignment == 16 ? 12 : 31);
            }

            b.Offsets[slot] = b.X.Position;
            slot += EmitSlot(b, slot);
        }

        OpcodeInfo? last = b.Program.Rows[end - 1];
        if (last is { IsCall: true }) ReachedEnd(b, end - 1);
    }

    /// <summary>Emits one slot, or several that make one thing; returns how many.</summary>
    private static int EmitSlot(JitBuilder b, int slot)
    {
        OpcodeInfo row = b.Program.Rows[slot]!;
        int fused = FusedEmitter.TryEmit(b, row);
        if (fused != 0) return fused;
        switch (row.Form)
        {
            case OperandForm.DstImm or OperandForm.DstSrc or OperandForm.Dst:
                if (row.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod) DivisionEmitter.Emit(b, row);
                else ArithmeticEmitter.Emit(b, row);
                return 1;
            case OperandForm.DstImmJump or OperandForm.DstSrcJump:
                return BranchEmitter.Conditional(b, row);
            case OperandForm.Jump or OperandForm.JumpLong:
                if (row.Operation == Operation.MayGoto) BranchEmitter.MayGoto(b);
                else BranchEmitter.Unconditional(b);
                return 1;
            case OperandForm.Wide:
                b.X.MoveImmediate(b.Dst, b.Program.Constants[slot]);
                b.Cover.Forget(b.Code[slot].Destination);
                return 2;
            case OperandForm.LoadMem:
                MemoryEmitter.Load(b, row);
                return 1;
            case OperandForm.StoreImm:
                MemoryEmitter.StoreImmediate(b, row);
                return 1;
            case OperandForm.StoreReg:
                if (row.IsAtomic) AtomicEmitter.Emit(b, row);
                else MemoryEmitter.StoreRegister(b, row);
                return 1;
            case OperandForm.Call:
                if (row.Operation == Operation.CallLocal) CallEmitter.Local(b);
                else CallEmitter.Helper(b);
                return 1;
            case OperandForm.Register:
                CallEmitter.Register(b);
                return 1;
            case OperandForm.PacketAbs or OperandForm.PacketInd:
                CallEmitter.Packet(b, row);
                return 1;
            default:
                Prologue.EmitReturn(b);
                return 1;
        }
    }

    /// <summary>A program may end with a call that never returns; if it does return, the run ends here.</summary>
    private static void ReachedEnd(JitBuilder b, int slot)
    {
        int label = b.NewLabel();
        b.Slot = slot;
        b.Jump(label);
        b.AddCold(new ColdPath { Kind = ColdKind.Fault, Label = label, Slot = b.Code.Length - 1, Description = (ulong)FaultKind.Instruction });
    }
}
