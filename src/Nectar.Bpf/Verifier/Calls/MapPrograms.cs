// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Maps that programs of some types cannot use at all, whatever they do with them.</summary>
internal static class MapPrograms
{
    private static readonly HashSet<MapType> s_sleepable =
    [
        MapType.Hash, MapType.LruHash, MapType.Array, MapType.PerCpuHash, MapType.PerCpuArray, MapType.LruPerCpuHash, MapType.ArrayOfMaps, MapType.HashOfMaps,
        MapType.RingBuf, MapType.UserRingBuf, MapType.InodeStorage, MapType.SkStorage, MapType.TaskStorage, MapType.CgrpStorage, MapType.Queue, MapType.Stack,
        MapType.Arena, MapType.InsnArray,
    ];

    /// <summary>Checks every map that the code names, reached or not.</summary>
    internal static void Check(Analysis a)
    {
        for (int slot = 0; slot < a.Input.Instructions.Length; slot++)
        {
            if (a.Program.Rows[slot] is not { Operation: Operation.LdImm64 }) continue;
            Instruction load = a.Input.Instructions[slot];
            if ((PseudoSource)load.Source is not (PseudoSource.MapIndex or PseudoSource.MapIndexValue) || (uint)load.Immediate >= (uint)a.Input.Maps.Count) continue;
            a.Slot = slot;
            Check(a, load.Immediate);
        }
    }

    private static void Check(Analysis a, int index)
    {
        MapDefinition map = a.Maps[index];
        SpecialFields fields = a.Calls.Fields.OfMap(index);
        bool isTracing = a.Input.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable;
        foreach (SpecialField field in fields.Fields)
        {
            bool isLock = field.Kind is SpecialFieldKind.SpinLock or SpecialFieldKind.ResilientSpinLock;
            bool isOfTracing = isLock || field.Kind is SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue or SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot;
            if ((isTracing && isOfTracing && field.Kind != SpecialFieldKind.ResilientSpinLock) || (isLock && a.Input.Type == ProgramType.SocketFilter))
            {
                a.Refuse(ViolationKind.MapNotAllowed, -1, $"map '{map.Name}' has a {field.TypeName} in its values, which programs of type {a.Input.Type} cannot use");
            }
        }

        if (map.Type == MapType.StructOps) a.Refuse(ViolationKind.MapNotAllowed, -1, $"map '{map.Name}' is of type {map.Type}, which no program can use");
        if (a.Input.IsSleepable && !s_sleepable.Contains(map.Type)) a.Refuse(ViolationKind.SleepableMap, -1, $"map '{map.Name}' is of type {map.Type}, which sleepable programs cannot use");
    }
}
