// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Changes the loads of a program's context from one layout to another. It follows the context through registers and stack, over
/// every path, and gives up where the program does anything with it that it cannot follow, or that the other kind of program may not
/// do. The kernel's verifier judges the result like any program, so a mistake here could refuse a program but never harm.
/// </summary>
internal sealed class ContextRewriter
{
    private const int Registers = 11, StackSlots = 64, Size = Registers + StackSlots, FramePointer = 10;
    private const byte LoadDouble = 0x79, LoadWord = 0x61, StoreDouble = 0x7b, Call = 0x85, Exit = 0x95, Jump = 0x05, JumpLong = 0x06;

    // Helpers that take no arguments: what lies in the registers then means nothing.
    private static readonly int[] s_withoutArguments = [5, 7, 8, 14, 15, 35, 42, 80, 118, 125, 158, 160, 208];

    // Helpers that take the context first, in both kinds of program: perf_event_output, get_stackid, get_stack, get_func_ip, get_attach_cookie.
    private static readonly int[] s_withContext = [25, 27, 67, 173, 174];

    private const string WritesContext = "writes to the context";

    private readonly Instruction[] _code;
    private readonly int _end;
    private readonly ContextLayout _from, _to;
    private readonly bool _hasTypedArguments, _mustReturnZero;
    private readonly Held[]?[] _states;
    private readonly Dictionary<int, short> _changes = [];
    private readonly Stack<int> _waiting = new();

    private ContextRewriter(Instruction[] code, int end, ContextLayout from, ContextLayout to, bool toTrampoline)
    {
        _code = code;
        _end = end;
        _from = from;
        _to = to;
        _hasTypedArguments = !toTrampoline;
        _mustReturnZero = toTrampoline;
        _states = new Held[]?[end];
    }

    private enum Held : byte
    {
        Nothing, // not reached yet
        Other,
        Zero,
        Argument, // or something made of one
        Context,
        Mixed, // the context on one path, something else on another
    }

    /// <summary>Rewrites the first function of a linked program.</summary>
    /// <param name="code">The code; changed only if all of it can be.</param>
    /// <param name="end">The slot behind the entry function.</param>
    /// <param name="from">The layout that the code was written for.</param>
    /// <param name="to">The layout that it gets.</param>
    /// <param name="toTrampoline">From a probe to a trampoline, which must return 0; else from a trampoline, whose arguments are typed pointers.</param>
    /// <returns>Null, or why it cannot be done, with the slot.</returns>
    internal static string? TryRewrite(Instruction[] code, int end, ContextLayout from, ContextLayout to, bool toTrampoline)
    {
        ContextRewriter rewriter = new(code, end, from, to, toTrampoline);
        if (rewriter.Walk() is { } problem) return problem;
        foreach ((int slot, short offset) in rewriter._changes) code[slot] = code[slot].WithOffset(offset);
        return null;
    }

    private string? Walk()
    {
        Held[] first = new Held[Size];
        System.Array.Fill(first, Held.Other);
        first[1] = Held.Context;
        Reach(0, first);
        while (_waiting.TryPop(out int slot))
        {
            Held[] state = (Held[])_states[slot]!.Clone();
            if (Step(slot, state) is { } problem) return $"instruction {slot} {problem}";
        }

        return null;
    }

    private string? Step(int slot, Held[] state)
    {
        Instruction one = _code[slot];
        switch (one.Class)
        {
            case InstructionClass.Ld:
                if (!one.IsWide) return "reads a packet";
                state[one.Destination] = Held.Other;
                return Next(slot + 2, state);
            case InstructionClass.Ldx:
                return Load(slot, one, state) ?? Next(slot + 1, state);
            case InstructionClass.St:
                if (IsContext(state[one.Destination])) return WritesContext;
                Overwrite(state, one);
                return Next(slot + 1, state);
            case InstructionClass.Stx:
                return Store(one, state) ?? Next(slot + 1, state);
            case InstructionClass.Alu or InstructionClass.Alu64:
                return Compute(one, state) ?? Next(slot + 1, state);
            default:
                return Branch(slot, one, state);
        }
    }

    private string? Load(int slot, Instruction one, Held[] state)
    {
        Held source = state[one.Source];
        if (source == Held.Mixed) return "reads through a register that holds the context on some paths only";
        if (source == Held.Argument && _hasTypedArguments) return "reads memory that an argument points to, which a probe must do with bpf_probe_read_kernel";
        Held value = Held.Other;
        if (source == Held.Context)
        {
            if (one.Opcode is not (LoadDouble or LoadWord)) return "reads a part of an argument in the context";
            if (_from.SlotAt(one.Offset) is not { } place) return $"reads offset {one.Offset} of the context, which is no argument of the function";
            if (_to.OffsetOf(place) is not { } offset) return $"reads {(place == ContextLayout.Result ? "the result" : $"argument {place}")}, which the other hook does not have";
            _changes[slot] = offset;
            value = Held.Argument;
        }
        else if (one.Source == FramePointer && one.Opcode == LoadDouble && StackSlot(one.Offset) is { } place)
        {
            value = state[place];
        }

        state[one.Destination] = value;
        return null;
    }

