// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Loading;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>kprobe and kretprobe.</summary>
internal static class KernelFunctionProbes
{
    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        if (point.Function.Length == 0 && point.Address is null)
        {
            resolver.Error("kprobes should be attached to a function or an address");
            return;
        }

        if (point.Address is not null)
        {
            resolver.Add(resolver.Same());
            return;
        }

        if (Wildcard.Is(point.Target) || Wildcard.Is(point.Function))
        {
            foreach ((string module, string name) in TraceableFunctions.Of(resolver.Options).Match(point.Target, point.Function))
                resolver.Add(Target(resolver, point with { Target = point.Target.Length == 0 ? "" : module, Function = name }));
            return;
        }

        bool exists = Exists(resolver, point);
        if (!exists && resolver.Options.Config.MissingProbes != MissingProbes.Ignore)
            resolver.Reporter.Warning($"{point.Function} is not traceable (either non-existing, inlined, or marked as \"notrace\"); attaching to it will likely fail");
        if (point.Target is not ("" or "vmlinux") && !ModuleFiles.IsLoaded(point.Target))
            resolver.Error($"specified module {point.Target} in probe {ProbeProviders.NameOf(point.Kind)}:{point.Target}:{point.Function} is not loaded.", NearestNames.Help(point.Target, ModuleFiles.Names()));
        else if (exists || resolver.Options.IsUnsafe) resolver.Add(Target(resolver, point));
        else resolver.Missing(NearestNames.Help(point.Function, TraceableFunctions.Of(resolver.Options).Names()));
    }

    // The kernel's types are at hand and tell most functions; the list of all takes the kernel some time to write.
    private static bool Exists(ProbeResolver resolver, ParsedPoint point)
    {
        if (resolver.Options is { TraceableFunctions: null, State.Functions: null } && point.Target is "" or "vmlinux" && resolver.Options.TraceableFunctions is null
            && KernelBtf.Running.TryVmlinux is { } types && types.FindByName(point.Function, BtfKind.Func) != 0) return true;
        return TraceableFunctions.Of(resolver.Options).Contains(point.Target, point.Function);
    }

    private static ProbeTarget Target(ProbeResolver resolver, ParsedPoint point) => new(point.Kind)
    {
        Name = point.Name,
        Group = point.Target,
        Function = point.Function,
        Offset = point.Offset,
    };
}
