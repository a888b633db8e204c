// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Planning;

/// <summary>A call in the script of a helper that not every hook may call; its line and column stand in the object.</summary>
internal sealed record RestrictedCall(string Helper, SourceSpan Span, string? SourceLine);
