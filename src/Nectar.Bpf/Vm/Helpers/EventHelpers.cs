// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Perf events, stacks, the ring buffer from users.</summary>
internal static unsafe class EventHelpers
{
    /// <summary>bpf_perf_event_output(context, map, flags, data, size); bits 32 to 51 of the flags ask for bytes of the packet behind the data.</summary>
    internal static ulong PerfOutput(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1) || Map<VmPerfEventArray>(state, 2, r2) is not { } events || !Readable(state, 4, r4, r5)) return 0;
        ulong packetBytes = (r3 >> 32) & 0xfffff;
        bool hasPacket = VmSupport.Session(state).Layout.Shape is ContextShape.Skb or ContextShape.Xdp;
        if (packetBytes != 0 && !hasPacket) return Error(Errno.EINVAL);
        if (packetBytes > state->PacketEnd - state->PacketStart) return Error(Errno.EFAULT);
        return (ulong)events.Output(r3, (byte*)r4, r5, (byte*)state->PacketStart, packetBytes, state->Cpu);
    }

    internal static ulong GetStackId(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1) || Map<VmStackTraceMap>(state, 2, r2) is not { } stacks) return 0;
        return (ulong)stacks.GetStackId(VmSupport.Session(state).Stack, r3);
    }

    /// <summary>bpf_get_stack(context, buffer, size, flags): the bytes written.</summary>
    internal static ulong GetStack(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        const ulong known = 0xff | 0x100 | 0x800;
        if (!IsContext(state, 1, r1) || !Writable(state, 2, r2, (uint)r3)) return 0;
        Span<byte> buffer = new((void*)r2, (int)r3);
        buffer.Clear();
        if ((r4 & ~known) != 0 || buffer.Length % 8 != 0) return Error(Errno.EINVAL);
        ReadOnlySpan<ulong> frames = VmSupport.Session(state).Stack;
        int skip = (int)(r4 & 0xff);
        if (frames.Length <= skip) return Error(Errno.EFAULT);
        frames = frames[skip..Math.Min(frames.Length, skip + (buffer.Length / 8))];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(frames).CopyTo(buffer);
        return (ulong)frames.Length * 8;
    }

    internal static ulong DrainUserRing(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmUserRingBuffer>(state, 1, r1) is not { } ring) return 0;
        Drain drain = new() { State = state, Map = (nint)r1, Callback = r2, Context = r3 };
        return (ulong)ring.Drain(&Visit, (nint)(&drain), r4);
    }

    private static long Visit(byte* sample, uint size, nint context)
    {
        Drain* drain = (Drain*)context;
        VmState* state = drain->State;
        RunSession session = VmSupport.Session(state);
        ulong* dynptr = stackalloc ulong[2];
        DynptrHelpers.MakeLocal((ulong)dynptr, (ulong)sample, size);
        session.Hold((ulong)sample, size, VmMap.FromHeader((MapHeader*)drain->Map)!);
        ulong result = VmSupport.InvokeCallback(state, drain->Callback, session.CopyKey((byte*)dynptr, 16), drain->Context, 0, 0, 0);
        session.Unhold((ulong)sample);
        return state->Fault == FaultKind.None ? (long)result : 1;
    }

    private struct Drain
    {
        internal VmState* State;
        internal nint Map;
        internal ulong Callback;
        internal ulong Context;
    }
}
