// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary><c>skboutput</c>: bytes of a packet to a file. Read from the buffer's linear part, so that every probe that has a <c>struct sk_buff</c> can do it.</summary>
internal static class Packets
{
    private const int Time = 8, Length = 16, Bytes = 20;

    /// <summary>More than the linear part of a buffer has on the networks of today (jumbo frames have 9,000); scratch bytes are limited.</summary>
    private const int MostBytes = 1 << 14;

    /// <summary>0, or a negative error.</summary>
    public static Operand Send(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        int mark = probe.Memory.Mark();
        Expression buffer = site[1];
        Value asked = probe.LowerScalar(site[2]), skipped = probe.LowerScalar(site[3]);
        Value data = probe.LowerScalar(Emission.Field(buffer, "data")), total = probe.LowerScalar(Emission.Field(buffer, "len")), paged = probe.LowerScalar(Emission.Field(buffer, "data_len"));
        Value record = probe.Memory.Scratch(Bytes + MostBytes);
        code.Store(record, probe.Number(probe.AddAction(new SkbOutputAction(site[0].TextOf() ?? "") { Where = site.Node.Span.ToSourceSpan() })), 8);
        code.Store(record, Times.Nanoseconds(probe, ClockKind.Boot), 8, Time);

        // nothing is left where more is skipped than there is
        // what is in pages cannot be read here
        Value whole = probe.Choose(code.Compare(Op.GreaterUnsigned, total, skipped), () => code.Binary(Op.Subtract, total, skipped), () => probe.Number(0));
        Value linear = code.Binary(Op.Subtract, total, paged);
        Value left = probe.Choose(code.Compare(Op.GreaterUnsigned, linear, skipped), () => code.Binary(Op.Subtract, linear, skipped), () => probe.Number(0));
        Value wanted = probe.Choose(code.Compare(Op.LessUnsigned, asked, left), () => asked, () => left);
        Value length = probe.AtMost(wanted, MostBytes - 1);
        Value result = probe.Call(Helper.ProbeReadKernel, code.Offset(record, Bytes), length, code.Binary(Op.Add, data, skipped));
        probe.CheckRead(result, Helper.ProbeReadKernel, site.Node);
        probe.When(code.Compare(Op.Equal, result, probe.Number(0)), () =>
        {
            code.Store(record, length, 4, Length);
            probe.When(code.Compare(Op.LessUnsigned, length, asked), () => probe.When(code.Compare(Op.LessUnsigned, length, whole), () => probe.CountLoss(LossCause.TextCut)));
            Records.Output(probe, record, code.Binary(Op.Add, length, probe.Number(Bytes)));
        });
        probe.Memory.Release(mark);
        return probe.Scalar(site, result);
    }
}
