// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>The one place that turns what engines leave in <see cref="VmState"/> into a <see cref="VmFault"/>.</summary>
internal static unsafe class FaultReport
{
    /// <summary>An address further than this from every region is not called a part of one.</summary>
    private const ulong Near = 1 << 16;

    /// <summary>Makes the fault of the run that has just ended; the session's memory is as the program left it.</summary>
    internal static VmFault Create(RunSession session)
    {
        VmState* state = session.State;
        PreparedProgram program = ExecutableProgram.FromHeader((ProgramHeader*)state->Program).Prepared;
        int instruction = Math.Clamp(state->FaultInstruction, 0, program.Instructions.Length - 1);
        LineInfo? line = program.Linked.FindLine(instruction);
        string name = program.Linked.Definition.Name;
        int size = (int)(state->FaultSize & 0x7fffffff);
        bool write = (state->FaultSize & 0x80000000) != 0;
        switch (state->Fault)
        {
            case FaultKind.Memory:
                (string? region, long offset, string where) = Describe(session, state->FaultAddress, write, size);
                bool atomic = program.Rows[instruction]?.IsAtomic == true && (state->FaultAddress & (ulong)(Math.Max(1, size) - 1)) != 0;
                string what = $"{(write ? "write" : "read")} of {size} {(size == 1 ? "byte" : "bytes")} at {where}{(atomic ? "; an atomic access has to be aligned" : "")}";
                return new VmFault(FaultKind.Memory, name, instruction, InHelper(program, instruction) + what, VmCodes.MemoryFault, line) { AccessSize = size, IsWrite = write, Region = region, Offset = offset };
            case FaultKind.HelperArgument:
                return new VmFault(FaultKind.HelperArgument, name, instruction, DescribeArgument(session, program, instruction), VmCodes.BadHelperArgument, line);
            default:
                (DiagnosticCode code, string message) = Simple(session, program, instruction);
                return new VmFault(state->Fault, name, instruction, message, code, line);
        }
    }

    /// <summary>Names the memory at or near an address.</summary>
    internal static (string? Region, long Offset, string Text) Describe(RunSession session, ulong address, bool write, int size)
    {
        VmState* state = session.State;
        string? best = null;
        ulong bestDistance = Near, bestLow = 0, bestSize = 0;
        bool inside = false;
        string note = "";

        void Consider(string name, ulong low, ulong length, string remark = "")
        {
            ulong distance = address < low ? low - address : address - low < length ? 0 : address - low - length + 1;
            if (length == 0 && name != "packet" || distance >= bestDistance && best is not null || distance > Near) return;
            (best, bestDistance, bestLow, bestSize, inside, note) = (name, distance, low, length, distance == 0, remark);
        }

        if (address < 4096) return (null, (long)address, $"null+{address} (a null pointer)");
        if (state->PacketMeta < state->PacketStart) Consider("packet metadata", state->PacketMeta, state->PacketStart - state->PacketMeta);
        if (state->PacketStart != 0) Consider(session.Layout.Shape == ContextShape.Memory ? "memory" : "packet", state->PacketStart, state->PacketEnd - state->PacketStart);
        if (state->ContextSize != 0) Consider(session.Layout.Name, state->Context, state->ContextSize, write && address - state->Context < state->ContextSize ? "; it cannot be written there" : "");
        foreach ((ulong start, ulong length, Maps.VmMap map) in session.Records) Consider($"record of '{map.Name}'", start, length);
        MemoryMap memory = session.Host.Memory;
        int index = memory.IndexOf(address);
        for (int i = Math.Max(0, index); i <= index + 1 && i < memory.Ranges.Length; i++)
        {
            ref readonly MemoryRange range = ref memory.Ranges[i];
            string remark = range.Region.IsReadOnly && write && address >= range.Low && address < range.High ? "; it is read-only" : "";
            if (range.Region.Stride == 0 || range.Map is null)
            {
                Consider(range.Map is null ? range.Name : $"map '{range.Name}' value", range.Low, range.High - range.Low, remark);
                continue;
            }

            ulong element = Math.Min(address < range.Low ? 0 : (address - range.Low) / range.Region.Stride, Math.Max(1, (range.High - range.Low) / range.Region.Stride) - 1);
            Consider($"map '{range.Name}' value", range.Low + (element * range.Region.Stride) + range.Region.Offset, range.Region.Size, remark);
        }

        // The stack is named from r10 of its frame downwards, as programs address it.
        ulong low = state->StackTop - ((state->CallDepth + 1) * VmState.FrameSize);
        ulong toStack = address < low ? low - address : address >= state->StackTop ? address - state->StackTop + 1 : 0;
        if (toStack <= Near && (best is null || toStack < bestDistance || toStack == 0))
        {
            long offset = (long)address - (long)(low + VmState.FrameSize);
            return ("stack", offset, $"stack r10{offset:+0;-0;+0} (a frame is r10-{VmState.FrameSize} to r10-1)");
        }

        if (best is null) return (null, 0, $"address 0x{address:x}, which is in no memory of the program");
        long at = (long)(address - bestLow);
        string unit = bestSize == 1 ? "byte" : "bytes";
        return (best, at, string.Create(CultureInfo.InvariantCulture, $"{best}{at:+0;-0;+0} ({best.Split(' ')[^1]} is {bestSize} {unit}{note})"));
    }

