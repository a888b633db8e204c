// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A range of native memory that programs may touch, made of equal elements.</summary>
/// <param name="Start">Address of the first element.</param>
/// <param name="Length">Bytes in all.</param>
/// <param name="Stride">Bytes from one element to the next.</param>
/// <param name="Offset">Where in an element the accessible bytes begin.</param>
/// <param name="Size">How many bytes of an element are accessible.</param>
/// <param name="IsReadOnly">True if programs may only read.</param>
internal readonly record struct MapRegion(ulong Start, ulong Length, uint Stride, uint Offset, uint Size, bool IsReadOnly);

/// <summary>
/// A map of the machine in this process. Element memory is native, allocated once and never moved or freed before the map
/// is, so that pointers held by running programs stay valid; what programs call takes pointers, what users call takes spans.
/// </summary>
internal abstract unsafe class VmMap : BpfMap
{
    private GCHandle _handle;

    /// <summary>Makes the header; the derived class fills in where elements are.</summary>
    /// <param name="definition">What to make.</param>
    /// <param name="cpuCount">Processors that per-CPU maps have values for.</param>
    protected VmMap(MapDefinition definition, int cpuCount)
        : base(definition)
    {
        CpuCount = cpuCount;
        Header = (MapHeader*)NativeMemory.AllocZeroed((nuint)sizeof(MapHeader));
        _handle = GCHandle.Alloc(this, GCHandleType.Weak);
        Header->Magic = MapHeader.MagicNumber;
        Header->Type = (uint)definition.Type;
        Header->KeySize = definition.KeySize;
        Header->ValueSize = definition.ValueSize;
        Header->MaxEntries = definition.MaxEntries;
        Header->Owner = GCHandle.ToIntPtr(_handle);
    }

    /// <summary>The map's handle in registers.</summary>
    internal MapHeader* Header { get; private set; }

    /// <summary>Processors that per-CPU maps have values for.</summary>
    internal int CpuCount { get; }

    /// <summary>The memory that programs may touch through pointers that this map gave them.</summary>
    internal virtual ReadOnlySpan<MapRegion> Regions => [];

    /// <summary><c>bpf_map_lookup_elem</c>: the address of the value (for maps of maps: the inner map's header), or null.</summary>
    internal abstract byte* LookupPointer(byte* key, uint cpu);

    /// <summary><c>bpf_map_update_elem</c>: 0 or a negative errno.</summary>
    internal abstract long UpdateFromProgram(byte* key, byte* value, ulong flags, uint cpu);

    /// <summary><c>bpf_map_delete_elem</c>: 0 or a negative errno.</summary>
    internal abstract long DeleteFromProgram(byte* key);

    /// <summary>Finds the managed map behind a header that is known to be one.</summary>
    internal static VmMap? FromHeader(MapHeader* header) => GCHandle.FromIntPtr(header->Owner).Target as VmMap;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Header is not null)
        {
            _handle.Free();
            Header->Magic = 0;
            NativeMemory.Free(Header);
            Header = null;
        }

        base.Dispose(disposing);
    }
}
