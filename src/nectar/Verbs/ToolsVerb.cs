// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Diagnostics;
using Nectar.Cli.Tracing;
using Nectar.Trace.Tools;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar tools</c>: lists and runs the ready scripts.</summary>
internal static class ToolsVerb
{
    private static readonly DiagnosticCode s_unknown = new(5371);

    /// <summary>For the list of verbs and their completion; the verb itself is taken before other arguments are parsed.</summary>
    internal static Command Create()
    {
        Argument<string[]> words = new("arguments") { Description = "A tool's name, options of nectar trace, parameters of the tool; nothing: the list", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("tools", "Run a ready tracing tool: execsnoop, opensnoop, tcplife, biolatency and others") { words };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(result => Run(result.GetValue(words) ?? []));
        return command;
    }

    internal static int Run(string[] words)
    {
        if (words.Length == 0 || words[0] is "-l" or "--list" or "-h" or "--help")
        {
            List();
            return 0;
        }

        string name = words[0];
        if (ToolList.Find(name) is not { } tool)
        {
            string[] near = ToolList.Near(name);
            throw new UsageException(Diagnostic.Error(s_unknown, $"there is no tool '{name}'", near.Length == 0 ? ["help: 'nectar tools' lists them"] : near));
        }

        string[] rest = words[1..];
        if (rest.Length > 0 && rest[0] is "-h" or "--help" or "--source")
        {
            if (rest[0] == "--source") Console.Out.Write(tool.Script);
            else foreach (string line in ToolList.Help(tool.Script)) Console.Out.WriteLine(line);
            return 0;
        }

        return TraceCommand.Run(rest, tool);
    }

    private static void List()
    {
        List<string> names = [.. ToolList.Names];
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names) Console.Out.WriteLine($"{name,-16} {ToolList.Find(name)!.Purpose}");
    }
}