    private static string InHelper(PreparedProgram program, int instruction) =>
        program.Rows[instruction] is { IsCall: true, Operation: not Operation.CallLocal } ? $"{HelperName(program, instruction)}: " : "";

    private static string HelperName(PreparedProgram program, int instruction) => HelperTable.Find((int)program.Constants[instruction])?.Name ?? "call";

    private static string DescribeArgument(RunSession session, PreparedProgram program, int instruction)
    {
        VmState* state = session.State;
        string helper = program.Rows[instruction]?.IsCall == true ? HelperName(program, instruction) : "helper";
        int argument = (int)(state->FaultSize & 7);
        HelperInfo? info = HelperTable.Find((int)program.Constants[instruction]);
        ArgumentKind kind = info is not null && argument >= 1 && argument <= info.Arguments.Count ? info.Arguments[argument - 1] : ArgumentKind.Anything;
        string expected = kind switch
        {
            ArgumentKind.ConstMap => "a map that this helper works on",
            ArgumentKind.Function => "a function of the program",
            ArgumentKind.AllocatedMemory => "a record that this program holds",
            ArgumentKind.Dynptr or ArgumentKind.UninitDynptr => "a dynptr",
            ArgumentKind.Context => "the context",
            ArgumentKind.Iterator => "an iterator",
            ArgumentKind.MapValueField => "a field of a map's value",
            _ => "memory of the program",
        };
        return argument == 0
            ? $"{helper}: 0x{state->FaultAddress:x} is no function of the program"
            : $"{helper}: argument {argument} is {Describe(session, state->FaultAddress, false, 0).Text}, expected {expected}";
    }

    private static (DiagnosticCode Code, string Message) Simple(RunSession session, PreparedProgram program, int instruction) => session.State->Fault switch
    {
        FaultKind.Fuel => (VmCodes.OutOfFuel, $"the budget of {session.FuelLimit} instructions is spent"),
        FaultKind.Deadline => (VmCodes.DeadlinePassed, $"still running after {session.TimeLimitMs} ms"),
        FaultKind.CallDepth => (VmCodes.CallDepthExceeded, $"more than {VmState.MaxFrames} nested calls"),
        FaultKind.Helper => (VmCodes.HelperNotAllowed, session.HelperMessage ?? $"{HelperName(program, instruction)} is not allowed here"),
        FaultKind.Cancelled => (VmCodes.Cancelled, "the run was cancelled"),
        _ => (VmCodes.BadInstruction, "this instruction cannot run in this process"),
    };
}
