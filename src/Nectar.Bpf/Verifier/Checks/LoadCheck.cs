// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>What is asked once before any path is walked: may this type of program sleep, may it use the maps that it names.</summary>
internal static class LoadCheck
{
    // Since which kernel sleepable programs may use a type of map (check_map_prog_compatibility).
    private static readonly Dictionary<MapType, KernelVersion> s_sleepable = new()
    {
        [MapType.Hash] = new(5, 10), [MapType.LruHash] = new(5, 10), [MapType.Array] = new(5, 10),
        [MapType.PerCpuHash] = new(5, 12), [MapType.PerCpuArray] = new(5, 12), [MapType.LruPerCpuHash] = new(5, 12), [MapType.ArrayOfMaps] = new(5, 12), [MapType.HashOfMaps] = new(5, 12),
        [MapType.RingBuf] = new(5, 12), [MapType.InodeStorage] = new(5, 17), [MapType.SkStorage] = new(5, 17), [MapType.TaskStorage] = new(5, 17),
        [MapType.UserRingBuf] = new(6, 1), [MapType.CgrpStorage] = new(6, 2), [MapType.Queue] = new(6, 5), [MapType.Stack] = new(6, 5), [MapType.Arena] = new(6, 9),
    };

    private static readonly SpecialFieldKind[] s_notForTracing = [SpecialFieldKind.ListHead, SpecialFieldKind.TreeRoot, SpecialFieldKind.SpinLock, SpecialFieldKind.Timer, SpecialFieldKind.WorkQueue];

    internal static void Run(Analysis a)
    {
        VerifierInput input = a.Input;
        VersionCheck.Run(a);
        if (input.IsSleepable && ProgramTypeRules.Sleeping(input.Type, input.AttachType) is null) a.Refuse(ViolationKind.SleepableType, -1, $"programs of type {input.Type}{(input.AttachType is { } attach ? $" for {attach}" : "")} cannot be sleepable");
        if (!input.IsSleepable && input.Type == ProgramType.Syscall) a.Refuse(ViolationKind.SleepableType, -1, "syscall programs have to be sleepable");
        if (!input.IsGplCompatible && input.Type is ProgramType.Lsm or ProgramType.StructOps) a.Refuse(ViolationKind.License, -1, $"programs of type {input.Type} need a GPL-compatible license");
        if (input.Type == ProgramType.StructOps && StructOpsRules.Refusal(a.Calls.Traits) is { } refusal) a.Refuse(ViolationKind.StructOps, -1, refusal);
        bool[] seen = new bool[input.Maps.Count];
        for (int slot = 0; slot < input.Instructions.Length; slot++)
        {
            Instruction at = input.Instructions[slot];
            if (!at.IsWide) continue;
            if ((PseudoSource)at.Source is PseudoSource.MapIndex or PseudoSource.MapIndexValue && (uint)at.Immediate < (uint)seen.Length && !seen[at.Immediate])
            {
                seen[at.Immediate] = true;
                a.Slot = slot;
                CheckMap(a, at.Immediate, input.Maps[at.Immediate]);
            }

            slot++;
        }

        a.Slot = 0;
    }

    private static void CheckMap(Analysis a, int map, MapDefinition definition)
    {
        bool isTracing = a.Input.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable;
        foreach (SpecialField field in a.Calls.Fields.OfMap(map).Fields)
        {
            bool isForbidden = isTracing ? Array.IndexOf(s_notForTracing, field.Kind) >= 0 : a.Input.Type == ProgramType.SocketFilter && field.Kind == SpecialFieldKind.SpinLock;
            if (isForbidden) a.Refuse(ViolationKind.MapNotAllowed, -1, $"values of map '{definition.Name}' hold a {field.TypeName}, which programs of type {a.Input.Type} cannot use");
        }

        if (definition.Type == MapType.StructOps) a.Refuse(ViolationKind.MapNotAllowed, -1, $"map '{definition.Name}' is for struct_ops: programs cannot use it");
        if (a.Input.IsSleepable && !(s_sleepable.TryGetValue(definition.Type, out KernelVersion since) && a.Options.Kernel >= since))
        {
            a.Refuse(ViolationKind.SleepableMap, -1, $"sleepable programs cannot use maps of type {definition.Type}{(since == default ? "" : $" before {since}, the kernel asked about is {a.Options.Kernel}")}");
        }
    }
}
