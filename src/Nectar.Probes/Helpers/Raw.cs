// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Helpers with references in place of addresses: what the library is built on. Pinning is only needed on the CLR, where bodies run.</summary>
internal static unsafe class Raw
{
    [Helper(1)]
    internal static void* MapLookup<TKey>(Map map, in TKey key)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key) return Managed.Element(map, map.Memory.LookupPointer((byte*)k, Managed.Cpu));
    }

    [Helper(195)]
    internal static void* MapLookupPerCpu<TKey>(Map map, in TKey key, uint cpu)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key) return cpu < (uint)map.Memory.CpuCount ? map.Memory.LookupPointer((byte*)k, cpu) : null;
    }

    [Helper(2)]
    internal static long MapUpdate<TKey, TValue>(Map map, in TKey key, in TValue value, ulong flags)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        fixed (TKey* k = &key)
        fixed (TValue* v = &value)
        {
            if (map.Live is VmMap memory) return memory.UpdateFromProgram((byte*)k, (byte*)v, flags, Managed.Cpu);
            return -(long)map.Live.Update(new ReadOnlySpan<byte>(k, sizeof(TKey)), new ReadOnlySpan<byte>(v, sizeof(TValue)), (MapUpdateFlags)flags);
        }
    }

    [Helper(3)]
    internal static long MapDelete<TKey>(Map map, in TKey key)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key)
        {
            if (map.Live is VmMap memory) return memory.DeleteFromProgram((byte*)k);
            return -(long)map.Live.Delete(new ReadOnlySpan<byte>(k, sizeof(TKey)));
        }
    }

    [Helper(87)]
    internal static long MapPush<TValue>(Map map, in TValue value, ulong flags)
        where TValue : unmanaged
    {
        fixed (TValue* v = &value) return map.Memory.Push((byte*)v, flags);
    }

    [Helper(88)]
    internal static long MapPop<TValue>(Map map, out TValue value)
        where TValue : unmanaged
    {
        fixed (TValue* v = &value)
        {
            *v = default;
            return map.Memory.Pop((byte*)v);
        }
    }

    [Helper(89)]
    internal static long MapPeek<TValue>(Map map, ref TValue value)
        where TValue : unmanaged
    {
        fixed (TValue* v = &value) return map.Memory.Peek((byte*)v);
    }

    [Helper(131)]
    internal static void* RingbufReserve(Map map, ulong size, ulong flags) => (void*)Managed.Call(131, map.Handle, size, flags);

    [Helper(132)]
    internal static void RingbufSubmit<T>(ref T record, ulong flags)
        where T : unmanaged
    {
        fixed (T* r = &record) Managed.Call(132, (ulong)r, flags);
    }

    [Helper(133)]
    internal static void RingbufDiscard<T>(ref T record, ulong flags)
        where T : unmanaged
    {
        fixed (T* r = &record) Managed.Call(133, (ulong)r, flags);
    }

    [Helper(130)]
    internal static long RingbufOutput<T>(Map map, in T record, ulong size, ulong flags)
        where T : unmanaged
    {
        fixed (T* r = &record) return (long)Managed.Call(130, map.Handle, (ulong)r, size, flags);
    }

    [Helper(16)]
    internal static long GetCurrentComm(ref byte comm, uint size)
    {
        fixed (byte* c = &comm) return (long)Managed.Call(16, (ulong)c, size);
    }

    [Helper(112)]
    internal static long ProbeReadUser(ref byte destination, uint size, void* source) => Managed.Read(ref destination, size, source);

    [Helper(113)]
    internal static long ProbeReadKernel(ref byte destination, uint size, void* source) => Managed.Read(ref destination, size, source);

    [Helper(114)]
    internal static long ProbeReadUserStr(ref byte destination, uint size, void* source) => Managed.ReadString(ref destination, size, source);

    [Helper(115)]
    internal static long ProbeReadKernelStr(ref byte destination, uint size, void* source) => Managed.ReadString(ref destination, size, source);

    [Helper(28)]
    internal static long CsumDiff<T>(ref readonly T from, uint fromSize, ref readonly T to, uint toSize, uint seed)
        where T : unmanaged
    {
        fixed (T* f = &from, t = &to) return (long)Managed.Call(28, (ulong)f, fromSize, (ulong)t, toSize, seed);
    }

    [Helper(25)]
    internal static long PerfEventOutput<T>(void* context, Map map, ulong flags, ref readonly T record, ulong size)
        where T : unmanaged
    {
        fixed (T* r = &record) return (long)Managed.Call(25, (ulong)context, map.Handle, flags, (ulong)r, size);
    }

    [Helper(1)]
    internal static void* InnerLookup<TKey>(void* map, ref readonly TKey key)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key) return InnerMaps.Memory(map, sizeof(TKey)).LookupPointer((byte*)k, Managed.Cpu);
    }

    [Helper(2)]
    internal static long InnerUpdate<TKey, TValue>(void* map, ref readonly TKey key, ref readonly TValue value, ulong flags)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        fixed (TKey* k = &key)
        fixed (TValue* v = &value) return InnerMaps.Memory(map, sizeof(TKey), sizeof(TValue)).UpdateFromProgram((byte*)k, (byte*)v, flags, Managed.Cpu);
    }

    [Helper(3)]
    internal static long InnerDelete<TKey>(void* map, ref readonly TKey key)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key) return InnerMaps.Memory(map, sizeof(TKey)).DeleteFromProgram((byte*)k);
    }

    [Helper(130)]
    internal static long InnerOutput<T>(void* map, ref readonly T record, ulong size, ulong flags)
        where T : unmanaged
    {
        fixed (T* r = &record) return (long)Managed.Call(130, (ulong)map, (ulong)r, size, flags);
    }
}
