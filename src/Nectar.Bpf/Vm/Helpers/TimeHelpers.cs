// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm;

/// <summary>Clock, random numbers, processor.</summary>
internal static unsafe class TimeHelpers
{
    internal static ulong KtimeGetNs(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => VmSupport.Session(state).Host.Now();

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

    /// <summary>Engines do tail calls themselves; this is reached through callx only.</summary>
    internal static ulong TailCallInCallback(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        state->Fault = FaultKind.Helper;
        return 0;
    }
}
