// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Compiler.Ir;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering;

/// <summary>Arguments of USDT probes: each place in the code has its own registers and addresses for them.</summary>
internal static class UsdtLowering
{
    /// <summary>An argument, extended to 64 bits as its note says; 0 at places that do not have it.</summary>
    public static Value Argument(ProbeLowering probe, int number, Node where)
    {
        ImmutableArray<UsdtNote> forms = UsdtForms.Of(probe.Probe.Targets);
        if (forms.Length <= 1) return forms.Length == 0 ? probe.Number(0) : Read(probe, forms[0], number, where);
        IrBuilder code = probe.Builder;
        Value slot = probe.Memory.Slot("(usdt)");
        code.Store(slot, probe.Number(0), 8);
        Value form = code.Binary(Op.ShiftRight, Cookie(probe), probe.Number(32));
        for (int i = 0; i < forms.Length; i++)
        {
            UsdtNote note = forms[i];
            probe.When(code.Compare(Op.Equal, form, probe.Number(i)), () => probe.Builder.Store(slot, Read(probe, note, number, where), 8));
        }

        return probe.Builder.Load(IrType.I64, slot, 8);
    }

    /// <summary>The whole cookie of a place.</summary>
    public static Value Cookie(ProbeLowering probe) => probe.Call("bpf_get_attach_cookie", probe.Variables.ProgramContext());

    private static Value Read(ProbeLowering probe, UsdtNote note, int number, Node where)
    {
        if (!note.TryParseArguments(out ImmutableArray<UsdtArgument> arguments, out Bpf.Diagnostics.Diagnostic? problem)) throw probe.Refuse(where, problem.Message);
        if (number >= arguments.Length) return probe.Number(0);
        UsdtArgument argument = arguments[number];
        if (!argument.IsReadable) throw probe.Refuse(where, $"arg{number} of {note} cannot be read: '{note.ArgumentText}' keeps it in a vector register or thread-local memory");
        TraceType type = TraceType.Integer(argument.Size, argument.IsSigned);
        return argument.Kind switch
        {
            UsdtArgumentKind.Constant => probe.Conversions.Extend(probe.Number(argument.Offset), type),
            UsdtArgumentKind.Register => probe.Conversions.Extend(Register(probe, argument.Base!.Value), type),
            _ => probe.Memory.Read(Address(probe, note, argument, where), type, AddressSpace.User).Value,
        };
    }

    private static Value Register(ProbeLowering probe, UsdtRegister register)
    {
        Value value = probe.Hook.Register(register.ContextOffset);
        return register.Shift == 0 ? value : probe.Builder.Binary(Op.ShiftRight, value, probe.Number(register.Shift));
    }

    private static Value Address(ProbeLowering probe, UsdtNote note, UsdtArgument argument, Node where)
    {
        IrBuilder code = probe.Builder;
        Value address;
        if (argument.Symbol is not null)
        {
            probe.NeedsSameFile = true;

            // The distance from the place to the variable is the same wherever the file is loaded.
            if (!UsdtNote.TryAddressOf(argument, ElfSymbols.Load(note.Path), out ulong linked)) throw probe.Refuse(where, $"{note} has an argument in '{argument.Symbol}', which '{note.Path}' does not define");
            address = code.Binary(Op.Add, probe.Hook.Instruction(), probe.Number((long)(linked - note.Address)));
        }
        else
        {
            address = argument.Base is { } origin ? Whole(probe, origin, isSigned: false) : probe.Number(0);
            if (argument.Offset != 0) address = code.Binary(Op.Add, address, probe.Number(argument.Offset));
        }

        if (argument.Index is { } index)
        {
            Value scaled = Whole(probe, index, argument.IndexIsSigned32);
            if (argument.Scale != 1) scaled = code.Binary(Op.Multiply, scaled, probe.Number(argument.Scale));
            address = code.Binary(Op.Add, address, scaled);
        }

        return address;
    }

    private static Value Whole(ProbeLowering probe, UsdtRegister register, bool isSigned) =>
        register.Size == 8 && !isSigned ? Register(probe, register) : probe.Conversions.Extend(Register(probe, register), TraceType.Integer(isSigned ? 4 : register.Size, isSigned));
}
