// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Breakpoints of the processor on memory.</summary>
internal static class WatchpointProbes
{
    // x86 has no breakpoint for reads alone (Intel SDM 17.2.4); arm64 has.
    private static readonly string[] s_modes = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? ["r", "rw", "w", "x"] : ["rw", "w", "x"];

    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        if (point.Address is null or 0) resolver.Error("watchpoint must be attached to a non-zero address");
        if (point.Length is not (1 or 2 or 4 or 8)) resolver.Error("watchpoint length must be one of (1,2,4,8)");
        string mode = string.Concat(point.Mode.Order());
        if (mode.Length == 0 || mode.AsSpan().ContainsAnyExcept("rwx")) resolver.Error("watchpoint mode must be combination of (r,w,x)");
        else if (mode.Distinct().Count() != mode.Length) resolver.Error("watchpoint modes may not be duplicated");
        else if (Array.IndexOf(s_modes, mode) < 0) resolver.Error($"invalid watchpoint mode: {mode}", $"help: supported modes: {string.Join(",", s_modes)}");
        if (!resolver.Reporter.HasErrors) resolver.Add(resolver.Same() with { Mode = mode });
    }
}
