// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace;

/// <summary>What to do where a hook is missing (<c>missing_probes</c>).</summary>
internal enum MissingProbes : byte
{
    Error, Warn, Ignore,
}
