// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Elements of maps.</summary>
internal static unsafe class MapHelpers
{
    internal static ulong Lookup(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => LookupOn(r1, r2, state->Cpu, state);

    internal static ulong LookupPerCpu(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map(state, 1, r1) is not { } map) return 0;
        return (uint)r3 < (uint)map.CpuCount ? LookupOn(r1, r2, (uint)r3, state) : 0;
    }

    internal static ulong Update(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map(state, 1, r1) is not { } map || !Readable(state, 2, r2, map.Definition.KeySize) || !Readable(state, 3, r3, map.Definition.ValueSize)) return 0;
        return (ulong)map.UpdateFromProgram((byte*)r2, (byte*)r3, r4, state->Cpu);
    }

    internal static ulong Delete(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map(state, 1, r1) is not { } map || !Readable(state, 2, r2, map.Definition.KeySize)) return 0;
        return (ulong)map.DeleteFromProgram((byte*)r2);
    }

    internal static ulong Push(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map(state, 1, r1) is not { } map || !Readable(state, 2, r2, map.Definition.ValueSize)) return 0;
        return (ulong)map.Push((byte*)r2, r3);
    }

    internal static ulong Pop(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map(state, 1, r1) is not { } map || !Writable(state, 2, r2, map.Definition.ValueSize)) return 0;
        return (ulong)map.Pop((byte*)r2);
    }

    internal static ulong Peek(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        // A bloom filter reads the value, queues and stacks write it.
        if (Map(state, 1, r1) is not { } map || !Writable(state, 2, r2, map.Definition.ValueSize)) return 0;
        return (ulong)map.Peek((byte*)r2);
    }

    internal static ulong ForEach(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (r4 != 0) return Error(Errno.EINVAL);
        if (Map(state, 1, r1) is not { } map) return 0;
        Walk walk = new() { State = state, Callback = r2, Context = r3 };
        return (ulong)map.ForEach(&Visit, (nint)(&walk), state->Cpu);
    }

    private static ulong LookupOn(ulong r1, ulong r2, uint cpu, VmState* state)
    {
        if (Map(state, 1, r1) is not { } map || !Readable(state, 2, r2, map.Definition.KeySize)) return 0;
        byte* found = map.LookupPointer((byte*)r2, cpu);
        if (found != null && map.Definition.Type is MapType.ArrayOfMaps or MapType.HashOfMaps && !VmSupport.Session(state).IsMap((ulong)found))
        {
            VmSupport.Session(state).Host.Adopt(VmMap.FromHeader((MapHeader*)found)!);
        }

        return (ulong)found;
    }

    private static long Visit(VmMap map, byte* key, byte* value, nint context)
    {
        Walk* walk = (Walk*)context;
        VmState* state = walk->State;
        ulong copy = VmSupport.Session(state).CopyKey(key, map.Definition.KeySize);
        ulong result = VmSupport.InvokeCallback(state, walk->Callback, (ulong)map.Header, copy, (ulong)value, walk->Context, 0);
        return state->Fault == FaultKind.None ? (long)result : 1;
    }

    private struct Walk
    {
        internal VmState* State;
        internal ulong Callback;
        internal ulong Context;
    }
}
