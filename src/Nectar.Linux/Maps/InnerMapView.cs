// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Maps;

/// <summary>An array or hash of maps (kernel 4.12). Programs see another inner map from one look-up to the next: no update is half done.</summary>
/// <typeparam name="TKey">The key: <see cref="uint"/> for arrays.</typeparam>
public sealed class InnerMapView<TKey>
    where TKey : unmanaged
{
    private readonly DescriptorMapView<TKey> _slots;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map holds no maps, or the key's size differs.</exception>
    public InnerMapView(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a map of maps", MapType.ArrayOfMaps, MapType.HashOfMaps);
        _slots = new DescriptorMapView<TKey>(map);
    }

    /// <summary>Creates a map that fits, from the template of the object; nothing is put into the map of maps yet.</summary>
    /// <param name="name">The new map's name.</param>
    /// <exception cref="KernelException">The map was opened by id or path, so that its template is not known (NEC4064), or the kernel refuses.</exception>
    public KernelMap CreateInner(string name)
    {
        if (_slots.Map.Definition.Inner is not { } template)
        {
            throw new KernelException(
                Diagnostic.Error(KernelMapCodes.Unfit, $"map '{_slots.Map.Name}': create an inner map: the kernel does not tell what inner maps it was made for", "help: create one with KernelMap.Create, like those that are in it"),
                Errno.ENODATA,
                "bpf(BPF_OBJ_GET_INFO_BY_FD)",
                $"map '{_slots.Map.Name}'");
        }

        return KernelMap.Create(template, new KernelMapOptions { KernelName = name });
    }

    /// <summary>Puts a map in, in the place of the one that is there.</summary>
    /// <exception cref="MapException">The map does not fit the template.</exception>
    public void Set(TKey key, KernelMap inner, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _slots.Set(key, inner.Handle, flags);
    }

    /// <summary>Opens the map that is at a key; the caller disposes it. Null if there is none, or it went between the two calls that this takes.</summary>
    public KernelMap? TryOpen(TKey key) => _slots.TryGetId(key, out ulong id) ? KernelMap.TryOpenById((uint)id) : null;

    /// <summary>Takes a map out.</summary>
    /// <returns>False if there was none.</returns>
    public bool Remove(TKey key) => _slots.Remove(key);
}
