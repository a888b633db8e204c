// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Calls that work on a map.</summary>
internal static class MapCalls
{
    /// <summary>The map argument: arguments after it are measured with it.</summary>
    internal static void Take(Analysis a, ref HelperData data, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        if (data.Map >= 0 && (data.Map != value.Target || data.MapInstance != value.Origin))
        {
            a.Refuse(ViolationKind.ArgumentMapMismatch, register, $"r1 lies in a value of map '{a.Maps[data.Map].Name}', but r{register} is map '{a.Maps[value.Target].Name}'{(data.Map == value.Target ? ", another instance of it" : "")}");
        }

        (data.Map, data.MapInstance) = (value.Target, value.Origin);
    }

    /// <summary>The key: memory of the map's key size.</summary>
    internal static void CheckKey(Analysis a, ref HelperData data, int register)
    {
        MapDefinition map = a.Maps[data.Map];
        RawMemory none = default;
        MemoryAccess.CheckHelperRegion(a, register, (int)map.KeySize, false, false, ref none);
        if (data.Helper.Id == HelperId.MapLookup && a.Since(6, 14) && map.Type is MapType.Array or MapType.PerCpuArray) data.ConstantKey = FindConstant(a, register, (int)map.KeySize);
    }

    /// <summary>Maps that programs may not change, and which program a tail call goes to.</summary>
    internal static void Remember(Analysis a, ref HelperData data)
    {
        if (data.Map < 0) return;
        MapDefinition map = a.Maps[data.Map];
        if (data.Helper.Id is HelperId.MapUpdate or HelperId.MapDelete or HelperId.MapPush or HelperId.MapPop && map.IsReadOnlyToPrograms)
        {
            a.Refuse(ViolationKind.ReadOnlyMap, 1, $"{data.Helper.Name} would change map '{map.Name}', which is read-only to programs");
        }

        if (data.Helper.Id == HelperId.TailCall && a.Registers[3] is { IsConstant: true } index && index.Range.Bits.Value < map.MaxEntries) a.Precision.Mark(3);
    }

    /// <summary>Checks that the helper works on maps of this type.</summary>
    internal static void CheckFits(Analysis a, ref HelperData data)
    {
        if (data.Map < 0) return;
        MapDefinition map = a.Maps[data.Map];
        if (MapHelperRules.Allows(map.Type, data.Helper.Id, a.Calls.Traits)) return;
        ViolationKind kind = data.Helper.Id == HelperId.TailCall ? ViolationKind.TailCallMap : ViolationKind.MapHelper;
        a.Refuse(kind, 1, $"{data.Helper.Name} does not work on map '{map.Name}' of type {map.Type}");
    }

    /// <summary>The number that lies where a register points in the stack; -1 if it is not known.</summary>
    private static long FindConstant(Analysis a, int register, int size)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (pointer.Kind != RegisterKind.Stack || !pointer.HasConstantRange) return -1;
        long offset = pointer.Offset + (long)pointer.Range.Bits.Value;
        FrameState frame = a.State.Frames[pointer.Target]!;
        int slot = StackAccess.SlotOf((int)offset), first = StackAccess.ByteOf((int)offset);
        if (offset >= 0 || slot >= frame.StackSlots) return -1;
        ref StackSlot entry = ref frame.Stack[slot];
        if (Run(entry, first, SlotKind.Zero) >= size) return 0;
        if (!entry.IsSpill || entry.Spilled.Kind != RegisterKind.Scalar || Run(entry, first, SlotKind.Spill) != size || !entry.Spilled.IsConstant) return -1;
        long key = (long)entry.Spilled.Range.Bits.Value;
        a.Precision.MarkSlot(pointer.Target, slot);
        return key;
    }

    private static int Run(in StackSlot slot, int first, SlotKind kind)
    {
        int count = 0;
        for (int b = first; b >= 0 && slot.KindAt(b) == kind; b--) count++; // towards higher addresses
        return count;
    }
}
