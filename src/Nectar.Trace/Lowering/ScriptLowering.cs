// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
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
        ScriptModule module = new(script.Source, script.Config, options, diagnostics) { StopsAtExit = script.Config.IsStrict && CanExit(script) };
        ImmutableArray<PlannedMap>.Builder maps = ImmutableArray.CreateBuilder<PlannedMap>(script.Maps.Length);
        foreach (TraceMap map in script.Maps.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name)))
        {
            MapStorage storage = MapLowering.Define(module, map);
            if (map.Name == options.ClockMap && map.IsScalar && map.ValueType.IsInteger) module.ClockMap = map;
            maps.Add(new PlannedMap(map, storage.ObjectName, storage.IsPerCpu, storage.IsArray));
        }

        ImmutableArray<PlannedProbe>.Builder probes = ImmutableArray.CreateBuilder<PlannedProbe>(script.Probes.Length);
        BoundProbe[] hooked = [.. script.Probes.Select(Hooked)];
        Dictionary<BoundProbe, BoundProbe> sessions = KprobeSessions.Pair(hooked, options);
        HashSet<BoundProbe> joined = new(sessions.Values, ReferenceEqualityComparer.Instance);
        foreach (BoundProbe probe in hooked)
        {
            if (joined.Contains(probe)) continue;
            foreach (BoundProbe one in Programs(probe))
            {
                if ((sessions.TryGetValue(one, out BoundProbe? back) ? LowerSession(module, one, back) : Lower(module, one)) is { } planned) probes.Add(planned);
            }
        }

        if (!options.HasLargeScratch && module.ScratchMap?.Definition.ValueSize > ScriptModule.LargestPerCpuValue) return Lower(script, options with { HasLargeScratch = true }, diagnostics);
        options.BeforePasses?.Invoke(module.Module);
        if (diagnostics.HasErrors || ModuleCompiler.Compile(module.Module, diagnostics, afterPass: options.AfterPass, afterStep: options.AfterPass, processors: options.Processors) is not { } made) return null;
        options.AfterPasses?.Invoke(module.Module);
        return new TracePlan
        {
            Object = made.Object,
            Config = script.Config,
            Probes = probes.ToImmutable(),
            Actions = [.. module.Actions],
            Maps = maps.ToImmutable(),
            Strings = [.. module.Strings],
            Restricted = [.. module.Restricted],
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

    /// <summary>From here on it is the hooks that count which are really taken; what the script calls them is in their names.</summary>
    private static BoundProbe Hooked(BoundProbe probe) => probe.Targets[0].Substitute is { } first
        ? probe with { Kind = first.Kind, Targets = [.. probe.Targets.Select(target => target.Substitute!)] } : probe;

    /// <summary>The programs that a probe needs: several where hooks take one each, or pass arguments differently.</summary>
    private static ImmutableArray<BoundProbe> Programs(BoundProbe probe) => probe.Kind switch
    {
        ProbeKind.Fentry or ProbeKind.Fexit or ProbeKind.Iterator when probe.Targets.Length > 1 =>
            [.. probe.Targets.Select((target, i) => probe with { ProgramName = ProgramNaming.Of(probe.ProgramName, i), Targets = [target] })],
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
            Fill(lowering, functions);
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

        PlannedProbe planned = Plan(lowering) with { ReadsArguments = lowering.ReadsArguments, IsSleepable = lowering.IsSleepable, UsesRecord = usesRecord, HasSingleLinks = HasSingleLinks(module.Options, probe.Kind) };
        module.Module.Programs.Add(new IrProgram(function, ProbePrograms.SectionFor(planned)));
        return planned;
    }

    private static void Fill(ProbeLowering lowering, int functions)
    {
        lowering.Statements.Program(lowering.Probe.Syntax);
        // Half of the values are constants, which take no instruction of their own.
        if (lowering.Frame.Function.ValueCount / 2 > ProgramLimits.Instructions) throw ProgramLimits.TooLarge(lowering, lowering.Probe.Syntax);
        ProgramLimits.Check(lowering, functions);
    }

    private static bool HasSingleLinks(LoweringOptions options, ProbeKind kind) => kind switch
    {
        ProbeKind.Kprobe or ProbeKind.Kretprobe => options.MissingFeatures.Contains("kprobe_multi"),
        ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt => options.MissingFeatures.Contains("uprobe_multi"),
        _ => false,
    };

    private static PlannedProbe? LowerSession(ScriptModule module, BoundProbe entry, BoundProbe back)
    {
        IrFunction program = new(entry.ProgramName, IrType.I32);
        module.Module.Functions.Add(program);
        if (Part(module, entry, "_entry") is not { } first || Part(module, back, "_return") is not { } second) return null;
        KprobeSessions.Join(module, program, first.Frame.Function, second.Frame.Function);
        PlannedProbe planned = Plan(first.Cookies.Count > 0 ? first : second) with { ProgramName = entry.ProgramName, Kind = entry.Kind, Targets = entry.Targets, IsSession = true };
        module.Module.Programs.Add(new IrProgram(program, ProbePrograms.SectionFor(planned)));
        return planned;
    }

    /// <summary>A probe as a function that its program calls; null if there are errors.</summary>
    private static ProbeLowering? Part(ScriptModule module, BoundProbe probe, string suffix)
    {
        IrFunction function = new(probe.ProgramName + suffix, IrType.I32);
        ProbeLowering lowering = new(module, probe, function, ProbePrograms.FormOf(new PlannedProbe(probe.ProgramName, probe.Kind, probe.Targets, []) { ReadsArguments = true }));
        int functions = module.Module.Functions.Count;
        module.Module.Functions.Add(function);
        try
        {
            Fill(lowering, functions);
            return lowering;
        }
        catch (LoweringException refusal)
        {
            module.Diagnostics.Add(refusal.Diagnostic);
            return null;
        }
    }

    private static PlannedProbe Plan(ProbeLowering made) => new(made.Probe.ProgramName, made.Kind, made.Probe.Targets, [.. made.Cookies]) { NeedsSameFile = made.NeedsSameFile };
}
