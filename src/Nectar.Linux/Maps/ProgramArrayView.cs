// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Maps;

/// <summary>
/// An array of programs for tail calls. All have the type of the first one that was put in. The kernel empties the array when the last
/// descriptor and pin of it are gone, even while a program that uses it is attached: keep it open.
/// </summary>
public sealed class ProgramArrayView
{
    private readonly DescriptorMapView<uint> _slots;

    /// <summary>Makes a view.</summary>
    /// <exception cref="Bpf.Diagnostics.LoadException">The map holds no programs.</exception>
    public ProgramArrayView(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "an array of programs", MapType.ProgArray);
        _slots = new DescriptorMapView<uint>(map);
    }

    /// <summary>Slots of the array.</summary>
    public int Count => (int)_slots.Map.Definition.MaxEntries;

    /// <summary>Puts a program into a slot, in the place of the one that is there; tail calls see one or the other.</summary>
    /// <exception cref="MapException">The program is of another type than those in the array, or the slot does not exist.</exception>
    public void Set(uint slot, KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        _slots.Set(slot, program.Handle);
    }

    /// <summary>The number of the program in a slot; false if it is empty.</summary>
    public bool TryGetId(uint slot, out uint id)
    {
        bool found = _slots.TryGetId(slot, out ulong wide);
        id = (uint)wide;
        return found;
    }

    /// <summary>Empties a slot: tail calls to it fall through.</summary>
    /// <returns>False if it was empty.</returns>
    public bool Clear(uint slot) => _slots.Remove(slot);
}
