// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;

namespace Nectar.Trace.Planning;

/// <summary>A map of the script in the object.</summary>
/// <param name="ObjectName">Its name there.</param>
/// <param name="IsPerCpu">A value for each CPU.</param>
/// <param name="IsArray">A scalar in an array map: one element that always exists.</param>
internal sealed record PlannedMap(TraceMap Map, string ObjectName, bool IsPerCpu, bool IsArray);
