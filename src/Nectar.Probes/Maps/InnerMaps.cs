// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Maps;

namespace Nectar.Probes;

/// <summary>Maps that are values of maps.</summary>
internal static unsafe class InnerMaps
{
    /// <summary>The map behind what a look-up gave, whose sizes must be those that the program says.</summary>
    internal static VmMap Memory(void* header, int keySize, int valueSize = -1)
    {
        VmMap map = VmMap.FromHeader((MapHeader*)header) ?? throw new ObjectDisposedException(nameof(Map));
        bool fits = map.Definition.KeySize == (uint)keySize && (valueSize < 0 || map.Definition.ValueSize == (uint)valueSize);
        return fits ? map : throw ProbeCodes.Sizes(map.Name, map.Definition.KeySize, map.Definition.ValueSize);
    }

    /// <summary>Puts a map into a map of maps, where the latter is.</summary>
    internal static void Set<TKey>(Map outer, ref readonly TKey key, Map inner)
        where TKey : unmanaged
    {
        TKey copy = key;
        if (outer.Live is KernelMap kernel)
        {
            if (inner.Live is not KernelMap) inner.Bind(KernelMap.Create(inner.Definition));
            new DescriptorMapView<TKey>(kernel).Set(copy, ((KernelMap)inner.Live).Handle);
            return;
        }

        VmMap memory = inner.Memory;
        Nectar.Bpf.Maps.Errno errno = outer.Memory switch
        {
            VmArrayOfMaps array => array.SetInner(*(uint*)&copy, memory),
            VmHashOfMaps hash => hash.SetInner(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in copy)), memory),
            _ => Nectar.Bpf.Maps.Errno.EINVAL,
        };
        if (errno != Nectar.Bpf.Maps.Errno.None) throw new MapException(outer.Live, "update", errno);
    }

    /// <summary>Empties an entry. False if it was empty. Programs cannot do it.</summary>
    internal static bool Remove<TKey>(Map outer, ref readonly TKey key)
        where TKey : unmanaged => outer.Live.Delete(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key))) == Nectar.Bpf.Maps.Errno.None;
}
