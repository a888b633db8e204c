// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>64-bit constants: numbers, maps, values of maps, functions and variables of the kernel.</summary>
internal static class WideLoadCheck
{
    internal static void Check(Analysis a, Instruction instruction)
    {
        ref RegisterState destination = ref a.Registers[instruction.Destination];
        Instruction second = a.Input.Instructions[a.Slot + 1];
        switch ((PseudoSource)instruction.Source)
        {
            case PseudoSource.None:
                destination = RegisterState.Constant(Instruction.WideImmediate(instruction, second));
                return;
            case PseudoSource.MapIndex:
                destination = RegisterState.Pointer(RegisterKind.ConstMap);
                destination.Target = instruction.Immediate;
                return;
            case PseudoSource.MapIndexValue:
                LoadValue(a, ref destination, instruction.Immediate, (uint)second.Immediate);
                return;
            case PseudoSource.Function:
                LoadFunction(a, ref destination, a.Slot + 1 + instruction.Immediate);
                return;
            case PseudoSource.BtfId:
                LoadVariable(a, ref destination);
                return;
            default:
                a.Refuse(ViolationKind.BadMapReference, -1, "the constant stands for a map by file descriptor: the program was not linked");
                return;
        }
    }

    /// <summary>What is wrong with the map that a constant stands for; null if nothing is. It counts also where no path leads.</summary>
    internal static string? FlawOf(IReadOnlyList<MapDefinition> maps, Instruction first, Instruction second)
    {
        if ((PseudoSource)first.Source is not (PseudoSource.MapIndex or PseudoSource.MapIndexValue)) return null;
        if ((uint)first.Immediate >= (uint)maps.Count) return $"the program refers to map {first.Immediate}, it has {maps.Count}";
        MapDefinition map = maps[first.Immediate];
        uint offset = (uint)second.Immediate;
        if ((PseudoSource)first.Source == PseudoSource.MapIndex || map.Type == MapType.Arena) return null;
        if (map.Type != MapType.Array || map.MaxEntries != 1) return $"the address of a value needs an array with one element, map '{map.Name}' is {map.Type} with {map.MaxEntries}";
        return offset < map.ValueSize ? null : $"offset {offset} is outside of the {map.ValueSize} bytes of map '{map.Name}'";
    }

    private static void LoadValue(Analysis a, ref RegisterState destination, int map, uint offset)
    {
        MapDefinition definition = a.Maps[map];
        if (definition.Type == MapType.Arena)
        {
            destination = RegisterState.Unknown;
            return;
        }

        destination = RegisterState.Pointer(RegisterKind.MapValue);
        destination.Target = map;
        destination.Offset = (int)offset;
        // the map has one element: all addresses in it are of the same lock, and none needs an id
    }

    private static void LoadFunction(Analysis a, ref RegisterState destination, int slot)
    {
        int subprogram = a.Program.SubprogramAt(slot);
        if (subprogram < 0) a.Refuse(ViolationKind.BadCallTarget, -1, $"no function begins at slot {slot}");
        if (a.Program.IsGlobal[subprogram]) a.Refuse(ViolationKind.CallbackNotStatic, -1, "a callback has to be a static function");
        destination = RegisterState.Pointer(RegisterKind.Function);
        destination.Target = subprogram;
    }

    private static void LoadVariable(Analysis a, ref RegisterState destination)
    {
        if (!a.Input.Variables.TryGetValue(a.Slot, out InputVariable variable) || a.Options.KernelTypes is not { } types || variable.TypeId == 0)
        {
            destination = RegisterState.Unknown;
            return;
        }

        BtfType type = types[variable.TypeId];
        if (type.Kind == BtfKind.Func)
        {
            destination = RegisterState.Pointer(RegisterKind.Memory, PointerFlags.ReadOnly);
            return;
        }

        uint target = types.Resolve(type.TypeId);
        bool isPerCpu = BtfAccess.IsPerCpuVariable(types, variable.TypeId);
        if (types[target].Kind is BtfKind.Struct or BtfKind.Union)
        {
            destination = RegisterState.Pointer(RegisterKind.BtfObject, isPerCpu ? PointerFlags.PerCpu : PointerFlags.Trusted);
            destination.Target = (int)target;
            return;
        }

        if (isPerCpu)
        {
            destination = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.PerCpu);
            destination.Target = (int)target;
            return;
        }

        destination = RegisterState.Pointer(RegisterKind.Memory, PointerFlags.ReadOnly);
        destination.Extent = (int)Math.Max(0, types.SizeOf(target));
    }
}
