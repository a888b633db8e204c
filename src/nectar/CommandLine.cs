// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Cli;

/// <summary>What all verbs share: exit codes (0 good, 1 the work failed, 2 usage), errors as diagnostics, examples in help.</summary>
internal static class CommandLine
{
    private static readonly DiagnosticCode s_internal = new(1);
    private static readonly DiagnosticCode s_file = new(2);

    /// <summary>Parses and runs; nothing that a user can cause shows a stack trace.</summary>
    internal static int Invoke(RootCommand root, string[] args)
    {
        foreach (Option option in root.Options)
        {
            if (option is VersionOption version) version.Action = new VersionAction();
        }

        ParseResult result = root.Parse(args);
        result.InvocationConfiguration.EnableDefaultExceptionHandler = false;
        if (result.Action is ParseErrorAction wrong) wrong.ShowHelp = result.Tokens.Count == 0; // the mistake, not a screen of help behind it
        return Guard(() =>
        {
            int code = result.Invoke();
            return result.Errors.Count > 0 ? 2 : code;
        });
    }

    /// <summary>Runs; what goes wrong is printed as diagnostics.</summary>
    internal static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (UsageException problem)
        {
            Output.Problem(problem.Diagnostics[0]);
            return 2;
        }
        catch (NectarException problem)
        {
            foreach (Diagnostic diagnostic in problem.Diagnostics) Output.Problem(diagnostic);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Output.Problem(Diagnostic.Error(s_file, problem.Message));
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            Output.Problem(Diagnostic.Error(s_internal, $"internal error: {problem.GetType().Name}: {problem.Message}",
                "note: this is a fault of nectar; please report it with the command and its input"));
        }

        return 1;
    }

    /// <summary>Adds examples that <c>--help</c> prints behind the options.</summary>
    internal static TCommand WithExamples<TCommand>(this TCommand command, params (string Line, string Purpose)[] examples)
        where TCommand : Command
    {
        HelpOption? help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null) command.Options.Add(help = new HelpOption());
        help.Action = new ExampleAction((SynchronousCommandLineAction)help.Action!, examples);
        return command;
    }

    private sealed class ExampleAction(SynchronousCommandLineAction inner, (string Line, string Purpose)[] examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = inner.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach ((string line, string purpose) in examples) output.WriteLine($"  {line}\n      {purpose}");
            output.WriteLine();
            return code;
        }
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            string version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            parseResult.InvocationConfiguration.Output.WriteLine($"nectar {version}");
            return 0;
        }
    }
}
