// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Inspection;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>fentry and fexit: functions that the kernel's types describe, and programs.</summary>
internal static class TrampolineProbes
{
    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        if (point.Function.Length == 0)
        {
            resolver.Error("fentry/fexit should specify a function");
            return;
        }

        if (point.Target == "bpf") Programs(resolver);
        else if (KernelBtf.Running.TryVmlinux is null) resolver.Error($"{ProbeProviders.NameOf(point.Kind)} needs the kernel's types (BTF)", "help: use a kprobe, or a kernel with CONFIG_DEBUG_INFO_BTF=y");
        else Functions(resolver);
    }

    /// <summary>The functions with types that fit two patterns, in order.</summary>
    public static List<(string Module, string Name, BtfTypes Types, uint Id)> Match(string module, string name, TraceableFunctions? traceable)
    {
        List<(string Module, string Name, BtfTypes Types, uint Id)> found = [];
        string owner = module.Length == 0 ? "*" : module;
        if (Wildcard.Matches(owner, "vmlinux")) Find("vmlinux", KernelBtf.Running.Vmlinux);
        foreach (KernelModuleBtf other in KernelBtf.Running.Modules)
        {
            if (Wildcard.Matches(owner, other.Name)) Find(other.Name, other.Types);
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Module, b.Module) is var order and not 0 ? order : string.CompareOrdinal(a.Name, b.Name));
        return found;

        void Find(string from, BtfTypes types)
        {
            if (!Wildcard.Is(name))
            {
                uint id = types.FindByName(name, BtfKind.Func);
                if (id >= Math.Max(1, types.FirstId)) found.Add((from, name, types, id));
                return;
            }

            HashSet<string>? hookable = traceable is null ? null : [.. traceable.Match(from, name).Select(function => function.Name)];
            for (uint id = Math.Max(1, types.FirstId); id < types.Count; id++)
            {
                BtfType type = types[id];
                if (type.Kind != BtfKind.Func) continue;
                string text = type.Name;
                if (Wildcard.Matches(name, text) && (hookable is null || hookable.Contains(text))) found.Add((from, text, types, id));
            }
        }
    }

    private static void Functions(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        bool isPattern = Wildcard.Is(point.Target) || Wildcard.Is(point.Function);
        List<(string Module, string Name, BtfTypes Types, uint Id)> found = Match(point.Target, point.Function, Wildcard.Is(point.Function) ? TraceableFunctions.Of(resolver.Options) : null);
        if (!isPattern && point.Target.Length == 0 && found.Count > 1)
        {
            resolver.Error($"ambiguous attach point, please specify module containing the function '{point.Function}'", "help: one of " + string.Join(", ", found.Select(f => f.Module)));
            return;
        }

        foreach ((string module, string name, BtfTypes types, uint id) in found)
        {
            BtfType prototype = types[types[id].TypeId];
            ParsedPoint own = point with { Target = module, Function = name };
            resolver.Add(new ProbeTarget(point.Kind)
            {
                Name = own.Name,
                Group = module,
                Function = name,
                Arguments = () => BtfArguments.Make(types, prototype, 0, $"struct {ProbeProviders.NameOf(point.Kind)}_{name}_args", resolver.Options),
                Result = () => prototype.TypeId == 0 ? null : BtfArguments.TypeOf(types, prototype.TypeId, resolver.Options),
            });
        }

        if (found.Count == 0 && !isPattern) resolver.Missing(NearestNames.Help(point.Function, Match("vmlinux", "*", null).Select(f => f.Name)));
    }

    /// <summary>Programs that are loaded: <c>bpf:id:name</c>.</summary>
    private static void Programs(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        int count = 0;
        foreach ((uint id, string name) in RunningPrograms.Match(point.ProgramId, point.Function))
        {
            count++;
            ParsedPoint own = point with { ProgramId = id, Function = name };
            resolver.Add(new ProbeTarget(point.Kind) { Name = own.Name, Group = "bpf", Function = name, ProgramId = id });
        }

        if (count > 0 || Wildcard.Is(point.Function) || point.ProgramId == 0) return;
        string number = point.ProgramId.ToString(CultureInfo.InvariantCulture);
        resolver.Reporter.Missing(resolver.Options.Config.MissingProbes, $"No matches for {ProbeProviders.NameOf(point.Kind)} bpf:{number}:{point.Function}");
    }
}
