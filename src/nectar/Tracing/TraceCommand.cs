// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Trace;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Planning;
using Nectar.Trace.Planning.Objects;
using Nectar.Trace.Probes;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Processes;
using Nectar.Trace.Runtime.Recording;
using Nectar.Trace.Tools;

namespace Nectar.Cli.Tracing;

/// <summary>What <c>nectar trace</c> does, from its arguments to its exit code.</summary>
internal static class TraceCommand
{
    /// <summary>As the shell tells SIGPIPE.</summary>
    private const int BrokenPipe = 128 + 13;

    private static readonly DiagnosticCode s_noFile = new(5373), s_usage = new(5370);

    /// <summary>Runs the words behind the verb.</summary>
    /// <param name="words">bpftrace's command line.</param>
    /// <param name="tool">The script to run instead of one that is named.</param>
    internal static int Run(string[] words, Tool? tool = null)
    {
        try
        {
            TraceArguments arguments = TraceArguments.Parse(words);
            if (words.Length == 0 && tool is null)
            {
                Console.Error.WriteLine(TraceHelp.Text);
                return 1;
            }

            if (arguments.WantsHelp) return Say(TraceHelp.Text);
            if (arguments.WantsVersion) return Say($"bpftrace v{TraceHelp.LanguageVersion}");
            if (arguments.WantsInfo)
            {
                TraceFeatures.Write(TraceHelp.LanguageVersion, Console.Out);
                return 0;
            }

            if (arguments.IsListing) return List(arguments, tool);
            if (arguments.ReplayFile is { } recording) return Replay(recording, arguments);
            if (tool is null && arguments.Script is null && ReadObject(arguments) is { } file) return RunObject(arguments, file);
            return Run(arguments, new TraceScript(arguments, tool));
        }
        catch (TraceUsageException problem) when (tool is not null)
        {
            // the options are nectar trace's, but whoever asks for a tool is not told of all of them
            string usage = tool.Usage is { Length: > 0 } own ? " " + own : "";
            Diagnostic error = Diagnostic.Error(s_usage, problem.Diagnostics[0].Message, $"help: nectar tools {tool.Name}{usage}", "help: -p PID, -c COMMAND, -o FILE, -f json and the other options of nectar trace apply");
            ScriptDiagnostics.Print(error, Console.Error, TraceColors.AreWanted);
            return 1;
        }
        catch (TraceUsageException problem)
        {
            ScriptDiagnostics.Print(problem.Diagnostics[0], Console.Error, TraceColors.AreWanted);
            if (problem.ShowsUsage) Console.Error.WriteLine(TraceHelp.Text);
            return 1;
        }
        catch (TraceException problem)
        {
            foreach (Diagnostic diagnostic in problem.Diagnostics) ScriptDiagnostics.Print(diagnostic, Console.Error, TraceColors.AreWanted);
            return 1;
        }
    }

    private static int Run(TraceArguments arguments, TraceScript script)
    {
        if (arguments.Mode == "format") return Format(script);
        using ChildProcess? child = arguments.Command is { } command ? ChildProcess.Start(command) : null;
        AttachOptions attach = AttachOptionsOf(arguments, child, script.IsTool);
        TracePlan? plan = script.Compile(attach, child is not null);
        if (!script.Report() || plan is null) return 1;
        if (!arguments.IsQuiet) foreach (string note in attach.State.HookNotes) Console.Error.WriteLine(note);
        if (arguments.ExecutableFile is { } executable)
        {
            return OutputFile.Write(executable, name =>
            {
                ExecutableScript.Write(name, script.Source.Text);
                return 0;
            });
        }

        if (arguments.EmitElf is { } file)
        {
            byte[] bytes = ScriptObject.Write(plan, script.Source.Text);
            using FileStream elf = OutputFile.Write(file, File.Create);
            elf.Write(bytes);
            return 0;
        }

        if (arguments.Mode is "codegen" or "compiler-bench") return 0;
        return Run(arguments, plan, script.Source.Text, attach, child);
    }

