// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar completion SHELL</c>: a script that makes the shell complete verbs and options by asking the command itself.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _nectar() {
            local line=${COMP_LINE} words
            words=$(nectar "[suggest:${COMP_POINT}]" "${line}" 2>/dev/null)
            COMPREPLY=($(compgen -W "${words}" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _nectar nectar
        """;

    private const string Zsh = """
        #compdef nectar
        _nectar() {
            local -a words
            words=("${(@f)$(nectar "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words || _files
        }
        compdef _nectar nectar
        """;

    private const string Fish = """
        complete -c nectar -a '(nectar "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    internal static Command Create()
    {
        Argument<string> shell = new("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", "Print a completion script for a shell") { shell };
        command.SetAction(result =>
        {
            string script = result.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish };
            result.InvocationConfiguration.Output.WriteLine(script);
        });
        return command.WithExamples(("source <(nectar completion bash)", "complete in this shell"));
    }
}
