// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Refusals;

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
    internal static KernelException Make(DiagnosticCode code, string subject, string tried, string call, Errno errno, params ReadOnlySpan<string> notes) =>
        Make(code, subject, tried, call, errno, default(RefusalContext), notes);

    /// <summary>As the other, with what the call was about, which makes the meaning of the errno sharper.</summary>
    internal static KernelException Make(DiagnosticCode code, string subject, string tried, string call, Errno errno, RefusalContext context, params ReadOnlySpan<string> notes) =>
        new(Explain(code, subject, tried, new RefusalFacts(call, errno, context, HostState.Read()), notes), errno, call, subject);

    /// <summary>The diagnostic for known facts.</summary>
    internal static Diagnostic Explain(DiagnosticCode code, string subject, string tried, RefusalFacts facts, params ReadOnlySpan<string> notes)
    {
        RefusalMeaning? meaning = RefusalRows.Find(facts);
        List<string> lines = [.. notes];
        bool hasHelp = lines.Exists(note => note.StartsWith("help: ", StringComparison.Ordinal));
        if (!hasHelp && meaning?.Help is { } help) lines.Add(help);
        string words = meaning is { } known ? $": {known.Meaning}" : "";
        string errno = Enum.IsDefined(facts.Errno) ? facts.Errno.ToString() : $"errno {(int)facts.Errno}";
        return Diagnostic.Error(code, $"{subject}: {tried}: {errno}{words}", [.. lines]);
    }
}
