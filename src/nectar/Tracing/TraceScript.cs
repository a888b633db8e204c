// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Tools;

namespace Nectar.Cli.Tracing;

/// <summary>The script that the arguments name, and what it is read and compiled with.</summary>
internal sealed class TraceScript
{
    private const string EnvironmentPrefix = "BPFTRACE_";

    private static readonly DiagnosticCode s_noScript = new(5372), s_unreadable = new(5373), s_missingParameter = new(5374);

    private readonly TraceArguments _arguments;
    private readonly bool _isTool;
    private readonly ImmutableArray<string> _parameters;
    private readonly List<KeyValuePair<string, string?>> _named = [];
    private ResolveState? _lost;

    internal TraceScript(TraceArguments arguments, Tool? tool)
    {
        (_arguments, _isTool) = (arguments, tool is not null);
        (Source, int words) = Read(arguments, tool);
        _parameters = [.. arguments.Positional.Skip(words)];
        foreach (string word in arguments.Named)
        {
            int equals = word.IndexOf('=');
            _named.Add(equals < 0 ? new(word[2..], null) : new(word[2..equals], word[(equals + 1)..]));
        }
    }

    /// <summary>It is one of the ready ones.</summary>
    internal bool IsTool => _isTool;

    internal SourceText Source { get; }

    internal DiagnosticBag Diagnostics { get; } = new();

    internal ParseOptions ParseOptions => new()
    {
        Parameters = _parameters,
        NamedParameters = [.. _named],
        IncludeFolders = [.. _arguments.IncludeFolders],
        Includes = [.. _arguments.Includes],
        IsUnsafe = _arguments.IsUnsafe,
    };

    /// <summary>The tree, nothing expanded.</summary>
    internal Script Parse(bool isExpanded) => Parser.Parse(Source, ParseOptions with { Expand = isExpanded }, Diagnostics);

    internal TracePlan? Compile(AttachOptions attach, bool hasCommand, LoweringOptions? lowering = null)
    {
        _lost = attach.State;
        Dictionary<string, string> environment = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is string key && key.StartsWith(EnvironmentPrefix, StringComparison.Ordinal)) environment[key[EnvironmentPrefix.Length..].ToLowerInvariant()] = entry.Value as string ?? "";
        }

        Dictionary<string, string?> named = [];
        foreach (KeyValuePair<string, string?> pair in _named) named[pair.Key] = pair.Value;
        return TraceCompiler.Compile(
            Source,
            ParseOptions,
            new BindOptions
            {
                Attach = attach,
                Environment = environment,
                PositionalParameters = _parameters,
                NamedParameters = named,
                IsUnsafe = _arguments.IsUnsafe,
                HasCommand = hasCommand,
                ProcessId = attach.ProcessId,
                Warns = _arguments.HasWarnings,
                IsStrict = _arguments.IsStrict,
            },
            lowering ?? new LoweringOptions
            {
                ReportHelperErrors = _arguments.ReportsHelperErrors,
                Portable = _arguments.EmitElf is not null,
                LineInfo = _arguments.Explains,
                ClockMap = environment.GetValueOrDefault("dummy_ts_map"),
                MissingFeatures = _arguments.MissingFeatures,
            },
            Diagnostics,
            _arguments.DebugStages.Count == 0 ? null : new StageDump(_arguments.DebugStages, Console.Out));
    }

    /// <summary>Prints what was found.</summary>
    /// <returns>True if the script can be used.</returns>
    internal bool Report()
    {
        // What a ready script is warned of is for its authors: values that could be negative, parameters that have a default.
        if (_isTool && _lost is { LostHooks.Count: > 0 })
        {
            ReportLost();
            return !Diagnostics.HasErrors;
        }

        IReadOnlyList<Diagnostic> items = _isTool ? [.. Diagnostics.Items.Where(d => d.Severity == Severity.Error || d.Code != TraceCodes.Doubtful)] : Diagnostics.Items;
        if (items.Count > 0) ScriptDiagnostics.Print(items, Console.Error, TraceColors.AreWanted,  _arguments.HasWarnings);
        return !Diagnostics.HasErrors;
    }

    /// <summary>Says in one sentence what a ready script cannot do here.</summary>
    private void ReportLost()
    {
        if (!Diagnostics.HasErrors && !_arguments.HasWarnings) return;
        string name = Path.GetFileNameWithoutExtension(Source.Name);
        string hooks = string.Join(", ", _lost!.LostHooks.Select(hook => hook.Name));
        Diagnostic sentence = Diagnostics.HasErrors
            ? Diagnostic.Error(TraceCodes.NoFallback, $"{name} cannot run on this kernel: nothing does the same as {hooks} ({string.Join("; ", _lost.LostReasons.Select(reason => reason["note: ".Length..]))})")
            : new Diagnostic(TraceCodes.NoFallback, Severity.Warning, $"{name} goes without {hooks}: no hook of this kernel does the same.", null, null, []);
        ScriptDiagnostics.Print(sentence, Console.Error, TraceColors.AreWanted);
    }

    private static (SourceText Source, int Words) Read(TraceArguments arguments, Tool? tool)
    {
        if (tool is not null && arguments.Positional.Count < tool.RequiredParameters)
            throw new TraceException(Diagnostic.Error(s_missingParameter, $"{tool.Name} needs a parameter", [$"help: nectar tools {tool.Name} {tool.Usage}"]));
        if (tool is not null && arguments.Positional.Count > tool.MostParameters)
        {
            string taken = tool.MostParameters == 0 ? "no parameters" : "one parameter";
            throw new TraceException(Diagnostic.Error(s_missingParameter, $"{tool.Name} takes {taken}: '{string.Join(' ', arguments.Positional.Skip(tool.MostParameters))}' says nothing to it", [$"help: nectar tools {tool.Name} --help"]));
        }

        if (tool is not null && HookTools.TakesHooks(tool)) return (new SourceText(tool.Name + ".bt", HookTools.Expand(tool, arguments.Positional)), arguments.Positional.Count);
        if (tool is not null) return (new SourceText(tool.Name + ".bt", tool.Script), 0);
        if (arguments.Script is { } text) return (new SourceText("stdin", text), 0);
        if (arguments.Positional.Count == 0) throw new TraceException(Diagnostic.Error(s_noScript, "USAGE: filename or -e 'program' required.", "help: nectar trace --help"));
        string name = arguments.Positional[0];
        if (name.Length == 0) throw new TraceException(Diagnostic.Error(s_unreadable, "failed to open file '': No such file or directory", "help: a script itself stands behind -e"));
        try
        {
            if (name == "-" && !StandardFiles.HasInput) throw new IOException("standard input is closed");
            return (name == "-" ? new SourceText("stdin", ScriptFile.Read(Console.In)) : new SourceText(name, ScriptFile.Read(name)), 1);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TraceException(Diagnostic.Error(s_unreadable, $"failed to open file '{name}': {(problem is FileNotFoundException or DirectoryNotFoundException ? "No such file or directory" : problem.Message)}", "help: a script itself stands behind -e"));
        }
    }
}
