// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Verifier.Calls;

/// <summary>
/// Small programs around one call each, in pairs: one that is accepted and one that is refused for the rule that its name says. A case begins with
/// <c>=== ok NAME</c> or <c>=== no NAME</c>; <c>%hash</c> and the like are maps that all may use.
/// </summary>
internal static partial class CallCases
{
    private const string Maps = """
        .license "GPL"
        .map hash type=hash key=4 value=16 max=8
        .map array type=array key=4 value=16 max=8
        .map frozen type=array key=4 value=16 max=8 flags=rdonly_prog
        .map progs type=prog_array key=4 value=4 max=4
        .map queue type=queue key=0 value=8 max=4
        .map bloom type=bloom_filter key=0 value=8 max=4
        .map ring type=ringbuf max=4096
        .map stacks type=stack_trace key=4 value=80 max=4
        .map events type=perf_event_array key=4 value=4 max=4
        .map percpu type=percpu_array key=4 value=8 max=4
        .map dev type=devmap key=4 value=4 max=4

        """;

    /// <summary>The cases of a file of <c>tests/golden/verifier-calls</c>.</summary>
    internal static TheoryData<string, bool, string> Read(string name)
    {
        TheoryData<string, bool, string> cases = [];
        string text = File.ReadAllText(Path.Combine(Repository.Root, "tests", "golden", "verifier-calls", name + ".txt"));
        foreach (string part in text.Split("=== ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int line = part.IndexOf('\n', StringComparison.Ordinal);
            string[] head = part[..line].Split(' ', 2);
            cases.Add(head[1].Trim(), head[0] == "ok", Whole(part[(line + 1)..]));
        }

        return cases;
    }

    /// <summary>The text with the maps that it names.</summary>
    private static string Whole(string body)
    {
        List<string> used = [];
        foreach (string line in Maps.Split('\n'))
        {
            string[] words = line.Split(' ');
            if (words[0] != ".map" || body.Contains($" {words[1]} ll", StringComparison.Ordinal)) used.Add(line);
        }

        string program = body.Contains(".program", StringComparison.Ordinal) ? "" : ".program main type=sched_cls\n";
        return string.Join('\n', used) + "\n" + program + body;
    }
}
