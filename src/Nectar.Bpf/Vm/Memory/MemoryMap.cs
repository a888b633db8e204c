// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>A range of native memory and what it is, for look-up and for fault texts.</summary>
/// <param name="Low">First address.</param>
/// <param name="High">Address behind the last byte.</param>
/// <param name="Region">How the range is divided into elements.</param>
/// <param name="Map">The map it belongs to, or null.</param>
/// <param name="Name">What to call it in fault texts.</param>
internal readonly record struct MemoryRange(ulong Low, ulong High, MapRegion Region, VmMap? Map, string Name);

/// <summary>
/// The memory that programs of an object may touch beyond stack, context and packet: values of maps, and what the caller granted.
/// Immutable once made; the host publishes a new one when maps come or go.
/// </summary>
internal sealed unsafe class MemoryMap
{
    internal static readonly MemoryMap Empty = new([]);

    private readonly ulong[] _lows;
    private readonly MemoryRange[] _ranges;

    internal MemoryMap(IEnumerable<MemoryRange> ranges)
    {
        _ranges = [.. ranges.Where(r => r.High > r.Low).OrderBy(r => r.Low)];
        _lows = [.. _ranges.Select(r => r.Low)];
    }

    internal ReadOnlySpan<MemoryRange> Ranges => _ranges;

    /// <summary>Makes the ranges of a map.</summary>
    internal static IEnumerable<MemoryRange> RangesOf(VmMap map)
    {
        List<MemoryRange> ranges = [];
        foreach (MapRegion region in map.Regions) ranges.Add(new MemoryRange(region.Start, region.Start + region.Length, region, map, map.Name));
        return ranges;
    }

    /// <summary>The index of the last range that starts at or below an address; -1 if there is none.</summary>
    internal int IndexOf(ulong address)
    {
        int low = 0, high = _lows.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_lows[middle] <= address) low = middle + 1;
            else high = middle - 1;
        }

        return high;
    }

    /// <summary>Finds the bounds around an access that is allowed: a frame, the packet, a record held, an element of a map, granted memory. Not the context.</summary>
    internal static bool TryFind(VmState* state, ulong address, uint size, bool write, out ulong low, out ulong length)
    {
        if (address - state->PacketMeta < state->PacketEnd - state->PacketMeta)
        {
            low = state->PacketMeta;
            length = state->PacketEnd - low;
        }
        else if (address - state->StackLow < state->StackTop - state->StackLow)
        {
            // One frame at a time: what lies in frames not yet entered, or across two frames, is no object of the program.
            ulong frame = (state->StackTop - 1 - address) / VmState.FrameSize;
            low = state->StackTop - ((frame + 1) * VmState.FrameSize);
            length = VmState.FrameSize;
            if (frame > state->CallDepth) return false;
        }
        else if (!VmSupport.Session(state).TryFindRegion(address, write, out low, out length))
        {
            return false;
        }

        ulong offset = address - low;
        return offset < length && length - offset >= size;
    }

    /// <summary>Finds the bounds of the element around an address.</summary>
    internal bool TryFind(ulong address, bool write, out ulong low, out ulong length)
    {
        low = length = 0;
        int index = IndexOf(address);
        if (index < 0) return false;
        ref readonly MemoryRange range = ref _ranges[index];
        if (address >= range.High || (write && range.Region.IsReadOnly)) return false;
        if (range.Region.Stride == 0)
        {
            low = range.Low;
            length = range.High - range.Low;
            return true;
        }

        ulong element = (address - range.Low) / range.Region.Stride;
        low = range.Low + (element * range.Region.Stride) + range.Region.Offset;
        length = range.Region.Size;
        return address >= low;
    }
}
