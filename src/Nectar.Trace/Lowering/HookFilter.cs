// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Lowering.Functions;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Block = Nectar.Compiler.Ir.Block;

namespace Nectar.Trace.Lowering;

/// <summary>Lets through only the events that the script means, where a hook sees more: other processes, other system calls.</summary>
internal static class HookFilter
{
    private const int NumberOffset = 120, CodeSegmentOffset = 136, MaxNumber = 1024;
    private const long CompatibilitySegment = 0x23; // __USER32_CS: calls of 32-bit programs have other numbers

    /// <summary>Writes the tests; false if there is nothing to test.</summary>
    public static bool Emit(ProbeLowering probe)
    {
        bool isAny = false;
        if (probe.Form.ChecksSyscall)
        {
            CheckCall(probe);
            isAny = true;
        }

        // Some hooks take the kernel some time to let go of.
        bool isHook = probe.Form.Context is not (ProbeContext.None or ProbeContext.Packet or ProbeContext.Iterator);
        if (ProbePrograms.CanBeStopped(probe.Kind, probe.Form) || (probe.Script.StopsAtExit && isHook))
        {
            Require(probe, probe.Builder.Compare(Op.Equal, probe.Builder.Load(IrType.I64, probe.Builder.Global(probe.Script.Stopped), 8), probe.Number(0)));
            isAny = true;
        }

        ProbeTarget target = probe.Probe.Targets[0];
        foreach ((int argument, uint value) in target.Replaces?.Conditions ?? [])
        {
            Require(probe, probe.Builder.Compare(Op.Equal, probe.Builder.Load(IrType.I64, probe.Variables.ProgramContext(), 4, argument * 8), probe.Number(value)));
            isAny = true;
        }

        if (probe.Script.Options.Portable && IsOfKernel(target.Kind))
        {
            Value only = Processes.Setting(probe, TracePlan.FilterName, 0);
            probe.When(probe.Builder.Compare(Op.NotEqual, only, probe.Number(0)), () => Require(probe, probe.Builder.Compare(Op.Equal, Processes.ProcessId(probe), only)));
            return true;
        }

        if (target.ProcessId == 0 || !IsOfKernel(target.Kind)) return isAny;
        Require(probe, probe.Builder.Compare(Op.Equal, Processes.ProcessId(probe), probe.Number(target.ProcessId)));
        return true;
    }

    /// <summary>Hooks that all processes come by.</summary>
    private static bool IsOfKernel(ProbeKind kind) => kind is ProbeKind.Tracepoint or ProbeKind.RawTracepoint or ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Fentry or ProbeKind.Fexit;

    /// <summary>The number of the call that the event is about.</summary>
    public static Value SyscallNumber(ProbeLowering probe) => SyscallEvents.Find(probe.Probe.Targets[0])!.Value.IsExit
        ? FromRegisters(probe, NumberOffset) : probe.Builder.Load(IrType.I64, probe.Variables.ProgramContext(), 8, 8);

    /// <summary>A register as it was when the call began.</summary>
    public static Value FromRegisters(ProbeLowering probe, int offset)
    {
        IrBuilder code = probe.Builder;
        Value registers = code.Load(IrType.I64, probe.Variables.ProgramContext(), 8, 0);
        return probe.Memory.Read(code.Binary(Op.Add, registers, probe.Number(offset)), TraceType.UInt64, AddressSpace.Kernel).Value;
    }

    /// <summary>Which of the program's events it is.</summary>
    public static Value TargetIndex(ProbeLowering probe)
    {
        byte[] table = new byte[MaxNumber * 2];
        for (int i = 0; i < probe.Probe.Targets.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(table.AsSpan(SyscallEvents.Find(probe.Probe.Targets[i])!.Value.Number * 2), (ushort)i);
        IrBuilder code = probe.Builder;
        Value number = code.Binary(Op.And, SyscallNumber(probe), probe.Number(MaxNumber - 1));
        Value index = code.Load(IrType.I64, code.PointerAdd(probe.Constant(table), code.Binary(Op.ShiftLeft, number, probe.Number(1))), 2);
        return probe.AtMost(index, probe.Probe.Targets.Length - 1);
    }

    private static void CheckCall(ProbeLowering probe)
    {
        IrBuilder code = probe.Builder;
        Value number = SyscallNumber(probe);
        if (probe.Probe.Targets.Length == 1)
        {
            Require(probe, code.Compare(Op.Equal, number, probe.Number(SyscallEvents.Find(probe.Probe.Targets[0])!.Value.Number)));
        }
        else
        {
            Require(probe, code.Compare(Op.LessUnsigned, number, probe.Number(MaxNumber)));
            byte[] wanted = new byte[MaxNumber];
            foreach (ProbeTarget target in probe.Probe.Targets) wanted[SyscallEvents.Find(target)!.Value.Number] = 1;
            Value bounded = probe.Builder.Binary(Op.And, number, probe.Number(MaxNumber - 1));
            Value isWanted = probe.Builder.Load(IrType.I64, probe.Builder.PointerAdd(probe.Constant(wanted), bounded), 1);
            Require(probe, probe.Builder.Compare(Op.NotEqual, isWanted, probe.Number(0)));
        }

        Require(probe, probe.Builder.Compare(Op.NotEqual, FromRegisters(probe, CodeSegmentOffset), probe.Number(CompatibilitySegment)));
    }

    private static void Require(ProbeLowering probe, Value condition)
    {
        Block then = probe.NewBlock();
        probe.Builder.Branch(condition, then, probe.Frame.Exit);
        probe.Builder.Block = then;
    }
}
