// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>What the program uses that the kernel asked about does not have yet, as far as the code alone shows it; asked before any path is walked.</summary>
internal static class VersionCheck
{
    private const int TailCall = 12;

    private static readonly (SpecialFieldKind Kind, KernelFeature Feature)[] s_fields =
    [
        (SpecialFieldKind.SpinLock, KernelFeature.SpinLocks), (SpecialFieldKind.ResilientSpinLock, KernelFeature.ResilientLocks), (SpecialFieldKind.Timer, KernelFeature.Timers),
        (SpecialFieldKind.WorkQueue, KernelFeature.WorkQueues), (SpecialFieldKind.TaskWork, KernelFeature.TaskWork), (SpecialFieldKind.KptrUnreferenced, KernelFeature.Kptrs),
        (SpecialFieldKind.KptrReferenced, KernelFeature.Kptrs), (SpecialFieldKind.KptrPerCpu, KernelFeature.PerCpuKptrs), (SpecialFieldKind.UserPointer, KernelFeature.UserPointers),
        (SpecialFieldKind.ListHead, KernelFeature.Lists), (SpecialFieldKind.TreeRoot, KernelFeature.Trees),
    ];

    internal static void Run(Analysis a)
    {
        if (a.Options.Kernel >= KernelVersion.Newest) return;
        CheckTypes(a);
        if (a.Input.Instructions.Length > FeatureRules.SmallProgram) Need(a, KernelFeature.LargePrograms, ViolationKind.ProgramTooLong, $"the program has {a.Input.Instructions.Length} instructions: ");
        bool hasTailCall = false;
        for (int slot = 0; slot < a.Input.Instructions.Length; slot++)
        {
            a.Slot = slot;
            Instruction at = a.Input.Instructions[slot];
            CheckInstruction(a, at);
            hasTailCall |= at.Opcode == 0x85 && at.Source == 0 && at.Immediate == TailCall;
            if (hasTailCall && a.Program.SubprogramCount > 1) Need(a, KernelFeature.TailCallsWithFunctions, ViolationKind.TailCallMix);
            if (at.IsWide) slot++;
        }

        a.Slot = 0;
        if (a.Options.Kernel < FeatureRules.Since(KernelFeature.Loops) && BackEdge.Find(a.Program) is >= 0 and int edge)
        {
            a.Slot = edge;
            Need(a, KernelFeature.Loops, ViolationKind.LoopTooNew);
        }
    }

    private static void CheckTypes(Analysis a)
    {
        VerifierInput input = a.Input;
        bool namesHook = input.AttachType is not (null or AttachType.Xdp or AttachType.SkReuseportSelect or AttachType.PerfEvent) && input.Type != ProgramType.StructOps; // older kernels load these without
        KernelVersion type = TypeSince.Find(input.Type), attach = namesHook ? TypeSince.Find(input.AttachType!.Value) : default;
        if (a.Options.Kernel < type) a.Refuse(ViolationKind.ProgramType, -1, $"programs of type {input.Type} came with Linux {type}, the kernel asked about is {a.Options.Kernel}");
        if (a.Options.Kernel < attach && !IsIgnored(input)) a.Refuse(ViolationKind.AttachType, -1, $"programs for {input.AttachType} came with Linux {attach}, the kernel asked about is {a.Options.Kernel}");
        if (input.IsSleepable && ProgramTypeRules.Sleeping(input.Type, input.AttachType) is { } sleeping) Need(a, sleeping, ViolationKind.SleepableType);
    }

    /// <summary>Types of attachment that older kernels do not look at when they load: such a program loads there, and is attached in another way.</summary>
    private static bool IsIgnored(VerifierInput input) => (input.Type, input.AttachType) is (ProgramType.Xdp, AttachType.Xdp) or (ProgramType.SkReuseport, AttachType.SkReuseportSelect)
        or (ProgramType.PerfEvent, AttachType.PerfEvent) or (ProgramType.SchedCls, _);

    private static void CheckInstruction(Analysis a, Instruction at)
    {
        if (a.Program.Rows[a.Slot] is { MinimumKernel: not 0 } row && a.Options.Kernel.Code < row.MinimumKernel)
        {
            a.Refuse(ViolationKind.InstructionTooNew, -1, $"the instruction {row.Operation} ({row.Width} bits) came with Linux {KernelVersion.FromCode(row.MinimumKernel)}, the kernel asked about is {a.Options.Kernel}");
        }

        if (!at.IsWide) return;
        switch ((PseudoSource)at.Source)
        {
            case PseudoSource.MapIndexValue or PseudoSource.MapValue:
                Need(a, KernelFeature.GlobalVariables, ViolationKind.FeatureTooNew);
                CheckMap(a, at.Immediate);
                break;
            case PseudoSource.MapIndex or PseudoSource.MapFd:
                CheckMap(a, at.Immediate);
                break;
            case PseudoSource.BtfId:
                Need(a, KernelFeature.KernelVariables, ViolationKind.FeatureTooNew);
                break;
            case PseudoSource.Function:
                Need(a, KernelFeature.Callbacks, ViolationKind.FeatureTooNew);
                break;
        }
    }

    private static void CheckMap(Analysis a, int map)
    {
        if ((uint)map >= (uint)a.Input.Maps.Count) return;
        MapDefinition definition = a.Input.Maps[map];
        KernelVersion since = TypeSince.Find(definition.Type);
        if (a.Options.Kernel < since) a.Refuse(ViolationKind.MapUnknown, -1, $"maps of type {definition.Type} ('{definition.Name}') came with Linux {since}, the kernel asked about is {a.Options.Kernel}");
        foreach (SpecialField field in a.Calls.Fields.OfMap(map).Fields)
        {
            foreach ((SpecialFieldKind kind, KernelFeature feature) in s_fields)
            {
                if (kind == field.Kind) Need(a, feature, ViolationKind.FeatureTooNew, $"map '{definition.Name}': ");
            }
        }
    }

    private static void Need(Analysis a, KernelFeature feature, ViolationKind kind, string what = "")
    {
        if (a.Options.Kernel >= FeatureRules.Since(feature)) return;
        a.Refuse(kind, -1, $"{what}{FeatureRules.NameOf(feature)} came with Linux {FeatureRules.Since(feature)}, the kernel asked about is {a.Options.Kernel}");
    }
}
