// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes.Resolving;

/// <summary>An event that perf counts.</summary>
/// <param name="Default">Events between two samples if the script does not say.</param>
internal sealed record CountedEvent(string Name, string Alias, ulong Config, ulong Default);
