// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes.Fallback;

/// <summary>Hooks that together do what another one does; or why there are none.</summary>
/// <param name="Hooks">With <see cref="ProbeTarget.Replaces"/>.</param>
/// <param name="Reason">Empty if there are some.</param>
internal readonly record struct FoundHooks(IReadOnlyList<ProbeTarget> Hooks, string Reason)
{
    public static FoundHooks None(string reason) => new([], reason);
}
