// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes;

/// <summary>What can be probed here: <c>-l</c>, with parameters for <c>-lv</c>.</summary>
internal static class ProbeListing
{
    /// <summary>Lists what fits patterns that are separated by commas: probes (<c>kprobe:vfs_*</c>) and types (<c>struct file</c>). Without a pattern everything that is not in a file.</summary>
    /// <returns>True if there was anything.</returns>
    public static bool List(string patterns, bool isVerbose, AttachOptions options, TextWriter output, TextWriter? warnings = null)
    {
        bool isAny = false;
        foreach (string pattern in patterns.Length == 0 ? ["*"] : patterns.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string text = pattern.Trim();
            if (LooksLikeFile(text)) (warnings ?? Console.Error).WriteLine($"WARNING: It appears that '{text}' is a filename but the file does not exist. Treating '{text}' as a search pattern.");
            isAny |= IsType(text) ? TypeListing.List(text, isVerbose, output) : ListPattern(text, isVerbose, options, output);
        }

        return isAny;
    }

    /// <summary>Lists the hooks that the probes of a script stand for.</summary>
    public static bool List(IEnumerable<Probe> probes, bool isVerbose, AttachOptions options, DiagnosticBag diagnostics, TextWriter output)
    {
        bool isAny = false;
        foreach (Probe probe in probes)
        {
            foreach (AttachPoint point in probe.AttachPoints)
            {
                ProbeReporter reporter = new(point, diagnostics);
                foreach (ParsedPoint parsed in AttachPointParser.Parse(point, options, reporter))
                {
                    if (parsed.Kind is ProbeKind.Begin or ProbeKind.End or ProbeKind.Self) continue;
                    isAny |= ListKind(new ListRequest(parsed, isVerbose, options), output);
                }
            }
        }

        return isAny;
    }

    private static bool LooksLikeFile(string text) => text.EndsWith(".bt", StringComparison.Ordinal) && !text.Contains(':', StringComparison.Ordinal);

    private static bool IsType(string text) => text.StartsWith("struct ", StringComparison.Ordinal) || text.StartsWith("union ", StringComparison.Ordinal) || text.StartsWith("enum ", StringComparison.Ordinal);

    private static bool ListPattern(string pattern, bool isVerbose, AttachOptions options, TextWriter output)
    {
        List<string> parts = AttachPointText.Split(pattern);
        bool isAny = false;
        foreach (ProbeProvider provider in Providers(parts, options))
        {
            // What stands alone is looked for in all kinds.
            List<string> own = parts.Count == 1 && Wildcard.Is(parts[0]) ? [provider.Name, parts[0]] : parts;
            if (ListPoints.Make(provider.Kind, own, options) is { } point) isAny |= ListKind(new ListRequest(point, isVerbose, options), output);
        }

        return isAny;
    }

    /// <summary>The kinds that a pattern asks for: those of the kernel, and those of files where a file or process is named.</summary>
    private static IEnumerable<ProbeProvider> Providers(List<string> parts, AttachOptions options)
    {
        if (!Wildcard.Is(parts[0])) return ProbeProviders.Find(parts[0]) is { } one ? [one] : [];
        bool withUser = options.ProcessId != 0 || (parts.Count > 1 && parts[1].Length > 0 && !Wildcard.Is(parts[1]) && Path.Exists(parts[1]));
        return ProbeProviders.All.ToArray().Where(provider => (provider.IsKernel || (withUser && provider.IsUser)) && (parts.Count == 1 || Wildcard.Matches(parts[0], provider.Name)))
            .OrderBy(provider => provider.Name, StringComparer.Ordinal);
    }

    private static bool ListKind(ListRequest request, TextWriter output)
    {
        string prefix = ProbeProviders.NameOf(request.Point.Kind) + ":";
        bool isAny = false;
        foreach (ListedProbe found in ProbeSources.Of(request))
        {
            isAny = true;
            output.Write(prefix);
            output.WriteLine(found.Name);
            if (!request.IsVerbose || found.Parameters is not { } parameters) continue;
            foreach (string parameter in parameters())
            {
                output.Write("    ");
                output.WriteLine(parameter);
            }
        }

        return isAny;
    }
}
