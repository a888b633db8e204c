// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Vm;

/// <summary>
/// All that running code needs to reach, in native memory at a fixed layout: JIT code uses the offsets below, so a change
/// here changes machine code. One per thread that runs programs; never shared between threads while a program runs.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal unsafe struct VmState
{
    internal const int SlotCount = 22;
    internal const int SlotsOffset = 256;
    internal const int TotalSize = SlotsOffset + (SlotCount * RegionSlot.Size);

    /// <summary>Bytes of one stack frame, as in the kernel.</summary>
    internal const int FrameSize = 512;

    /// <summary>Nested calls, the entry included, as in the kernel.</summary>
    internal const int MaxFrames = 8;

    /// <summary>Tail calls in one run, as in the kernel (MAX_TAIL_CALL_CNT).</summary>
    internal const int MaxTailCalls = 33;

    /// <summary>Instructions left in this slice; negative when spent.</summary>
    [FieldOffset(0)] internal long Fuel;

    [FieldOffset(8)] internal FaultKind Fault;

    /// <summary>The slot that faulted, in the program that <see cref="Program"/> names; -1 while there is none. Whoever leaves a program keeps a place that is set.</summary>
    [FieldOffset(12)] internal int FaultInstruction;
    [FieldOffset(16)] internal ulong FaultAddress;

    /// <summary>Size of the faulting access in bytes; bit 31 set for a write.</summary>
    [FieldOffset(24)] internal uint FaultSize;

    /// <summary>The helper that JIT code is about to call.</summary>
    [FieldOffset(28)] internal int HelperId;

    /// <summary>A value that a slow path hands back to code.</summary>
    [FieldOffset(32)] internal ulong Scratch;

    [FieldOffset(40)] internal ulong PacketStart;
    [FieldOffset(48)] internal ulong PacketEnd;
    [FieldOffset(56)] internal ulong PacketMeta;

    /// <summary>The lowest byte of the stack: MaxFrames frames below <see cref="StackTop"/>; frame n ends at StackTop - n * FrameSize.</summary>
    [FieldOffset(64)] internal ulong StackLow;
    [FieldOffset(72)] internal ulong StackTop;

    [FieldOffset(80)] internal ulong Context;
    [FieldOffset(88)] internal ulong ContextSize;
    [FieldOffset(96)] internal uint TailCalls;

    /// <summary>Frames in use below the entry's.</summary>
    [FieldOffset(100)] internal uint CallDepth;

    /// <summary>GCHandle of the managed <c>RunSession</c>.</summary>
    [FieldOffset(104)] internal nint Session;

    /// <summary>The processor that the program believes to run on: 0 to the host's CpuCount - 1.</summary>
    [FieldOffset(112)] internal uint Cpu;

    /// <summary>The instruction at which a helper was called, for fault reports.</summary>
    [FieldOffset(116)] internal int CurrentInstruction;

    /// <summary>State of the random numbers that programs see.</summary>
    [FieldOffset(120)] internal ulong RandomState;

    /// <summary>The machine stack pointer that JIT code returns to when it leaves a program early.</summary>
    [FieldOffset(128)] internal ulong ExitStackPointer;

    /// <summary>Identity of the program that runs now (changed by tail calls).</summary>
    [FieldOffset(136)] internal nint Program;

    /// <summary>Room for JIT code: registers kept over slow paths.</summary>
    [FieldOffset(144)] internal fixed ulong Saved[14];

    /// <summary>First of <see cref="SlotCount"/> region slots: the JIT gives one to each (register, read or write).</summary>
    [FieldOffset(SlotsOffset)] internal RegionSlot FirstSlot;

    /// <summary>Forgets all cached bounds: after anything that moves the packet or takes memory away.</summary>
    internal void ResetSlots() => Unsafe.InitBlock(Unsafe.AsPointer(ref FirstSlot), 0, SlotCount * RegionSlot.Size);
}
