// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Tracing;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar trace</c>: bpftrace's language and command line. What is behind the verb is read by <see cref="TraceArguments"/>.</summary>
internal static class TraceVerb
{
    /// <summary>For the list of verbs and their completion; the verb itself is taken before other arguments are parsed.</summary>
    internal static Command Create()
    {
        Argument<string[]> words = new("arguments") { Description = "Options and script: nectar trace --help", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("trace", "Ask a running system a question in bpftrace's language") { words };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(result => TraceCommand.Run(result.GetValue(words) ?? []));
        return command;
    }
}
