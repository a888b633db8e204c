// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering;

/// <summary>From a bound script to an object and what user space has to know about it.</summary>
internal static class ScriptLowering
{
    /// <summary>Makes the plan of a script; null if there are errors, which are in <paramref name="diagnostics"/>.</summary>
    public static TracePlan? Lower(BoundScript script, LoweringOptions options, DiagnosticBag diagnostics)
    {
        ScriptModule module = new(script.Source, script.Config, options, diagnostics) { CanExit = CanExit(script) };
        ImmutableArray<PlannedMap>.Builder maps = ImmutableArray.CreateBuilder<PlannedMap>(script.Maps.Length);
        foreach (TraceMap map in script.Maps.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name)))
        {
            MapStorage storage = MapLowering.Define(module, map);
            maps.Add(new PlannedMap(map, storage.ObjectName, storage.IsPerCpu, storage.IsArray));
        }

        ImmutableArray<PlannedProbe>.Builder probes = ImmutableArray.CreateBuilder<PlannedProbe>(script.Probes.Length);
        foreach (BoundProbe probe in script.Probes)
        {
            foreach (BoundProbe one in Programs(Hooked(probe)))
            {
                if (Lower(module, one) is { } planned) probes.Add(planned);
            }
        }

        if (!options.HasLargeScratch && module.ScratchMap?.Definition.ValueSize > ScriptModule.LargestPerCpuValue) return Lower(script, options with { HasLargeScratch = true }, diagnostics);
        options.BeforePasses?.Invoke(module.Module);
        if (diagnostics.HasErrors || ModuleCompiler.Compile(module.Module, diagnostics, afterPass: options.AfterPass) is not { } made) return null;
        options.AfterPasses?.Invoke(module.Module);
        return new TracePlan
        {
            Object = made.Object,
            Config = script.Config,
            Probes = probes.ToImmutable(),
            Actions = [.. module.Actions],
            Maps = maps.ToImmutable(),
            Strings = [.. module.Strings],
        };
    }

    private static bool CanExit(BoundScript script)
    {
        bool found = false;
        foreach (BoundProbe probe in script.Probes) TreeWalk.Visit(probe.Syntax, Look);
        foreach (Subprogram function in script.Functions) TreeWalk.Visit(function, Look);
        return found;

        bool Look(Node node)
        {
            found |= node is Call { Name: "exit" or "assert" };
            return !found;
        }
    }

    /// <summary>A name for one of several programs of a probe.</summary>
    internal static string NumberedName(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");

    /// <summary>From here on it is the hooks that count which are really taken; what the script calls them is in their names.</summary>
    private static BoundProbe Hooked(BoundProbe probe) => probe.Targets[0].Substitute is { } first
        ? probe with { Kind = first.Kind, Targets = [.. probe.Targets.Select(target => target.Substitute!)] } : probe;

    /// <summary>The programs that a probe needs: several where hooks take one each, or pass arguments differently.</summary>
    private static ImmutableArray<BoundProbe> Programs(BoundProbe probe) => probe.Kind switch
    {
        ProbeKind.Fentry or ProbeKind.Fexit or ProbeKind.Iterator when probe.Targets.Length > 1 =>
            [.. probe.Targets.Select((target, i) => probe with { ProgramName = NumberedName(probe.ProgramName, i), Targets = [target] })],
        _ => [probe],
    };

    private static PlannedProbe? Lower(ScriptModule module, BoundProbe probe, bool usesRecord = false)
    {
        IrFunction function = new(probe.ProgramName, IrType.I32);
        ProbeForm form = ProbePrograms.FormOf(new PlannedProbe(probe.ProgramName, probe.Kind, probe.Targets, []) { ReadsArguments = true, UsesRecord = usesRecord, HasSingleLinks = HasSingleLinks(module.Options, probe.Kind) });
        ProbeLowering lowering = new(module, probe, function, form);
        int functions = module.Module.Functions.Count;
        module.Module.Functions.Add(function);
        try
        {
            lowering.Statements.Program(probe.Syntax);
        }
        catch (RecordNeededException) when (!usesRecord)
        {
            module.Module.Functions.RemoveRange(functions, module.Module.Functions.Count - functions);
            return Lower(module, probe, usesRecord: true);
        }
        catch (LoweringException refusal)
        {
            module.Diagnostics.Add(refusal.Diagnostic);
            return null;
        }

        PlannedProbe planned = new(probe.ProgramName, probe.Kind, probe.Targets, [.. lowering.Cookies]) { ReadsArguments = lowering.ReadsArguments, IsSleepable = lowering.IsSleepable, UsesRecord = usesRecord, HasSingleLinks = HasSingleLinks(module.Options, probe.Kind) };
        module.Module.Programs.Add(new IrProgram(function, ProbePrograms.SectionFor(planned)));
        return planned;
    }

    private static bool HasSingleLinks(LoweringOptions options, ProbeKind kind) => kind switch
    {
        ProbeKind.Kprobe or ProbeKind.Kretprobe => options.MissingFeatures.Contains("kprobe_multi"),
        ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt => options.MissingFeatures.Contains("uprobe_multi"),
        _ => false,
    };
}