    private static string? Store(Instruction one, Held[] state)
    {
        bool isSpill = one.Opcode == StoreDouble && one.Destination == FramePointer && StackSlot(one.Offset) is not null;
        if (IsContext(state[one.Source]) && !isSpill) return "stores the context";
        if (IsContext(state[one.Destination])) return WritesContext;
        Overwrite(state, one);
        if (isSpill) state[StackSlot(one.Offset)!.Value] = state[one.Source];
        if ((one.Opcode & 0xe0) == 0xc0) (state[one.Source], state[0]) = (Held.Other, Held.Other); // atomic operations may load
        return null;
    }

    private static bool IsContext(Held held) => held is Held.Context or Held.Mixed;

    /// <summary>A store to the stack ends what its slots held.</summary>
    private static void Overwrite(Held[] state, Instruction one)
    {
        if (one.Destination != FramePointer) return;
        for (int offset = one.Offset; offset < one.Offset + 8; offset++)
        {
            int place = Registers + ((offset + (StackSlots * 8)) >> 3);
            if (place >= Registers && place < Size) state[place] = Held.Other;
        }
    }

    private static string? Compute(Instruction one, Held[] state)
    {
        const int Mov = 0xb0, End = 0xd0;
        int operation = one.Opcode & 0xf0;
        bool isRegister = (one.Opcode & 8) != 0, isWide = one.Class == InstructionClass.Alu64;
        if (operation == Mov)
        {
            Held moved = !isRegister ? (one.Immediate == 0 ? Held.Zero : Held.Other) : state[one.Source];
            if (isRegister && moved is Held.Context or Held.Mixed && (!isWide || one.Offset != 0)) return "makes a number of the context";
            state[one.Destination] = moved;
            return null;
        }

        if (state[one.Destination] is Held.Context or Held.Mixed || (isRegister && operation != End && state[one.Source] is Held.Context or Held.Mixed)) return "calculates with the context";
        bool isSelfXor = operation == 0xa0 && isRegister && one.Source == one.Destination;
        bool isArgument = state[one.Destination] == Held.Argument || (isRegister && operation != End && state[one.Source] == Held.Argument);
        state[one.Destination] = isSelfXor ? Held.Zero : isArgument ? Held.Argument : Held.Other;
        return null;
    }

    private string? Branch(int slot, Instruction one, Held[] state)
    {
        switch (one.Opcode)
        {
            case Call or 0x8d:
                if (Passed(one, state) is { } problem) return problem;
                for (int register = 0; register <= 5; register++) state[register] = Held.Other;
                return Next(slot + 1, state);
            case Exit:
                return _mustReturnZero && state[0] != Held.Zero ? "returns something that is not plainly 0, as a program at a trampoline must" : null;
            case Jump:
                return Next(slot + 1 + one.Offset, state);
            case JumpLong:
                return Next(slot + 1 + one.Immediate, state);
            default:
                return Next(slot + 1, state) ?? Next(slot + 1 + one.Offset, state);
        }
    }

    private static string? Passed(Instruction call, Held[] state)
    {
        bool isHelper = call.Opcode == Call && call.Source == 0;
        if (isHelper && System.Array.IndexOf(s_withoutArguments, call.Immediate) >= 0) return null;
        for (int register = 1; register <= 5; register++)
        {
            if (state[register] is not (Held.Context or Held.Mixed)) continue;
            if (register == 1 && state[1] == Held.Context && isHelper && System.Array.IndexOf(s_withContext, call.Immediate) >= 0) continue;
            return isHelper ? $"passes the context to helper {HelperNames.NameOf(call.Immediate) ?? call.Immediate.ToString(System.Globalization.CultureInfo.InvariantCulture)}" : "passes the context to a function";
        }

        return null;
    }

    private string? Next(int slot, Held[] state)
    {
        if ((uint)slot >= (uint)_end) return "leaves the function";
        Reach(slot, state);
        return null;
    }

    private void Reach(int slot, Held[] state)
    {
        Held[]? known = _states[slot];
        if (known is null)
        {
            _states[slot] = (Held[])state.Clone();
            _waiting.Push(slot);
            return;
        }

        bool changed = false;
        for (int i = 0; i < Size; i++)
        {
            Held merged = Merge(known[i], state[i]);
            changed |= merged != known[i];
            known[i] = merged;
        }

        if (changed) _waiting.Push(slot);
    }

    private static Held Merge(Held a, Held b)
    {
        if (a == b) return a;
        if (a is Held.Context or Held.Mixed || b is Held.Context or Held.Mixed) return Held.Mixed;
        return a == Held.Argument || b == Held.Argument ? Held.Argument : Held.Other;
    }

    private static int? StackSlot(int offset) => offset is < 0 and >= -(StackSlots * 8) && offset % 8 == 0 ? Registers + ((offset + (StackSlots * 8)) / 8) : null;
}
