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
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Lowering;

/// <summary>From a bound script to an object and what user space has to know about it.</summary>
internal static class ScriptLowering
{
    /// <summary>Makes the plan of a script; null if there are errors, which are in <paramref name="diagnostics"/>.</summary>
    public static TracePlan? Lower(BoundScript script, LoweringOptions options, DiagnosticBag diagnostics)
    {
        ScriptModule module = new(script.Source, script.Config, options, diagnostics);
        ImmutableArray<PlannedMap>.Builder maps = ImmutableArray.CreateBuilder<PlannedMap>(script.Maps.Length);
        foreach (TraceMap map in script.Maps.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name)))
        {
            MapStorage storage = MapLowering.Define(module, map);
            maps.Add(new PlannedMap(map, storage.ObjectName, storage.IsPerCpu, storage.IsArray));
        }

        ImmutableArray<PlannedProbe>.Builder probes = ImmutableArray.CreateBuilder<PlannedProbe>(script.Probes.Length);
        foreach (BoundProbe probe in script.Probes)
        {
            foreach (BoundProbe one in Programs(probe))
            {
                if (Lower(module, one) is { } planned) probes.Add(planned);
            }
        }

        if (!options.HasLargeScratch && module.ScratchMap?.Definition.ValueSize > ScriptModule.LargestPerCpuValue) return Lower(script, options with { HasLargeScratch = true }, diagnostics);
        if (diagnostics.HasErrors || ModuleCompiler.Compile(module.Module, diagnostics, afterPass: options.AfterPass) is not { } made) return null;
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

    /// <summary>A name for one of several programs of a probe.</summary>
    internal static string NumberedName(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");

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
        ProbeForm form = ProbePrograms.FormOf(new PlannedProbe(probe.ProgramName, probe.Kind, probe.Targets, []) { ReadsArguments = true, UsesRecord = usesRecord });
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

        PlannedProbe planned = new(probe.ProgramName, probe.Kind, probe.Targets, [.. lowering.Cookies]) { ReadsArguments = lowering.ReadsArguments, IsSleepable = lowering.IsSleepable, UsesRecord = usesRecord };
        module.Module.Programs.Add(new IrProgram(function, ProbePrograms.SectionFor(planned)));
        return planned;
    }
}
