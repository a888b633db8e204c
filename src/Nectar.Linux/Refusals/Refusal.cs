// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;

namespace Nectar.Linux;

/// <summary>Turns an errno into words: the object, what was tried, what the errno means there, what to do.</summary>
internal static class Refusal
{
    /// <summary>Makes the exception for a refused call.</summary>
    /// <param name="code">The kind of problem.</param>
    /// <param name="subject">The object in words: <c>map 'starts'</c>.</param>
    /// <param name="tried">What was tried, as it stands behind the object: <c>create it</c>.</param>
    /// <param name="call">The system call: <c>bpf(BPF_MAP_CREATE)</c>.</param>
    /// <param name="errno">The kernel's answer.</param>
    /// <param name="notes">What is known beyond the errno; a <c>help:</c> among them replaces the general advice.</param>
    internal static KernelException Make(DiagnosticCode code, string subject, string tried, string call, Errno errno, params ReadOnlySpan<string> notes)
    {
        return new KernelException(Diagnostic.Error(code, $"{subject}: {tried}: {errno}", notes), errno, call, subject);
    }
}
