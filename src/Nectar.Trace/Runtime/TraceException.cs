// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Runtime;

/// <summary>A script cannot be compiled or run; the diagnostics say where and why (NEC53xx).</summary>
public sealed class TraceException : NectarException
{
    /// <param name="diagnostics">At least one error.</param>
    public TraceException(params ReadOnlySpan<Diagnostic> diagnostics)
        : base([.. diagnostics])
    {
    }
}
