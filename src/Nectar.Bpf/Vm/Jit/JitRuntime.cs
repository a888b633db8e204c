// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>What machine code calls. Nothing here throws: an exception cannot pass through machine code.</summary>
internal static unsafe class JitRuntime
{
    internal static nint CallHelperEntry => (nint)(delegate* unmanaged<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)&CallHelper;

    internal static nint ResolveEntry => (nint)(delegate* unmanaged<VmState*, ulong, ulong, ulong>)&Resolve;

    internal static nint NextSliceEntry => (nint)(delegate* unmanaged<VmState*, ulong, ulong, ulong>)&NextSlice;

    internal static nint CallRegisterEntry => (nint)(delegate* unmanaged<VmState*, ulong, ulong, ulong>)&CallRegister;

    internal static nint TailCallEntry => (nint)(delegate* unmanaged<VmState*, ulong, ulong, ulong>)&TailCall;

    internal static nint LoadPacketEntry => (nint)(delegate* unmanaged<VmState*, ulong, ulong, ulong>)&LoadPacket;

    /// <summary>What <see cref="Resolve"/> is told about an access.</summary>
    internal static ulong Describe(int instruction, int regionSlot, int log, bool write) =>
        ((ulong)(uint)instruction << 17) | (write ? 1u << 16 : 0) | ((ulong)(uint)StateOffsets.RegionSlot(regionSlot) << 4) | (1u << log);

    /// <summary>
    /// Turns the fault that a repeatable program was left with into the real one (false), or takes it back because managed code
    /// allows the access: then the run has to be repeated (true).
    /// </summary>
    internal static bool TakeBackFault(VmState* state)
    {
        ulong description = state->Scratch;
        state->Fault = FaultKind.None;
        if (VmSupport.Resolve(state, state->FaultAddress, (uint)description & 15, (description & (1 << 16)) != 0, null) == 0)
        {
            state->FaultInstruction = (int)(description >> 17);
            return false;
        }

        state->FaultAddress = 0;
        return true;
    }

    /// <summary>Notes where a fault happened, unless a callback has said so already.</summary>
    private static void Place(VmState* state, int instruction)
    {
        if (state->Fault != FaultKind.None && state->FaultInstruction < 0) state->FaultInstruction = instruction;
    }

    [UnmanagedCallersOnly]
    private static ulong CallHelper(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        int instruction = state->CurrentInstruction;
        ulong result = ((delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)state->Scratch)(r1, r2, r3, r4, r5, state);
        Place(state, instruction);
        return result;
    }

    [UnmanagedCallersOnly]
    private static ulong Resolve(VmState* state, ulong address, ulong description)
    {
        RegionSlot* slot = (RegionSlot*)((byte*)state + ((description >> 4) & 0xfff));
        uint size = (uint)description & 15;
        bool write = (description & (1 << 16)) != 0;
        byte result;
        if (write || slot < &state->FirstSlot + RegionSlotMap.Packet)
        {
            result = VmSupport.Resolve(state, address, size, write, slot);
        }
        else
        {
            // Writes look at this slot, too, so memory that may only be read must not get into it.
            result = VmSupport.Resolve(state, address, size, false, null);
            if (result == 1 && MemoryMap.TryFind(state, address, size, true, out ulong low, out ulong length)) slot->Set(low, length);
        }

        Place(state, (int)(description >> 17));
        return result;
    }

    [UnmanagedCallersOnly]
    private static ulong NextSlice(VmState* state, ulong unused, ulong instruction)
    {
        byte result = VmSupport.NextSlice(state);
        Place(state, (int)instruction);
        return result;
    }

    /// <summary>Enters the function that a register names (the slot is the result), or calls a helper by its number (-1).</summary>
    [UnmanagedCallersOnly]
    private static ulong CallRegister(VmState* state, ulong value, ulong unused)
    {
        long result = -1;
        PreparedProgram program = ExecutableProgram.FromHeader((ProgramHeader*)state->Program).Prepared;
        int slot = VmSupport.SlotOfHandle(value);
        int instruction = state->CurrentInstruction;
        if (slot < 0 && value < (ulong)HelperNames.Count)
        {
            ulong* r = state->Saved;
            if (HelperTable.Find((int)value) is { } helper) r[0] = ((delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)helper.Function)(r[1], r[2], r[3], r[4], r[5], state);
            else Refuse(state, value);
        }
        else if (slot < 0 || Array.BinarySearch(program.FunctionStarts, slot) < 0)
        {
            Refuse(state, value);
        }
        else
        {
            state->Fuel -= program.FunctionCost(slot);
            if (state->CallDepth + 1 >= VmState.MaxFrames) state->Fault = FaultKind.CallDepth;
            else if (state->Fuel >= 0 || VmSupport.NextSlice(state) != 0)
            {
                state->CallDepth++;
                result = slot;
            }
        }

        Place(state, instruction);
        return (ulong)result;
    }

    /// <summary>The entry of the program that a tail call continues with, 0 to go on behind the call.</summary>
    [UnmanagedCallersOnly]
    private static ulong TailCall(VmState* state, ulong map, ulong index)
    {
        ProgramHeader* target = VmSupport.TailCallTarget(state, map, index);
        if (target != null && state->Fuel < 0) VmSupport.NextSlice(state);
        Place(state, state->CurrentInstruction);
        if (target == null || state->Fault != FaultKind.None) return 0;
        state->Program = (nint)target;
        return target->TailEntry != 0 ? (ulong)target->TailEntry : (ulong)(nint)(delegate* unmanaged<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)&RunOther;
    }

    /// <summary>A tail call of a program that another engine runs.</summary>
    [UnmanagedCallersOnly]
    private static ulong RunOther(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) =>
        ExecutableProgram.FromHeader((ProgramHeader*)state->Program).RunFunction(state, 0, r1, r2, r3, r4, r5);

    [UnmanagedCallersOnly]
    private static ulong LoadPacket(VmState* state, ulong offset, ulong size)
    {
        if ((long)offset != (int)offset || VmSupport.LoadPacket(state, (int)offset, (uint)size) == 0) return 0;
        state->Saved[0] = state->Scratch;
        return 1;
    }

    private static void Refuse(VmState* state, ulong value)
    {
        state->Fault = FaultKind.HelperArgument;
        state->FaultAddress = value;
    }
}
