// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Probes that hook into nothing: they are run by us.</summary>
internal static class FixedProbes
{
    public static void Plain(ProbeResolver resolver) => resolver.Add(resolver.Same());

    public static void Self(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        if (point.Target != "signal") resolver.Error($"{point.Target} is not a supported trigger", "help: self:signal:SIGUSR1");
        else if (point.Function != "SIGUSR1") resolver.Error($"{point.Function} is not a supported signal", "help: SIGUSR1 is");
        else resolver.Add(resolver.Same());
    }

    public static void Named(ProbeResolver resolver)
    {
        string name = resolver.Point.Target;
        string kind = ProbeProviders.NameOf(resolver.Point.Kind);
        if (name.Length == 0)
        {
            resolver.Error($"{kind} probes must have a name");
            return;
        }

        if (!resolver.Options.State.Names.TryAdd((resolver.Point.Kind, name), resolver.Reporter.Span))
        {
            resolver.Error($"\"{name}\" was used as the name for more than one {kind.ToUpperInvariant()} probe");
            resolver.Reporter.Add(new Diagnostic(TraceCodes.AttachPoint, Severity.Error, "this is the other instance", resolver.Options.State.Names[(resolver.Point.Kind, name)], null, []));
            return;
        }

        resolver.Add(resolver.Same() with { Group = "", Function = name });
    }
}
