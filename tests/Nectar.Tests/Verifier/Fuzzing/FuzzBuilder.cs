// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>One program being generated: its code, what its registers hold, and how often to do a thing wrongly.</summary>
public sealed class FuzzBuilder(Random random, FuzzProfile profile, double risk)
{
    private static readonly Action<FuzzBuilder, int>[] s_statements =
    [
        (b, _) => FuzzNumbers.Arithmetic(b), (b, _) => FuzzNumbers.Arithmetic(b), (b, _) => FuzzNumbers.Arithmetic(b), (b, _) => FuzzNumbers.Bound(b), (b, _) => FuzzNumbers.Unary(b),
        (b, _) => FuzzMemory.StackWrite(b), (b, _) => FuzzMemory.StackRead(b), (b, _) => FuzzMemory.StackVariable(b), (b, _) => FuzzMemory.Context(b), (b, _) => FuzzMemory.Access(b),
        (b, _) => FuzzMemory.Access(b), (b, _) => FuzzMemory.AccessVariable(b), (b, _) => FuzzMemory.Atomic(b), (b, _) => FuzzMemory.Packet(b), (b, _) => FuzzMemory.MoveAny(b),
        (b, _) => FuzzCalls.Lookup(b), (b, _) => FuzzCalls.Lookup(b), (b, _) => FuzzCalls.Simple(b), (b, _) => FuzzCalls.Update(b), (b, _) => FuzzCalls.Record(b), (b, _) => FuzzCalls.WithMemory(b),
        (b, _) => FuzzCalls.DirectValue(b), (b, _) => FuzzCalls.TailCall(b), (b, _) => FuzzCalls.Packet(b), (b, _) => FuzzCalls.Subprogram(b),
        FuzzFlow.Branch, FuzzFlow.Branch, FuzzFlow.Branch, FuzzFlow.Loop, (b, _) => FuzzFlow.NullTest(b), (b, _) => FuzzFlow.NullTest(b),
    ];

    public FuzzCode Code { get; } = new();

    public FuzzState State { get; set; } = new();

    public FuzzProfile Profile => profile;

    public Random Random => random;

    /// <summary>Calls of subprograms: the slot and the subprogram.</summary>
    public List<(int Slot, int Subprogram)> Calls { get; } = [];

    /// <summary>Jumps to the end of the function.</summary>
    public List<int> Bails { get; } = [];

    /// <summary>True in the entry function.</summary>
    public bool IsMain { get; private set; }

    /// <summary>True while a record is reserved: leaving would leak it.</summary>
    public bool HoldsRecord { get; set; }

    /// <summary>Loops around what is written now.</summary>
    public int Loops { get; set; }

    /// <summary>True now and then: do it wrongly.</summary>
    public bool Slip => random.NextDouble() < risk;

    public int Next(int below) => random.Next(below);

    public bool Chance(int percent) => random.Next(100) < percent;

    /// <summary>Writes the program.</summary>
    public Instruction[] Build(int length)
    {
        int[] starts = new int[3];
        Function(true, length);
        for (int s = 1; s < starts.Length; s++)
        {
            if (!Calls.Exists(call => call.Subprogram == s)) continue;
            starts[s] = Code.Count;
            Function(false, 4 + Next(length / 3 + 1));
        }
        foreach ((int slot, int subprogram) in Calls) Code[slot] = Code[slot].WithImmediate(starts[subprogram] - slot - 1);
        return Code.ToArray();
    }

    public void Statement(int depth) => s_statements[Next(s_statements.Length)](this, depth);

    /// <summary>A register that holds a number; makes one if there is none.</summary>
    public int Number()
    {
        if (Slip) return Next(10);
        int register = Find(value => value.Kind == FuzzKind.Number);
        if (register >= 0) return register;
        register = Free();
        Code.Set(register, Constant());
        Put(register, FuzzValue.Number());
        return register;
    }

    /// <summary>A register that may be overwritten; r6, where the context is kept, is spared mostly.</summary>
    public int Free()
    {
        for (int tries = 0; tries < 8; tries++)
        {
            int register = Next(10);
            if (State.Registers[register].Kind is FuzzKind.Nothing or FuzzKind.Number) return register;
        }
        int any = Next(10);
        return any == 6 ? 7 : any;
    }

    /// <summary>A random register whose value fits; -1 if none does.</summary>
    public int Find(Func<FuzzValue, bool> fits)
    {
        int start = Next(11);
        for (int i = 0; i < 11; i++)
        {
            int register = (start + i) % 11;
            if (register < 10 && fits(State.Registers[register])) return register;
        }
        return -1;
    }

    public void Put(int register, FuzzValue value) => State.Registers[register] = value;

    /// <summary>A helper was called: r0 has its result, r1 to r5 have nothing.</summary>
    public void AfterCall(FuzzValue result)
    {
        for (int r = 1; r <= 5; r++) State.Registers[r] = default;
        State.Registers[0] = result;
    }

    public int Constant() => Next(8) switch
    {
        0 => Next(256),
        1 => random.Next(int.MinValue, int.MaxValue),
        2 => int.MinValue + Next(2),
        3 => int.MaxValue - Next(2),
        4 => -1 - Next(40),
        5 => (1 << Next(31)) - 1,
        6 => Next(64),
        _ => 1 << Next(31),
    };

    private void Function(bool isMain, int length)
    {
        IsMain = isMain;
        HoldsRecord = false;
        State = new FuzzState();
        Bails.Clear();
        Put(10, new FuzzValue(FuzzKind.Stack, 0));
        // subprograms get the context and two numbers
        Put(1, new FuzzValue(FuzzKind.Context));
        if (!isMain)
        {
            Put(2, FuzzValue.Number());
            Put(3, FuzzValue.Number());
        }
        if (!Slip)
        {
            Code.Move(6, 1);
            Put(6, new FuzzValue(FuzzKind.Context));
        }
        for (int r = 7; r <= 9; r++)
        {
            if (Chance(60)) continue;
            Code.Set(r, Constant());
            Put(r, FuzzValue.Number());
        }
        int end = Code.Count + length;
        while (Code.Count < end) Statement(0);
        FuzzCalls.Release(this);
        foreach (int bail in Bails) Code.Land(bail);
        if (isMain) FuzzFlow.Return(this);
        else Code.Set(0, Next(100));
        Code.Exit();
    }
}