    /// <summary>The file that is named, if it is an object; scripts begin otherwise.</summary>
    private static byte[]? ReadObject(TraceArguments arguments)
    {
        if (arguments.Positional.Count == 0 || arguments.Positional[0] == "-" || !File.Exists(arguments.Positional[0])) return null;
        try
        {
            using FileStream file = new(arguments.Positional[0], FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            byte[] start = new byte[4];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && ScriptObject.Begins(start) ? File.ReadAllBytes(arguments.Positional[0]) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null; // told where scripts are read
        }
    }

    private static int RunObject(TraceArguments arguments, byte[] file)
    {
        string path = arguments.Positional[0];
        if (arguments.Positional.Count > 1 || arguments.Named.Count > 0)
            throw new TraceException(Diagnostic.Error(TraceCodes.ScriptObject, $"'{path}' is compiled: its parameters are in it", "help: nectar build SCRIPT PARAMETERS"));
        using ChildProcess? child = arguments.Command is { } command ? ChildProcess.Start(command) : null;
        AttachOptions attach = AttachOptionsOf(arguments, child, isTool: false);
        DiagnosticBag diagnostics = new();
        TracePlan? plan = ScriptObject.Read(file, Path.GetFileNameWithoutExtension(path), attach, diagnostics, out string source);
        if (diagnostics.Items.Count > 0) ScriptDiagnostics.Print(diagnostics.Items, Console.Error, TraceColors.AreWanted,  arguments.HasWarnings);
        return plan is null || diagnostics.HasErrors ? 1 : Run(arguments, plan, source, attach, child);
    }

    private static int Run(TraceArguments arguments, TracePlan plan, string source, AttachOptions attach, ChildProcess? child)
    {
        using Explanation? explanation = arguments.Explains ? new Explanation() : null;
        if (explanation is not null) Explanation.Describe(plan, Console.Error);
        LiveMaps? live = arguments.Top is { } top ? new LiveMaps(top) : null;
        using TraceOutput output = TraceOutputs.Create(arguments, source);
        bool showsLog = arguments.DebugStages.Contains("verifier");
        using TraceRun run = new(plan, output, new SessionSettings
        {
            Mode = arguments.IsDryRun ? SessionMode.DryRun : arguments.Mode switch { "test" => SessionMode.Test, "bench" => SessionMode.Benchmark, _ => SessionMode.Trace },
            Attach = attach,
            Child = child,
            ProcessId = arguments.ProcessId ?? 0,
            IsQuiet = arguments.IsQuiet,
            IsVerbose = arguments.IsVerbose,
            HidesWarnings = !arguments.HasWarnings,
            WatchesSignals = true,
            OnVerifierLog = showsLog ? static (program, log) => Console.Out.WriteLine($"{program}: what the verifier says\n{log}") : null,
            OnTick = live is null ? null : live.Tick,
        });
        if (arguments.IsVerbose || arguments.DebugStages.Contains("libbpf")) run.DescribeLoad(Console.Error);
        int code = run.Execute();
        if (explanation is not null) Explanation.Costs(run, Console.Error);
        return Judge(output, code);
    }

    /// <summary>The exit code: bpftrace dies of a pipe that nobody reads; a full disk is an error, a terminal that hung up is the end.</summary>
    private static int Judge(TraceOutput output, int code)
    {
        if (output.Problem == Errno.EPIPE) return BrokenPipe;
        if (output.Problem is Errno.None or Errno.EIO) return code;
        ScriptDiagnostics.Print(Diagnostic.Error(TraceCodes.OutputFile, $"the output cannot be written: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage((int)output.Problem)}"), Console.Error, TraceColors.AreWanted);
        return 1;
    }

    /// <summary>The script in canonical form.</summary>
    private static int Format(TraceScript script)
    {
        string? text = TraceCompiler.Format(script.Source, script.Diagnostics);
        if (!script.Report() || text is null) return 1;
        Console.Out.Write(text);
        return 0;
    }

    private static int List(TraceArguments arguments, Tool? tool)
    {
        AttachOptions attach = AttachOptionsOf(arguments, null, isTool: false);
        using StreamWriter output = new(Console.OpenStandardOutput(), bufferSize: 1 << 16);
        bool isScript = arguments.Script is not null || tool is not null || (arguments.Positional.Count == 1 && File.Exists(arguments.Positional[0]));
        if (!isScript)
        {
            if (arguments.Positional.Count == 1 && arguments.Positional[0].EndsWith(".bt", StringComparison.Ordinal)) Warn(arguments.Positional[0]);
            ProbeListing.List(arguments.Positional.Count == 0 ? "*" : arguments.Positional[0], arguments.IsVerbose, attach, output);
            return 0;
        }

        TraceScript script = new(arguments, tool);
        Script tree = script.Parse(isExpanded: true);
        if (!script.Report()) return 1;
        ProbeListing.List(tree.Probes, arguments.IsVerbose, attach, script.Diagnostics, output);
        return script.Report() ? 0 : 1;
    }

    private static void Warn(string name) => ScriptDiagnostics.Print(
        new Diagnostic(s_noFile, Severity.Warning, $"It appears that '{name}' is a filename but the file does not exist. Treating '{name}' as a search pattern.", null, null, []), Console.Error, TraceColors.AreWanted);

    private static int Replay(string recording, TraceArguments arguments)
    {
        using TraceOutput output = TraceOutputs.Create(arguments, "");
        RecordingReader.Play(recording, output);
        output.Idle();
        return 0;
    }

    private static AttachOptions AttachOptionsOf(TraceArguments arguments, ChildProcess? child, bool isTool) => new()
    {
        ProcessId = arguments.ProcessId is { } there && !Directory.Exists($"/proc/{there}") ? throw NoProcess(there) : arguments.ProcessId ?? child?.ProcessId ?? 0,
        IsUnsafe = arguments.IsUnsafe,
        Command = arguments.Command ?? "",
        TraceableFunctions = arguments.TraceableFunctions,
        ProbeFilter = arguments.ProbeFilter is { } filter ? FilterOf(filter) : null,
        DebugFolders = arguments.DebugFolders,
        Fallback = arguments.Fallback ?? (isTool ? FallbackKind.Nearest : FallbackKind.Off),
    };

    private static TraceException NoProcess(int id) => new(Diagnostic.Error(s_usage, $"Failed to attach to pid: there is no process {id}"));

    private static Regex FilterOf(string text)
    {
        try
        {
            return new Regex(text, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException problem)
        {
            throw new TraceException(Diagnostic.Error(TraceCodes.AttachPoint, $"Invalid --probe-filter regex '{text}': {problem.Message}"));
        }
    }

    private static int Say(string text)
    {
        Console.Out.WriteLine(text);
        return 0;
    }
}
