// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes;

/// <summary>A line of a listing.</summary>
/// <param name="Name">Behind the kind.</param>
/// <param name="Parameters">What programs can read there, as C declares it; null if nothing is known.</param>
internal sealed record ListedProbe(string Name, Func<IEnumerable<string>>? Parameters = null);
