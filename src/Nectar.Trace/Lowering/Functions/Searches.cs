// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Comparing and searching: <c>strncmp</c>, <c>memcmp</c>, <c>strstr</c>, <c>strcontains</c>.</summary>
internal static class Searches
{
    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("strncmp", CompareText),
        FunctionEntry.Of("memcmp", CompareBytes),
        FunctionEntry.Of("memcmp_record", CompareBytes),
        FunctionEntry.Of("strstr", (probe, site) => probe.Scalar(site, Find(probe, site))),
        FunctionEntry.Of("strcontains", (probe, site) => probe.Scalar(site, probe.Truth(probe.Builder.Compare(Op.GreaterOrEqualSigned, Find(probe, site), probe.Number(0))))),
    ];

    /// <summary>0 if the first characters are equal, else 1. What is behind a text is zero in both, so that comparing bytes is comparing texts.</summary>
    private static Operand CompareText(ProbeLowering probe, CallSite site)
    {
        (Value left, int leftSize) = Local(probe, site[0]);
        (Value right, int rightSize) = Local(probe, site[1]);
        long size = Math.Min(Math.Min(leftSize, rightSize), site[2].ConstantOf() ?? long.MaxValue);
        foreach (Expression side in (ReadOnlySpan<Expression>)[site[0], site[1]])
        {
            // nothing differs behind the end of a known text
            if (side.TextOf() is { } text) size = Math.Min(size, ScriptText.Encode(text).Length + 1);
        }

        if (size <= 0) return probe.Number(site.Type, 0);
        Value equal = probe.Builder.MemoryEqual(left, right, size);
        return probe.Scalar(site, probe.Truth(probe.Builder.Compare(Op.Equal, equal, probe.Builder.I32(0))));
    }

    /// <summary>The difference of the first bytes that differ, with a sign; 0 if all are equal.</summary>
    private static Operand CompareBytes(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        (Value left, int leftSize) = Local(probe, site[0]);
        (Value right, int rightSize) = Local(probe, site[1]);
        int most = Math.Min(leftSize, rightSize);
        Value count = site[2].ConstantOf() is { } constant ? probe.Number(Math.Clamp(constant, 0, most)) : probe.AtMost(probe.LowerScalar(site[2]), most);
        Value result = probe.Variable(probe.Number(0), "(difference)");
        probe.Repeat(count, (index, done) =>
        {
            Value one = code.Load(IrType.I64, code.PointerAdd(left, index), 1, 0, signed: true), other = code.Load(IrType.I64, code.PointerAdd(right, index), 1, 0, signed: true);
            Block differs = probe.NewBlock(), same = probe.NewBlock();
            code.Branch(code.Compare(Op.NotEqual, one, other), differs, same);
            code.Block = differs;
            probe.Set(result, code.Binary(Op.Subtract, one, other));
            code.Jump(done);
            code.Block = same;
        });
        return probe.Scalar(site, probe.Get(result));
    }

    /// <summary>Bytes where the program can read them.</summary>
    private static (Value Pointer, int Size) Local(ProbeLowering probe, Expression value)
    {
        Operand operand = probe.Lower(value);
        if (operand.IsScalar)
        {
            Value slot = probe.Temporary(8);
            probe.Builder.Store(slot, operand.Value, 8);
            return (slot, Math.Max(1, operand.Type.Size));
        }

        Operand local = probe.Conversions.Local(operand);
        return (local.Value, local.Type.Size);
    }

    /// <summary>Where the second text is in the first; -1 if nowhere.</summary>
    private static Value Find(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        if (site[1].TextOf() is { Length: 0 }) return probe.Number(0);
        (Value hay, int haySize) = Local(probe, site[0]);
        (Value needle, int needleSize) = Local(probe, site[1]);
        if (site[1].TextOf() is { } text) needleSize = ScriptText.Encode(text).Length;

        // context of the turns: pointers to both, the answer
        Value context = code.StackSlot(24, 8, "(search)");
        code.Store(context, hay, 8);
        code.Store(context, needle, 8, 8);
        code.Store(context, probe.Number(-1), 8, 16);
        IrFunction turn = probe.Script.Function(string.Create(CultureInfo.InvariantCulture, $"search_{haySize}_{needleSize}"), name => Turn(name, haySize, needleSize));
        probe.Call(Helper.Loop, probe.Number(haySize), code.FunctionAddress(turn), context, probe.Number(0));
        return code.Load(IrType.I64, context, 8, 16);
    }

    /// <summary>What <c>bpf_loop</c> (5.17) calls for each place: verified once, however long the text is.</summary>
    private static IrFunction Turn(string name, int haySize, int needleSize)
    {
        IrFunction function = new(name, IrType.I64);
        IrBuilder code = new(function);
        Value at = code.Parameter(IrType.I64), context = code.Parameter(IrType.Pointer, PointerOrigin.Stack);
        Value hay = code.Load(IrType.Pointer, context, 8), needle = code.Load(IrType.Pointer, context, 8, 8);
        Block inside = function.NewBlock(), head = function.NewBlock(), there = function.NewBlock(), compare = function.NewBlock(), same = function.NewBlock(), found = function.NewBlock(), next = function.NewBlock(), stop = function.NewBlock(), more = function.NewBlock();
        Value slot = code.StackSlot(8, 8, "(index)");
        code.Store(slot, code.I64(0), 8);
        code.Branch(code.Compare(Op.LessUnsigned, at, code.I64(haySize)), inside, stop);

        code.Block = inside;
        Value start = code.PointerAdd(hay, at);
        code.Jump(head);

        code.Block = head;
        Value index = code.Load(IrType.I64, slot, 8);
        code.Branch(code.Compare(Op.LessUnsigned, index, code.I64(needleSize)), there, found);

        code.Block = there;
        Value wanted = code.Load(IrType.I64, code.PointerAdd(needle, index), 1);
        code.Branch(code.Compare(Op.Equal, wanted, code.I64(0)), found, compare);

        code.Block = compare;
        Value place = code.Binary(Op.Add, at, index);
        Block inHay = function.NewBlock();
        code.Branch(code.Compare(Op.LessUnsigned, place, code.I64(haySize)), inHay, next);
        code.Block = inHay;
        Value have = code.Load(IrType.I64, code.PointerAdd(hay, place), 1);
        code.Branch(code.Compare(Op.Equal, have, wanted), same, next);

        code.Block = same;
        code.Store(slot, code.Binary(Op.Add, index, code.I64(1)), 8);
        code.Jump(head);

        code.Block = found;
        code.Store(context, at, 8, 16);
        code.Jump(stop);

        // nothing begins behind the end of the text
        code.Block = next;
        code.Branch(code.Compare(Op.Equal, code.Load(IrType.I64, start, 1), code.I64(0)), stop, more);

        code.Block = stop;
        code.Return(code.I64(1));
        code.Block = more;
        code.Return(code.I64(0));
        return function;
    }
}
