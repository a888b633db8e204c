// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Clock, random numbers, processor, and who is running.</summary>
internal static unsafe class TimeHelpers
{
    /// <summary>Ticks a second of bpf_jiffies64: CONFIG_HZ of most distributions.</summary>
    private const ulong TicksPerSecond = 250;

    internal static ulong KtimeGetNs(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => VmSupport.Session(state).Host.Now();

    internal static ulong Jiffies(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => VmSupport.Session(state).Host.Now() / (1_000_000_000 / TicksPerSecond);

    internal static ulong GetPrandomU32(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        // xorshift64*: one state per session, so that a seeded run repeats itself
        ulong x = state->RandomState;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        state->RandomState = x;
        return (x * 0x2545f4914f6cdd1d) >> 32;
    }

    internal static ulong GetSmpProcessorId(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => state->Cpu;

    internal static ulong GetNumaNodeId(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Identity(state).NumaNode;

    internal static ulong GetPidTgid(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => ((ulong)Identity(state).ProcessId << 32) | Identity(state).ThreadId;

    internal static ulong GetUidGid(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => ((ulong)Identity(state).GroupId << 32) | Identity(state).UserId;

    internal static ulong GetTask(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Identity(state).TaskAddress;

    internal static ulong GetCgroupId(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Identity(state).CgroupId;

    internal static ulong GetAncestorCgroupId(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => (int)r1 == 0 ? Identity(state).CgroupId : 0;

    internal static ulong GetSocketCookie(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Identity(state).SocketCookie;

    internal static ulong GetSocketUid(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Identity(state).UserId;

    internal static ulong One(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => 1;

    internal static ulong GetComm(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((uint)r2 == 0) return Error(Errno.EINVAL);
        if (!Writable(state, 1, r1, (uint)r2)) return 0;
        Span<byte> buffer = new((void*)r1, (int)r2);
        buffer.Clear();
        byte[] name = Encoding.UTF8.GetBytes(Identity(state).Command);
        name.AsSpan(0, Math.Min(Math.Min(name.Length, 15), buffer.Length - 1)).CopyTo(buffer);
        return 0;
    }

    internal static ulong GetNsPidTgid(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((uint)r4 != 8) return Error(Errno.EINVAL);
        if (!Writable(state, 3, r3, 8)) return 0;
        ((uint*)r3)[0] = Identity(state).ThreadId;
        ((uint*)r3)[1] = Identity(state).ProcessId;
        return 0;
    }

    internal static ulong SendSignal(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((uint)r1 is 0 or > 64) return Error(Errno.EINVAL);
        VmSupport.Session(state).Signals.Add((int)r1);
        return 0;
    }

    /// <summary>An argument of the traced function, out of the context's array.</summary>
    internal static ulong GetFuncArg(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1) || !Writable(state, 3, r3, 8)) return 0;
        *(ulong*)r3 = 0;
        if ((uint)r2 >= (uint)VmSupport.Session(state).ArgumentCount) return Error(Errno.EINVAL);
        *(ulong*)r3 = ((ulong*)state->Context)[(uint)r2];
        return 0;
    }

    internal static ulong GetFuncArgCount(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => (ulong)VmSupport.Session(state).ArgumentCount;

    /// <summary>The value behind the arguments.</summary>
    internal static ulong GetFuncRet(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1) || !Writable(state, 2, r2, 8)) return 0;
        *(ulong*)r2 = ((ulong*)state->Context)[Math.Min(11, VmSupport.Session(state).ArgumentCount)];
        return 0;
    }

    internal static ulong GetRetval(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => (ulong)VmSupport.Session(state).Retval;

    internal static ulong SetRetval(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        VmSupport.Session(state).Retval = (int)r1;
        return 0;
    }

    /// <summary>Engines do tail calls themselves; this is reached through callx only.</summary>
    internal static ulong TailCallByNumber(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        state->Fault = FaultKind.Helper;
        return 0;
    }

    private static VmIdentity Identity(VmState* state) => VmSupport.Session(state).Host.Identity;
}
