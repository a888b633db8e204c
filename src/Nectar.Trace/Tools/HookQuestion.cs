// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Runtime;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Tools;

/// <summary>
/// One parameter of <c>trace</c>, <c>argdist</c>, <c>funccount</c>, <c>funclatency</c> and <c>stackcount</c>: where, when and what, as users of the bcc
/// tools of these names write it: <c>HOOK[(SIGNATURE)] [(FILTER)] ["FORMAT", VALUE, ...]</c> or <c>HOOK[(SIGNATURE)][:TYPES:VALUE[:FILTER]]</c>. A hook is
/// <c>function</c>, <c>p:library:function</c>, <c>r:library:function</c>, <c>t:category:event</c>, <c>u:file:probe</c>, or an attach point of the tracing
/// language with the provider's name in full.
/// </summary>
/// <param name="Hook">The attach point, in the tracing language.</param>
/// <param name="Filter">An expression, in the tracing language; empty for always.</param>
/// <param name="Format">What to print, without quotes; null if nothing was said.</param>
/// <param name="Values">The values of the format, or the one that is counted.</param>
internal sealed record HookQuestion(string Hook, string Filter, string? Format, IReadOnlyList<string> Values)
{
    /// <summary>The hook where the same function returns; null for hooks that have none.</summary>
    public string? Return
    {
        get
        {
            int colon = Hook.IndexOf(':');
            string? provider = ProbeProviders.Find(Hook[..colon])?.Kind switch
            {
                ProbeKind.Kprobe => "kretprobe",
                ProbeKind.Uprobe => "uretprobe",
                ProbeKind.Fentry => "fexit",
                _ => null,
            };
            return provider is null ? null : provider + Hook[colon..];
        }
    }

    /// <summary>True if the hook is where a function returns.</summary>
    public bool IsReturn => ProbeProviders.Find(Hook[..Hook.IndexOf(':')])?.Kind is ProbeKind.Kretprobe or ProbeKind.Uretprobe or ProbeKind.Fexit;

    /// <summary>Reads a parameter.</summary>
    /// <exception cref="TraceException">A parenthesis or a quote is not closed, or the format and its values do not fit.</exception>
    public static HookQuestion Parse(string text)
    {
        QuestionReader reader = new(text);
        string hook = reader.Word();
        if (hook.Length == 0) throw QuestionReader.Problem(text, "there is no hook in it");
        string? signature = reader.TryParenthesized(skipsSpace: false);
        string filter = "", values = "";
        string? format = null;
        if (reader.TryTake(':'))
        {
            string[] parts = QuestionReader.Split(reader.Rest(), ':');
            (values, filter) = (parts.Length > 1 ? parts[1] : "", parts.Length > 2 ? parts[2] : "");
        }
        else
        {
            filter = reader.TryParenthesized(skipsSpace: true) ?? "";
            format = reader.TryQuoted();
            if (format is not null) reader.TryTake(',');
            values = reader.Rest();
        }

        (string point, bool countsFromOne) = AttachPoint(hook);
        QuestionExpressions expressions = new(signature, countsFromOne);
        List<string> all = [.. QuestionReader.Split(values, ',').Select(value => expressions.Translate(value.Trim())).Where(value => value.Length > 0)];
        if (format is not null) (format, all) = expressions.Format(text, format, all);
        return new HookQuestion(point, expressions.Translate(filter), format, all);
    }

    /// <summary>The attach point of a hook, and whether its arguments are counted from one, as bcc does.</summary>
    private static (string Point, bool CountsFromOne) AttachPoint(string hook)
    {
        string[] parts = hook.Split(':');
        return parts.Length switch
        {
            1 => ("kprobe:" + hook, true),
            _ when parts[0].Length > 1 && ProbeProviders.Find(parts[0]) is not null => (hook, false),
            2 => ($"uprobe:{Library(parts[0])}:{parts[1]}", true),
            _ => parts[0] switch
            {
                "p" when parts[1].Length == 0 => ("kprobe:" + parts[2], true),
                "r" when parts[1].Length == 0 => ("kretprobe:" + parts[2], true),
                "p" => ($"uprobe:{Library(parts[1])}:{parts[2]}", true),
                "r" => ($"uretprobe:{Library(parts[1])}:{parts[2]}", true),
                "t" => ("tracepoint:" + string.Join(':', parts[1..]), true),
                "u" => ($"usdt:{Library(parts[1])}:{string.Join(':', parts[2..])}", true),
                _ => (hook, false),
            },
        };
    }

    /// <summary>bcc writes <c>c</c> for <c>libc</c>; a program of that name in PATH is meant where there is no such library.</summary>
    private static string Library(string name) =>
        name.Length > 0 && !name.StartsWith("lib", StringComparison.Ordinal) && UserFiles.LibraryPath("lib" + name, 0) is not null ? "lib" + name : name;
}
