// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Vm;

namespace Nectar.Probes;

/// <summary>What bodies of helpers do on the CLR: mostly what this process' machine does for the helper's number.</summary>
internal static unsafe class Managed
{
    internal static byte* PacketStart => (byte*)State->PacketStart;

    internal static byte* PacketEnd => (byte*)State->PacketEnd;

    internal static byte* PacketMeta => (byte*)State->PacketMeta;

    internal static uint Cpu => State->Cpu;

    private static VmState* State => ManagedContext.Current.Session.State;

    /// <summary>Calls a helper of this process.</summary>
    internal static ulong Call(int id, ulong r1 = 0, ulong r2 = 0, ulong r3 = 0, ulong r4 = 0, ulong r5 = 0) =>
        Call(HelperTable.Find(id) ?? throw ProbeCodes.NoHelper($"helper {id} ({Nectar.Bpf.Isa.HelperNames.NameOf(id)})"), r1, r2, r3, r4, r5);

    /// <summary>Calls a kernel function of this process.</summary>
    internal static ulong CallKernel(string name, ulong r1 = 0, ulong r2 = 0, ulong r3 = 0, ulong r4 = 0, ulong r5 = 0) =>
        Call(HelperTable.FindKfunc(name) ?? throw ProbeCodes.NoHelper($"kernel function {name}"), r1, r2, r3, r4, r5);

    private static ulong Call(HelperInfo info, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        VmState* state = State;
        ulong result = ((delegate*<ulong, ulong, ulong, ulong, ulong, VmState*, ulong>)info.Function)(r1, r2, r3, r4, r5, state);
        if (state->Fault == FaultKind.None) return result;
        FaultKind fault = state->Fault;
        state->Fault = FaultKind.None;
        throw ProbeCodes.Refused(info.Name, fault, ManagedContext.Current.Session.HelperMessage);
    }

    /// <summary>What a look-up gave.</summary>
    internal static void* Element(Map map, byte* element) => element;

    /// <summary>Copies memory that may not be there.</summary>
    internal static long Read(ref byte destination, uint size, void* source)
    {
        fixed (byte* to = &destination) return SafeMemory.Read(new Span<byte>(to, (int)size), (nuint)source) ? 0 : (long)Errno.Fault;
    }

    /// <summary>Copies a string that may not be there.</summary>
    internal static long ReadString(ref byte destination, uint size, void* source)
    {
        if (size == 0) return 0;
        fixed (byte* to = &destination) return SafeMemory.ReadString(new Span<byte>(to, (int)size), (nuint)source);
    }

    /// <summary>Gives each element to a callback.</summary>
    internal static long ForEach<TKey, TValue, TState>(Map map, MapCallback<TKey, TValue, TState> callback, ref TState state)
        where TKey : unmanaged
        where TValue : unmanaged
        where TState : unmanaged
    {
        fixed (TState* at = &state)
        {
            TState* kept = at;
            Walk walk = new((key, value) => (long)callback(map, in *(TKey*)key, ref *(TValue*)value, ref *kept));
            GCHandle handle = GCHandle.Alloc(walk);
            try
            {
                return map.Memory.ForEach(&Walk.Step, GCHandle.ToIntPtr(handle), Cpu);
            }
            finally
            {
                handle.Free();
            }
        }
    }

    /// <summary>Gives a line to who listens.</summary>
    internal static void Trace(string text) => ManagedContext.Current.Trace?.Invoke(text);

    private delegate long Visitor(nint key, nint value);

    /// <summary>A callback on its way through native code.</summary>
    private sealed class Walk(Visitor visit)
    {
        internal static long Step(VmMap map, byte* key, byte* value, nint handle) => ((Walk)GCHandle.FromIntPtr(handle).Target!).Visit((nint)key, (nint)value);

        private long Visit(nint key, nint value) => visit(key, value);
    }
}
