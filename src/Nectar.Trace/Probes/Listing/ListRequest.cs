// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes;

/// <summary>One kind of probe that fits a pattern.</summary>
/// <param name="Point">Kind and patterns.</param>
/// <param name="IsVerbose">With parameters.</param>
/// <param name="Options">Process, files.</param>
internal sealed record ListRequest(ParsedPoint Point, bool IsVerbose, AttachOptions Options);
