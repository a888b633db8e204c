// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>What changes the course of things: of the script, of the task that runs.</summary>
internal static class Control
{
    private const int LastSignal = 64;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Of("exit", (probe, site) => Exit(probe, site.Node, site.Count > 0 ? probe.LowerScalar(site[0]) : probe.Number(0))),
        FunctionEntry.Of("assert", Assert),
        FunctionEntry.Of("signal", (probe, site) => Send(probe, site, "bpf_send_signal")),
        FunctionEntry.Of("signal_thread", (probe, site) => Send(probe, site, "bpf_send_signal_thread")),
        FunctionEntry.Of("override", Override),
        FunctionEntry.Of("unwatch", Unwatch),
        FunctionEntry.Of("skboutput", Packets.Send),
    ];

    /// <summary>The rest of the program is not run.</summary>
    private static Operand Exit(ProbeLowering probe, Node where, Value code)
    {
        Record record = probe.Reserve(new ExitAction { Where = where.Span.ToSourceSpan() }, 16);
        probe.Builder.Store(record.Pointer, code, 8, Records.HeaderSize);
        // Only once the session will hear of it: where the ring is full the script goes on.
        if (probe.Script.StopsAtExit) probe.Builder.Store(probe.Builder.Global(probe.Script.Stopped), probe.Number(1), 8);
        probe.Submit(record);
        probe.Leave();
        return Operand.Nothing;
    }

    private static Operand Assert(ProbeLowering probe, CallSite site)
    {
        Block holds = probe.NewBlock(), fails = probe.NewBlock();
        probe.Condition(site[0], holds, fails);
        probe.Builder.Block = fails;
        Records.Send(probe, [site[1]], fields => new PrintfAction(PrintKind.Errorf, "assert failed: %s", fields) { Where = site.Node.Span.ToSourceSpan() });
        Exit(probe, site.Node, probe.Number(1));
        if (!probe.Builder.IsTerminated) probe.Builder.Jump(holds);
        probe.Builder.Block = holds;
        return Operand.Nothing;
    }

    /// <summary>5.3; to a thread 5.6.</summary>
    private static Operand Send(ProbeLowering probe, CallSite site, string helper)
    {
        IrBuilder code = probe.Builder;
        SourceSpan where = site.Node.Span.ToSourceSpan();
        if (site[0].TextOf() is { } name)
        {
            if (!SignalNames.TryFind(name, out int known)) throw probe.Refuse(site[0], $"Invalid string for signal: {name}");
            Raise(probe.Number(known));
            return Operand.Nothing;
        }

        Value number = probe.LowerScalar(site[0]);
        if (number.IsConstant && number.Immediate is >= 1 and <= LastSignal)
        {
            Raise(number);
            return Operand.Nothing;
        }

        probe.When(code.Compare(Op.LessUnsigned, code.Binary(Op.Subtract, number, probe.Number(1)), probe.Number(LastSignal)), () => Raise(number), () =>
            Tell(PrintKind.Errorf, site.Name + "() expects an integer between 1 and 64 (inclusive). Got %d", number));
        return Operand.Nothing;

        void Raise(Value signal)
        {
            Value result = probe.Call(helper, signal);
            probe.When(code.Compare(Op.NotEqual, result, probe.Number(0)), () =>
            {
                probe.CountLoss(LossCause.HelperFailed);
                Tell(PrintKind.Warnf, "signal call failed with error %d", result);
            });
        }

        void Tell(PrintKind kind, string format, Value value)
        {
            Record record = probe.Reserve(new PrintfAction(kind, format, [new RecordField(TraceType.Int64, Records.HeaderSize)]) { Where = where }, 16);
            code.Store(record.Pointer, value, 8, Records.HeaderSize);
            probe.Submit(record);
        }
    }

    /// <summary>4.16, only at functions that the kernel lets fail (ALLOW_ERROR_INJECTION).</summary>
    private static Operand Override(ProbeLowering probe, CallSite site)
    {
        Value result = probe.LowerScalar(site[0]);
        probe.Call("bpf_override_return", probe.Hook.Pointer, result);
        return Operand.Nothing;
    }

    private static Operand Unwatch(ProbeLowering probe, CallSite site)
    {
        Value address = probe.LowerScalar(site[0]);
        Record record = probe.Reserve(new UnwatchAction { Where = site.Node.Span.ToSourceSpan() }, 16);
        probe.Builder.Store(record.Pointer, address, 8, Records.HeaderSize);
        probe.Submit(record);
        return Operand.Nothing;
    }
}
