// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>The ring buffer.</summary>
internal static unsafe class RingHelpers
{
    internal static ulong Output(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmRingBuffer>(state, 1, r1) is not { } ring || !Readable(state, 2, r2, r3)) return 0;
        return (ulong)ring.Output((byte*)r2, r3, r4);
    }

    internal static ulong Reserve(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmRingBuffer>(state, 1, r1) is not { } ring) return 0;
        byte* record = ring.Reserve(r2, r3);
        if (record != null) VmSupport.Session(state).Hold((ulong)record, r2, ring);
        return (ulong)record;
    }

    internal static ulong Submit(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Commit(state, r1, r2, false);

    internal static ulong Discard(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Commit(state, r1, r2, true);

    internal static ulong Query(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Map<VmRingBuffer>(state, 1, r1)?.Query(r2) ?? 0;

    /// <summary>Gives a held record back, as submitted or as discarded.</summary>
    internal static ulong Commit(VmState* state, ulong record, ulong flags, bool discard)
    {
        if (VmSupport.Session(state).Unhold(record) is VmRingBuffer ring) ring.Commit((byte*)record, flags, discard);
        else VmSupport.SetHelperFault(state, 1, record);
        return 0;
    }
}
