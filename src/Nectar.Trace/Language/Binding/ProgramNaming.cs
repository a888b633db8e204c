// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Binding;

/// <summary>What programs are called in the kernel, where other tools show them and other scripts hook them: <c>kprobe_vfs_read_1</c>, <c>interval_us_100000_2</c>.</summary>
internal static class ProgramNaming
{
    // The kernel shows 15 characters and takes names of functions up to 127.
    private const int Longest = 96;

    /// <summary>The hook's name, or the pattern that found several, and a number that no other program of the script has.</summary>
    public static string Of(Probe probe, ProbeKind kind, ImmutableArray<ProbeTarget> targets, int number)
    {
        string hook = targets.Length == 1 ? targets[0].Name : probe.AttachPoints[0].Text;
        int colon = hook.IndexOf(':', StringComparison.Ordinal);
        StringBuilder name = new(ProbeProviders.NameOf(kind));
        for (int i = colon < 0 ? hook.Length : colon; i < hook.Length && name.Length < Longest; i++) name.Append(char.IsAsciiLetterOrDigit(hook[i]) ? hook[i] : '_');
        return name.Append(CultureInfo.InvariantCulture, $"_{number}").ToString();
    }

    /// <summary>A name for one of several programs of a probe; no probe's name has this form.</summary>
    public static string Of(string probe, int target) => string.Create(CultureInfo.InvariantCulture, $"{probe}_t{target}");
}
