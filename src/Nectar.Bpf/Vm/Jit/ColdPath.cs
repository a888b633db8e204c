// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>What a piece of code out of line does.</summary>
internal enum ColdKind : byte
{
    /// <summary>Asks whether an access is allowed, then returns to it.</summary>
    Access,

    /// <summary>A load of the context, whose offset is in r10: redirected fields come from the state.</summary>
    Redirect,

    /// <summary>The slice of fuel is spent: gets another one, then goes on.</summary>
    Fuel,

    /// <summary>Result of a division by zero.</summary>
    DivisionByZero,

    /// <summary>Calls a helper whose usual case is machine code.</summary>
    Helper,

    /// <summary>Ends the run: an atomic access that is not aligned.</summary>
    Misaligned,

    /// <summary>Ends the run with a fault.</summary>
    Fault,
}

/// <summary>Code that is nearly never reached and therefore stands behind the program.</summary>
internal readonly struct ColdPath
{
    internal ColdKind Kind { get; init; }

    /// <summary>Where it starts.</summary>
    internal int Label { get; init; }

    /// <summary>Where it goes on, slot or label.</summary>
    internal int Continue { get; init; }

    /// <summary>The slot that it belongs to.</summary>
    internal int Slot { get; init; }

    /// <summary>For accesses: the memory.</summary>
    internal Mem Memory { get; init; }

    /// <summary>For accesses: what the runtime is told (<see cref="JitRuntime.Describe"/>). For faults the kind.</summary>
    internal ulong Description { get; init; }

    /// <summary>For helpers the first argument.</summary>
    internal ulong Operand { get; init; }

    /// <summary>For loads that may meet a context field which stands for an address: where they go on then, else 0.</summary>
    internal int Redirected { get; init; }

    /// <summary>The register that is written.</summary>
    internal Gpr Register { get; init; }

    /// <summary>For divisions: true for the remainder of 64 bits (unchanged) or 32 bits (upper half cleared).</summary>
    internal bool IsRemainder { get; init; }

    internal bool IsWide { get; init; }

    internal void Emit(JitBuilder b)
    {
        X64Emitter x = b.X;
        b.Slot = Slot;
        b.Place(Label);
        switch (Kind)
        {
            case ColdKind.Access:
                x.Lea(true, JitBuilder.Scratch, Memory);
                x.MoveImmediate(JitBuilder.Scratch2, Description);
                b.Call(b.Stubs.Resolve);
                if (Redirected != 0)
                {
                    x.Ri(false, X64Emitter.ExtCmp, JitBuilder.Scratch, 2);
                    b.Jump(Condition.NotEqual, Continue);
                    x.Rm(true, X64Emitter.LoadOp, Register, new Mem(b.State, StateOffsets.Scratch));
                    b.Jump(Redirected);
                    break;
                }

                b.Jump(Continue);
                break;
            case ColdKind.Redirect:
                foreach (ContextField field in b.Program.Context.Fields)
                {
                    if (field.Kind == ContextFieldKind.Plain) continue;
                    x.Reserve();
                    int next = b.NewLabel();
                    x.Ri(true, X64Emitter.ExtCmp, JitBuilder.Scratch, field.Offset);
                    b.Jump(Condition.NotEqual, next);
                    int from = field.Kind == ContextFieldKind.PacketStart ? StateOffsets.PacketStart : field.Kind == ContextFieldKind.PacketEnd ? StateOffsets.PacketEnd : StateOffsets.PacketMeta;
                    x.Rm(true, X64Emitter.LoadOp, Register, new Mem(b.State, from));
                    b.Jump(Redirected);
                    b.Place(next);
                }

                b.Jump(Continue);
                break;
            case ColdKind.Fuel:
                x.MoveImmediate(JitBuilder.Scratch2, (uint)Slot);
                b.Call(b.Stubs.NextSlice);
                b.Jump(Continue);
                break;
            case ColdKind.DivisionByZero:
                if (!IsRemainder) x.Rr(false, X64Emitter.Xor, Register, Register);
                else if (!IsWide) x.Move(false, Register, Register);
                b.Jump(Continue);
                break;
            case ColdKind.Helper:
                x.MoveImmediate(Gpr.Rdi, Operand);
                CallEmitter.Helper(b, (nint)Description);
                b.Jump(Continue);
                break;
            case ColdKind.Misaligned:
                x.Rm(true, X64Emitter.Mov, Register, new Mem(b.State, StateOffsets.FaultAddress));
                x.UnaryMem(false, 0xc7, 0, new Mem(b.State, StateOffsets.FaultSize));
                x.Int32((int)Description);
                goto case ColdKind.Fault;
            case ColdKind.Fault:
                x.UnaryMem(false, 0xc7, 0, new Mem(b.State, StateOffsets.Fault));
                x.Int32((int)(Kind == ColdKind.Fault ? (FaultKind)Description : FaultKind.Memory));
                x.UnaryMem(false, 0xc7, 0, new Mem(b.State, StateOffsets.FaultInstruction));
                x.Int32(b.Original(Slot));
                b.Jump(b.Stubs.Leave);
                break;
        }
    }
}
