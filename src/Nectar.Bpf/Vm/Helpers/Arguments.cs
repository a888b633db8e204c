// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>Tests of what programs pass to helpers. A failed test is a fault; the helper then returns whatever it likes.</summary>
internal static unsafe class Arguments
{
    /// <summary>Tests that a program may read memory. In the trusted regime everything passes.</summary>
    internal static bool Readable(VmState* state, int argument, ulong address, ulong size) => Accessible(state, argument, address, size, false);

    /// <summary>Tests that a program may write memory.</summary>
    internal static bool Writable(VmState* state, int argument, ulong address, ulong size) => Accessible(state, argument, address, size, true);

    /// <summary>Asks the same without a fault.</summary>
    internal static bool MayAccess(VmState* state, ulong address, ulong size, bool write)
    {
        if (size == 0) return true;
        if (size > int.MaxValue) return false;
        ulong offset = address - state->Context;
        if (offset < state->ContextSize) return size <= state->ContextSize - offset && (!write || VmSupport.Session(state).Layout.Classify((int)offset, (int)size, true) == AccessKind.Context);
        return MemoryMap.TryFind(state, address, (uint)size, write, out _, out _);
    }

    /// <summary>How many bytes may be read from an address on.</summary>
    internal static ulong ReadableFrom(VmState* state, ulong address)
    {
        ulong offset = address - state->Context;
        if (offset < state->ContextSize) return state->ContextSize - offset;
        return MemoryMap.TryFind(state, address, 1, false, out ulong low, out ulong length) ? low + length - address : 0;
    }

    /// <summary>The map behind a handle; null, with a fault, if it is none of this host's.</summary>
    internal static VmMap? Map(VmState* state, int argument, ulong handle)
    {
        if (VmSupport.Session(state).IsMap(handle)) return VmMap.FromHeader((MapHeader*)handle);
        VmSupport.SetHelperFault(state, argument, handle);
        return null;
    }

    /// <summary>The map of one class behind a handle.</summary>
    internal static T? Map<T>(VmState* state, int argument, ulong handle)
        where T : VmMap
    {
        if (Map(state, argument, handle) is T map) return map;
        VmSupport.SetHelperFault(state, argument, handle);
        return null;
    }

    /// <summary>Tests that an argument is the context.</summary>
    internal static bool IsContext(VmState* state, int argument, ulong value)
    {
        if (value == state->Context) return true;
        VmSupport.SetHelperFault(state, argument, value);
        return false;
    }

    /// <summary>An error number as helpers return it.</summary>
    internal static ulong Error(Errno errno) => (ulong)-(long)errno;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Accessible(VmState* state, int argument, ulong address, ulong size, bool write)
    {
        if (MayAccess(state, address, size, write) || VmSupport.Session(state).IsTrusted) return true;
        if (size <= int.MaxValue && size > 0)
        {
            // The access itself tells more than the argument: where it lies and how long it is.
            state->Fault = FaultKind.Memory;
            state->FaultAddress = address;
            state->FaultSize = (uint)size | (write ? 0x80000000u : 0);
        }
        else
        {
            VmSupport.SetHelperFault(state, argument + 1, size);
        }

        return false;
    }
}
