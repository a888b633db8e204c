// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>What both engines call for everything that is not plain computing. No method throws; failures are in <see cref="VmState.Fault"/>.</summary>
internal static unsafe class VmSupport
{
    /// <summary>The upper half of a function handle: makes the address of a function unlike a helper's number or a small integer.</summary>
    internal const ulong FunctionTag = 0x434e5546_00000000;

    /// <summary>The value that stands for a function of the running program in registers.</summary>
    internal static ulong FunctionHandle(int slot) => FunctionTag | (uint)slot;

    /// <summary>The slot behind a function handle; -1 if the value is none.</summary>
    internal static int SlotOfHandle(ulong handle) => (handle & 0xffffffff_00000000) == FunctionTag ? (int)handle : -1;

    /// <summary>The session behind a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static RunSession Session(VmState* state) => Unsafe.As<RunSession>(GCHandle.FromIntPtr(state->Session).Target!);

    /// <summary>
    /// Asks whether an access is allowed. 0: no, the fault is set (all but the instruction). 1: yes, and the slot (if not null) now holds
    /// bounds for more. 2: yes, a load of a context field that stands for an address, which is in <see cref="VmState.Scratch"/>.
    /// </summary>
    internal static byte Resolve(VmState* state, ulong address, uint size, bool write, RegionSlot* slot)
    {
        ulong offset = address - state->Context;
        if (offset < state->ContextSize)
        {
            // The context never gets a slot: each access has to be looked at, because of redirected and read-only fields.
            switch (Session(state).Layout.Classify((int)offset, (int)size, write))
            {
                case AccessKind.Context: return 1;
                case AccessKind.PacketStart: state->Scratch = state->PacketStart; return 2;
                case AccessKind.PacketEnd: state->Scratch = state->PacketEnd; return 2;
                case AccessKind.PacketMeta: state->Scratch = state->PacketMeta; return 2;
            }
        }
        else if (MemoryMap.TryFind(state, address, size, write, out ulong low, out ulong length))
        {
            if (slot != null) slot->Set(low, length);
            return 1;
        }

        state->Fault = FaultKind.Memory;
        state->FaultAddress = address;
        state->FaultSize = size | (write ? 0x80000000u : 0);
        return 0;
    }

    /// <summary>The slice of fuel is spent: looks at the limits and hands out the next one. 0 if the program has to end; the fault is set.</summary>
    internal static byte NextSlice(VmState* state) => Session(state).NextSlice(state) ? (byte)1 : (byte)0;

    /// <summary>
    /// The program that a tail call continues with, or null to go on behind the call: no such element, not a prog array, or
    /// too many tail calls. Counts the call and charges the entry's fuel; a negative <see cref="VmState.Fuel"/> is for the engine to notice.
    /// </summary>
    internal static ProgramHeader* TailCallTarget(VmState* state, ulong map, ulong index)
    {
        MapHeader* header = (MapHeader*)map;
        if (!Session(state).IsMap(map) || header->Type != (uint)MapType.ProgArray)
        {
            SetHelperFault(state, 2, map);
            return null;
        }

        index = (uint)index;
        if (index >= header->MaxEntries || state->TailCalls >= VmState.MaxTailCalls) return null;
        ProgramHeader* target = (ProgramHeader*)Volatile.Read(ref ((nint*)header->Values)[index]);
        // The context is the caller's: a program that expects another one is none that can go on (the kernel does not let it into the array).
        if (target == null || target->Context != ((ProgramHeader*)state->Program)->Context) return null;
        state->TailCalls++;
        state->Fuel -= target->EntryCost;
        return target;
    }

    /// <summary>
    /// Calls a function of the running program from a helper: <paramref name="handle"/> is what the program passed as its address.
    /// 0 with <see cref="VmState.Fault"/> set if that is no function, or too deep, or when the function itself fails.
    /// </summary>
    internal static ulong InvokeCallback(VmState* state, ulong handle, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ProgramHeader* program = (ProgramHeader*)state->Program;
        ExecutableProgram executable = ExecutableProgram.FromHeader(program);
        int slot = SlotOfHandle(handle);
        if (slot < 0 || Array.BinarySearch(executable.Prepared.FunctionStarts, slot) < 0)
        {
            state->Fault = FaultKind.HelperArgument;
            state->FaultAddress = handle;
            return 0;
        }

        if (state->CallDepth + 1 >= VmState.MaxFrames)
        {
            state->Fault = FaultKind.CallDepth;
            return 0;
        }

        state->Fuel -= executable.Prepared.FunctionCost(slot);
        if (state->Fuel < 0 && NextSlice(state) == 0) return 0;
        int instruction = state->CurrentInstruction;
        state->CallDepth++;
        ulong result = executable.RunFunction(state, slot, r1, r2, r3, r4, r5);
        if (state->Fault == FaultKind.None)
        {
            state->CallDepth--;
            state->Program = (nint)program;
            state->CurrentInstruction = instruction;
        }

        return result;
    }

    /// <summary>
    /// LD_ABS and LD_IND: reads 1, 2 or 4 bytes of the packet, big-endian, into <see cref="VmState.Scratch"/>. 0 if they are not
    /// inside: then the function ends with r0 = 0. Negative offsets count from the network header (-0x100000) or the link header (-0x200000).
    /// </summary>
    internal static byte LoadPacket(VmState* state, int offset, uint size)
    {
        long at = offset;
        if (at < 0)
        {
            if (at >= -0x100000) at += 0x100000 + Session(state).NetworkOffset(state);
            else if (at >= -0x200000) at += 0x200000;
            else return 0;
        }

        if ((ulong)at + size > state->PacketEnd - state->PacketStart) return 0;
        byte* p = (byte*)state->PacketStart + at;
        state->Scratch = size switch { 1 => p[0], 2 => (ulong)((p[0] << 8) | p[1]), _ => ((uint)p[0] << 24) | ((uint)p[1] << 16) | ((uint)p[2] << 8) | p[3] };
        return 1;
    }

    /// <summary>Notes that argument <paramref name="argument"/> (1 to 5) of the current helper cannot be used.</summary>
    internal static void SetHelperFault(VmState* state, int argument, ulong value)
    {
        if (state->Fault != FaultKind.None) return;
        state->Fault = FaultKind.HelperArgument;
        state->FaultAddress = value;
        state->FaultSize = (uint)argument;
    }
}
