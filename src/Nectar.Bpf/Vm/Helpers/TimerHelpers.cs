// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Timers in map values; the host's <see cref="VmTimers"/> keeps them, its clock drives them.</summary>
internal static unsafe class TimerHelpers
{
    internal static ulong Init(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((r3 & 0xf) is not (0 or 1 or 7) || (r3 & ~0xful) != 0) return Error(Errno.EINVAL);
        if (Map(state, 2, r2) is not { } map || !Writable(state, 1, r1, 16)) return 0;
        return Timers(state).Init(r1, map);
    }

    internal static ulong SetCallback(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Timers(state).SetCallback(r1, r2, (ProgramHeader*)state->Program);

    internal static ulong Start(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((r3 & ~3ul) != 0) return Error(Errno.EINVAL);
        return Timers(state).Start(r1, (r3 & 1) != 0 ? r2 : VmSupport.Session(state).Host.Now() + r2);
    }

    internal static ulong Cancel(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Timers(state).Cancel(r1);

    private static VmTimers Timers(VmState* state) => VmSupport.Session(state).Host.Timers;
}
