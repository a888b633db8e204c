// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Trace.Runtime;

namespace Nectar.Trace.Tools;

/// <summary>
/// Tools whose parameters are hooks. Their scripts say once, in the probes of <c>$1</c> (and of <c>$2</c>: where the same function returns), what is
/// done at a hook; here each such probe is written again for each question.
/// </summary>
internal static class HookTools
{
    /// <summary>What the script prints or counts where a question asks for nothing else.</summary>
    private const string NothingPrinted = "printf(\"\\n\");", FirstArgument = "arg0";

    /// <summary>True for tools whose usage begins with <c>HOOK</c>.</summary>
    public static bool TakesHooks(Tool tool) => tool.Usage.StartsWith("HOOK", StringComparison.Ordinal);

    /// <summary>The script of a tool for the questions that its parameters ask.</summary>
    /// <exception cref="TraceException">A parameter cannot be read.</exception>
    public static string Expand(Tool tool, IEnumerable<string> parameters)
    {
        List<HookQuestion> questions = [.. parameters.Select(HookQuestion.Parse)];
        bool usesReturns = tool.Script.Contains("\n$2\n", StringComparison.Ordinal);
        List<HookQuestion> entries = usesReturns ? questions.FindAll(q => !q.IsReturn) : questions;
        List<HookQuestion> returns = usesReturns ? Returns(questions, entries) : [];

        StringBuilder script = new();
        List<string>? block = null;
        foreach (string line in tool.Script.Split('\n'))
        {
            if (block is null && line is not ("$1" or "$2"))
            {
                script.Append(line).Append('\n');
                continue;
            }

            (block ??= []).Add(line);
            if (line != "}") continue;
            foreach (HookQuestion question in block[0] == "$1" ? entries : returns) Write(script, block, question);
            block = null;
        }

        return script.ToString();
    }

    /// <summary>Where functions return: the hooks that were named, or those of the entries.</summary>
    private static List<HookQuestion> Returns(List<HookQuestion> questions, List<HookQuestion> entries)
    {
        List<HookQuestion> named = questions.FindAll(q => q.IsReturn);
        return named.Count > 0 ? named : entries.ConvertAll(q => q with { Hook = q.Return ?? throw QuestionReader.Problem(q.Hook, "this hook is no function: nothing returns there"), Filter = "" });
    }

    /// <summary>One probe: the lines of the script's, with the question's hook, filter and values.</summary>
    private static void Write(StringBuilder script, List<string> block, HookQuestion question)
    {
        script.Append(question.Hook).Append('\n');
        int body = block.IndexOf("{");
        string own = string.Join(' ', block[1..body]).Trim();
        string filter = question.Filter.Length == 0 ? own : own.Length == 0 ? $"/{question.Filter}/" : $"/({question.Filter}) && {own[1..^1]}/";
        if (filter.Length > 0) script.Append(filter).Append('\n');
        for (int i = body; i < block.Count; i++) script.Append(Statement(block[i], question)).Append('\n');
        script.Append('\n');
    }

    private static string Statement(string line, HookQuestion question)
    {
        if (question.Format is { } format && line.EndsWith(NothingPrinted, StringComparison.Ordinal))
            return $"    printf(\" {format}\\n\"{string.Concat(question.Values.Select(value => ", " + value))});";
        return question.Format is null && question.Values.Count > 0 ? line.Replace(FirstArgument, $"({question.Values[0]})", StringComparison.Ordinal) : line;
    }
}
