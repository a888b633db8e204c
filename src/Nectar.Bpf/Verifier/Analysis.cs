// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier;

/// <summary>One verification: the program, the state at the place that is looked at, and what checks share.</summary>
internal sealed class Analysis
{
    private int _lastId;

    internal int LastId => _lastId;

    internal Analysis(VerifierInput input, VerifierOptions options, ProgramMap program, VerifierMode mode)
    {
        Mode = mode;
        Input = input;
        Options = options;
        Program = program;
        Maps = new MapTable(input.Maps);
        FaultingLoads = new bool[input.Instructions.Length];
        Facts = new AccessFacts(input.Instructions.Length);
        CallMemory = new CallMemory[input.Instructions.Length];
        State = Pool.Rent();
        CalledGlobals = new bool[program.SubprogramCount];
        GlobalParameters = new GlobalParameter[]?[program.SubprogramCount];
        Calls = new CallTables(this);
    }

    internal VerifierInput Input { get; }

    internal VerifierOptions Options { get; }

    /// <summary>How loops are explored this time: never <see cref="VerifierMode.Auto"/>.</summary>
    internal VerifierMode Mode { get; }

    internal ProgramMap Program { get; }

    internal MapTable Maps { get; }

    internal StatePool Pool { get; } = new();

    /// <summary>What is known now.</summary>
    internal VerifierState State { get; set; }

    internal FrameState Frame => State.Frames[State.Depth]!;

    internal RegisterState[] Registers => State.Frames[State.Depth]!.Registers;

    /// <summary>The slot that is looked at, and the one before it on this path.</summary>
    internal int Slot { get; set; }

    internal int PreviousSlot { get; set; } = -1;

    internal Instruction Instruction => Input.Instructions[Slot];

    internal OpcodeInfo Row => Program.Rows[Slot]!;

    internal bool[] FaultingLoads { get; }

    /// <summary>What the program accesses, for a host that runs it.</summary>
    internal AccessFacts Facts { get; }

    /// <summary>What is remembered of each call over all paths.</summary>
    internal CallMemory[] CallMemory { get; }

    /// <summary>What calls share.</summary>
    internal CallTables Calls { get; }

    /// <summary>Global functions that something called, by subprogram.</summary>
    internal bool[] CalledGlobals { get; }

    /// <summary>The arguments of global functions, by subprogram, once they were read.</summary>
    internal GlobalParameter[]?[] GlobalParameters { get; }

    /// <summary>The global function that is being walked on its own; 0 for the program.</summary>
    internal int CurrentGlobal { get; set; }

    /// <summary>States that still have to be walked.</summary>
    internal PendingBranches Pending { get; } = new();

    /// <summary>Finds out which numbers mattered.</summary>
    internal Precision Precision { get; set; } = null!;

    /// <summary>True once the history has an entry for the step that is being made.</summary>
    internal bool StepIsNoted { get; set; }

    internal bool IsSleepable => State.InSleepable;

    /// <summary>A number that no register has yet.</summary>
    internal int NewId() => ++_lastId;

    /// <summary>A kernel at least as new as this.</summary>
    internal bool Since(int major, int minor) => Options.Kernel >= new KernelVersion((byte)major, (byte)minor);

    /// <summary>Ends the verification: the program is refused.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="register">The register that it is about, 0 to 10; -1 for none.</param>
    /// <param name="sentence">What is wrong, with the values.</param>
    /// <param name="suggestion">What to do, where the kind's own advice does not fit; null otherwise.</param>
    [DoesNotReturn]
    internal void Refuse(ViolationKind kind, int register, string sentence, string? suggestion = null) =>
        throw new VerifierStop(new Violation(kind, Slot, sentence) { Frame = State.Depth, Register = register, Suggestion = suggestion });

    /// <summary>Ends the verification over a place of the stack.</summary>
    [DoesNotReturn]
    internal void RefuseStack(ViolationKind kind, int register, int stackOffset, string sentence, string? suggestion = null) =>
        throw new VerifierStop(new Violation(kind, Slot, sentence) { Frame = State.Depth, Register = register, StackOffset = stackOffset, Suggestion = suggestion });

    /// <summary>Makes sure that a register was written.</summary>
    internal void NeedRegister(int register)
    {
        if (Registers[register].Kind == RegisterKind.NotInit)
        {
            Refuse(ViolationKind.UnreadRegister, register, $"r{register} is read, but nothing was written to it on this path");
        }
    }

    internal void SetUnknown(int register) => Registers[register] = RegisterState.Unknown;

    internal void SetConstant(int register, ulong value) => Registers[register] = RegisterState.Constant(value);

    /// <summary>A reference that this instruction gives; its number.</summary>
    internal int Acquire(ReferenceKind kind = ReferenceKind.Object, int owner = 0)
    {
        int id = NewId();
        State.AddReference(new Reference(kind, id, Slot, owner));
        return id;
    }

    /// <summary>Remembers another way to go on from a slot; the copy may be changed by the caller.</summary>
    internal VerifierState PushBranch(int target)
    {
        VerifierState copy = Pool.Copy(State);
        if (copy.Parent is { } parent) parent.Branches++;
        Pending.Push(copy, target, Slot);
        if (Pending.Count > Budget.MostPending) Refuse(ViolationKind.BudgetSpent, -1, $"more than {Budget.MostPending} branches are open at the same time");
        return copy;
    }

    /// <summary>Changes every register and every stored register of all frames.</summary>
    internal void ForEachRegister(RegisterVisitor visitor)
    {
        VerifierState state = State;
        for (int f = 0; f <= state.Depth; f++)
        {
            FrameState frame = state.Frames[f]!;
            for (int r = 0; r < FrameState.RegisterCount; r++) visitor(ref frame.Registers[r]);
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsSpill) visitor(ref frame.Stack[s].Spilled);
            }
        }
    }
}

/// <summary>Something done to a register.</summary>
internal delegate void RegisterVisitor(ref RegisterState register);

/// <summary>Limits that are the kernel's, whatever the budget.</summary>
internal static class Budget
{
    /// <summary>BPF_COMPLEXITY_LIMIT_JMP_SEQ.</summary>
    internal const int MostPending = 8192;
}
