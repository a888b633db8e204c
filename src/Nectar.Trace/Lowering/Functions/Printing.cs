// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Output: values travel as they are, user space formats them.</summary>
internal static class Printing
{
    private const int JoinedArguments = 16;
    private const int LongestArgument = 1024;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("printf", (probe, site) => probe.Kind == ProbeKind.Iterator ? Sequences.Print(probe, site) : Format(probe, site, PrintKind.Printf)),
        FunctionEntry.Of("errorf", (probe, site) => Format(probe, site, PrintKind.Errorf)),
        FunctionEntry.Of("warnf", (probe, site) => Format(probe, site, PrintKind.Warnf)),
        FunctionEntry.Of("system", (probe, site) => Format(probe, site, PrintKind.System)),
        FunctionEntry.Of("cat", (probe, site) => Format(probe, site, PrintKind.Cat)),
        FunctionEntry.Of("debugf", Sequences.Trace),
        FunctionEntry.Of("print", Print),
        FunctionEntry.Of("join", Join),
    ];

    private static Operand Format(ProbeLowering probe, CallSite site, PrintKind kind)
    {
        Records.Send(probe, [.. site.Arguments.Skip(1)], fields => new PrintfAction(kind, site[0].TextOf() ?? "", fields)
        {
            Where = site.Node.Span.ToSourceSpan(),
            ExpandedFrom = site.Node is Call call ? [.. call.ExpandedFrom.Select(use => use.ToSourceSpan())] : [],
        });
        return Operand.Nothing;
    }

    private static Operand Print(ProbeLowering probe, CallSite site)
    {
        Nectar.Bpf.Diagnostics.SourceSpan where = site.Node.Span.ToSourceSpan();
        if (site[0] is MapReference { Map: { } map })
        {
            List<Expression> numbers = [];
            long? top = site.Count > 1 ? site[1].ConstantOf() : 0, divisor = site.Count > 2 ? site[2].ConstantOf() : 0;
            if (top is null) numbers.Add(site[1]);
            if (divisor is null) numbers.Add(site[2]);
            Records.Send(probe, numbers, fields => new PrintMapAction(map, top ?? 0, divisor ?? 0)
            {
                Where = where,
                TopField = top is null ? fields[0] : null,
                DivisorField = divisor is null ? fields[^1] : null,
            });
            return Operand.Nothing;
        }

        Records.Send(probe, [site[0]], fields => new PrintValueAction(fields[0]) { Where = where });
        return Operand.Nothing;
    }

    /// <summary>The texts of an array of pointers up to the first null or empty one, one behind the other.</summary>
    private static Operand Join(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        int mark = probe.Memory.Mark(), size = Math.Min(probe.Config.MaxStringLength, LongestArgument);
        string delimiter = site.Count > 1 ? site[1].TextOf() ?? " " : " ";
        (Value array, AddressSpace space) = probe.AddressOf(site[0]);
        if (space == AddressSpace.None) space = probe.Hook.Space;
        Value record = probe.Memory.Scratch(Records.HeaderSize + ((JoinedArguments + 1) * (size + 8)));
        code.Store(record, probe.Number(probe.AddAction(new JoinAction(delimiter, Records.HeaderSize, JoinedArguments, 0) { Where = site.Node.Span.ToSourceSpan() })), 8);
        Value end = probe.Variable(probe.Number(Records.HeaderSize), "(end)"), pointer = probe.Memory.Slot("(argument)");
        probe.Repeat(probe.Number(JoinedArguments + 1), (index, done) =>
        {
            Block there = probe.NewBlock(), oneMore = probe.NewBlock(), wanted = probe.NewBlock(), inBounds = probe.NewBlock(), next = probe.NewBlock();
            probe.ReadBytes(pointer, probe.Number(8), code.Binary(Op.Add, array, code.Binary(Op.ShiftLeft, index, probe.Number(3))), space, site.Node);
            Value text = probe.Get(pointer);
            code.Branch(code.Compare(Op.NotEqual, text, probe.Number(0)), there, done);
            code.Block = there;
            code.Branch(code.Compare(Op.Equal, index, probe.Number(JoinedArguments)), oneMore, wanted);
            code.Block = oneMore;
            probe.CountLoss(LossCause.TextCut);
            code.Jump(done);
            code.Block = wanted;
            Value at = probe.Get(end);
            code.Branch(code.Compare(Op.LessUnsigned, at, probe.Number(JoinedArguments * (size + 8))), inBounds, done);
            code.Block = inBounds;
            Value length = Strings.ReadText(probe, code.PointerAdd(record, at), probe.Number(size), text, space, site.Node);
            Strings.CountCut(probe, length, size, text, space, LossCause.TextCut);
            Block isRead = probe.NewBlock();
            code.Branch(code.Compare(Op.LessOrEqualUnsigned, length, probe.Number(size)), isRead, done);
            code.Block = isRead;
            code.Branch(code.Compare(Op.GreaterUnsigned, length, probe.Number(1)), next, done);
            code.Block = next;
            probe.Set(end, code.Binary(Op.Add, at, length));
        });

        // 8 ≤ end ≤ what fits
        Value total = probe.AtMost(probe.Get(end), JoinedArguments * (size + 8));
        Records.Output(probe, record, total);
        probe.Memory.Release(mark);
        return Operand.Nothing;
    }
}
