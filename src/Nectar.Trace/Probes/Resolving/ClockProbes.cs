// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>profile and interval.</summary>
internal static class ClockProbes
{
    /// <summary>The units; <c>hz</c> is a rate, the others are periods.</summary>
    public static readonly string[] Units = ["hz", "ms", "s", "us"];

    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        string kind = ProbeProviders.NameOf(point.Kind);
        if (point.Target.Length == 0) resolver.Error($"{kind} probe must have unit of time");
        else if (Array.IndexOf(Units, point.Target) < 0) resolver.Error($"{point.Target} is not an accepted unit of time", "help: hz, s, ms, us");
        else if (point.Number == 0 || point.Number > long.MaxValue) resolver.Error($"{kind} frequency should be a positive integer");
        else if (NanosecondsOf(point.Target, point.Number) is null) resolver.Error($"{kind} frequency is too large");
        else resolver.Add(resolver.Same() with { Group = "", Function = point.Target });
    }

    /// <summary>Between two events; null if that is more than the kernel's clock counts.</summary>
    public static ulong? NanosecondsOf(string unit, ulong number)
    {
        if (unit == "hz") return Math.Max(1, 1_000_000_000 / number);
        ulong factor = unit switch { "s" => 1_000_000_000ul, "ms" => 1_000_000, _ => 1000 };
        return number <= long.MaxValue / factor ? number * factor : null;
    }
}
