// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Printing;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Tools;

namespace Nectar.Cli.Tracing;

/// <summary>What <c>nectar trace</c> does, from its arguments to its exit code.</summary>
internal static class TraceCommand
{
    private const string Prefix = "BPFTRACE_";

    private static readonly DiagnosticCode s_noScript = new(5372), s_unreadable = new(5373);

    /// <summary>Runs the words behind the verb.</summary>
    /// <param name="words">bpftrace's command line.</param>
    /// <param name="tool">The script to run instead of one that is named.</param>
    internal static int Run(string[] words, Tool? tool = null)
    {
        TraceArguments arguments = TraceArguments.Parse(words);
        if (arguments.WantsHelp) return Say(TraceHelp.Text);
        if (arguments.WantsVersion) return Say($"bpftrace v{TraceHelp.LanguageVersion}");
        SourceText source = ReadScript(arguments, tool);
        if (arguments.Mode == "format" || arguments.DebugStages.Contains("ast")) return Print(source, arguments);
        using ChildProcess? child = arguments.Command is { } command ? ChildProcess.Start(command) : null;
        DiagnosticBag diagnostics = new();
        AttachOptions attach = AttachOptionsOf(arguments, child);
        TracePlan? plan = Compile(source, arguments, tool, attach, child is not null, diagnostics);
        Report(diagnostics, arguments.HasWarnings);
        if (plan is null || diagnostics.HasErrors) return 1;
        if (arguments.EmitElf is { } file)
        {
            File.WriteAllBytes(file, ObjectWriter.ToArray(plan.Object));
            return 0;
        }

        using TraceOutput output = Output(arguments, source);
        try
        {
            using TraceRun run = new(plan, output, new SessionSettings
            {
                Mode = arguments.IsDryRun ? SessionMode.DryRun : arguments.Mode switch { "test" => SessionMode.Test, "bench" => SessionMode.Benchmark, _ => SessionMode.Trace },
                Attach = attach,
                Child = child,
                ProcessId = arguments.ProcessId ?? 0,
                IsQuiet = arguments.IsQuiet,
                HidesWarnings = !arguments.HasWarnings,
                WatchesSignals = true,
            });
            return run.Execute();
        }
        catch (TraceException problem)
        {
            foreach (Diagnostic diagnostic in problem.Diagnostics) ScriptDiagnostics.Print(diagnostic, Console.Error);
            return 1;
        }
    }

    /// <summary><c>--fmt</c> and <c>-d ast</c>: nothing is run.</summary>
    private static int Print(SourceText source, TraceArguments arguments)
    {
        DiagnosticBag diagnostics = new();
        ParseOptions options = new() { IncludeFolders = [.. arguments.IncludeFolders], Includes = [.. arguments.Includes] };
        string? text = arguments.Mode == "format" ? TraceCompiler.Format(source, diagnostics) : TraceCompiler.DumpTree(source, options, diagnostics);
        Report(diagnostics, arguments.HasWarnings);
        if (text is null) return 1;
        Console.Out.Write(text);
        return 0;
    }

    private static TracePlan? Compile(SourceText source, TraceArguments arguments, Tool? tool, AttachOptions attach, bool hasCommand, DiagnosticBag diagnostics)
    {
        ImmutableArray<string> parameters = [.. arguments.Positional.Skip(arguments.Script is null && tool is null ? 1 : 0)];
        List<KeyValuePair<string, string?>> named = [];
        foreach (string word in arguments.Named)
        {
            int equals = word.IndexOf('=');
            named.Add(equals < 0 ? new(word[2..], null) : new(word[2..equals], word[(equals + 1)..]));
        }

        Dictionary<string, string> environment = [];
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is string key && key.StartsWith(Prefix, StringComparison.Ordinal)) environment[key[Prefix.Length..].ToLowerInvariant()] = entry.Value as string ?? "";
        }

        return TraceCompiler.Compile(
            source,
            new ParseOptions { Parameters = parameters, NamedParameters = [.. named], IncludeFolders = [.. arguments.IncludeFolders], Includes = [.. arguments.Includes], IsUnsafe = arguments.IsUnsafe },
            new BindOptions
            {
                Attach = attach,
                Environment = environment,
                PositionalParameters = parameters,
                NamedParameters = ToDictionary(named),
                IsUnsafe = arguments.IsUnsafe,
                HasCommand = hasCommand,
                ProcessId = attach.ProcessId,
                Warns = arguments.HasWarnings,
                IsStrict = arguments.IsStrict,
            },
            new LoweringOptions { ReportHelperErrors = arguments.ReportsHelperErrors, Portable = arguments.EmitElf is not null, LineInfo = arguments.Explains },
            diagnostics);
    }

    private static AttachOptions AttachOptionsOf(TraceArguments arguments, ChildProcess? child) => new()
    {
        ProcessId = arguments.ProcessId ?? child?.ProcessId ?? 0,
        IsUnsafe = arguments.IsUnsafe,
        UsesFallback = arguments.AllowsFallback,
        Command = arguments.Command ?? "",
        TraceableFunctions = arguments.TraceableFunctions,
        DebugFolders = arguments.DebugFolders,
    };

    private static TraceOutput Output(TraceArguments arguments, SourceText source)
    {
        OutputBuffering buffering = arguments.Buffering switch { "line" => OutputBuffering.Line, "full" => OutputBuffering.Full, "none" => OutputBuffering.None, _ => OutputBuffering.WhenIdle };
        OutputStream errors = new(2, OutputBuffering.Line);
        OutputStream to = arguments.OutputFile is { } file ? OutputStream.Create(file, buffering) : new OutputStream(1, buffering);
        return arguments.Format == "json" ? new JsonOutput(to, errors) : new TextOutput(to, errors, source.Text);
    }

    private static SourceText ReadScript(TraceArguments arguments, Tool? tool)
    {
        if (tool is not null) return new SourceText(tool.Name + ".bt", tool.Script);
        if (arguments.Script is { } text) return new SourceText("stdin", text);
        if (arguments.Positional.Count == 0) throw new UsageException(Diagnostic.Error(s_noScript, "there is no script", "help: -e 'script', a file, or - for standard input; 'nectar trace --help' lists all"));
        string name = arguments.Positional[0];
        try
        {
            return name == "-" ? new SourceText("stdin", Console.In.ReadToEnd()) : new SourceText(name, File.ReadAllText(name));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TraceException(Diagnostic.Error(s_unreadable, $"'{name}' cannot be read: {problem.Message}", "help: a script itself stands behind -e"));
        }
    }

    private static Dictionary<string, string?> ToDictionary(List<KeyValuePair<string, string?>> pairs)
    {
        Dictionary<string, string?> result = [];
        foreach (KeyValuePair<string, string?> pair in pairs) result[pair.Key] = pair.Value;
        return result;
    }

    private static void Report(DiagnosticBag diagnostics, bool withWarnings)
    {
        if (diagnostics.Items.Count > 0) ScriptDiagnostics.Print(diagnostics.Items, Console.Error, withWarnings: withWarnings);
    }

    private static int Say(string text)
    {
        Console.Out.WriteLine(text);
        return 0;
    }
}
