// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Build;
using Nectar.Trace;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Planning.Objects;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;

namespace Nectar.Cli.Tracing;

/// <summary><c>nectar build x.bt</c>: a script as an object that <c>nectar trace x.bpf.o</c> runs without compiling anything.</summary>
internal static class ScriptBuild
{
    /// <summary>True for the path of a script.</summary>
    internal static bool IsScript(string path) => path.EndsWith(".bt", StringComparison.OrdinalIgnoreCase);

    /// <summary>Compiles a script and writes the object; the exit code.</summary>
    internal static int Run(string path, string? output, IEnumerable<string> parameters, BuildOptions options, ScriptBuildOptions script, TextWriter text)
    {
        List<string> words = [path, .. parameters];
        if (script.IsUnsafe) words.Insert(0, "--unsafe");
        if (script.IsStrict) words.Insert(0, "--strict");
        try
        {
            TraceScript source = new(TraceArguments.Parse([.. words]), null);
            LoweringOptions lowering = LoweringOptions.ForFile((int)options.Cpu, options.Kernel, options.DumpAfter, options.DumpSink);
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            TracePlan? plan = source.Compile(new AttachOptions { IsUnsafe = script.IsUnsafe }, hasCommand: false, lowering);
            if (!source.Report() || plan is null) return 1;
            byte[] file = ScriptObject.Write(plan, source.Source.Text);
            string name = Path.GetFileNameWithoutExtension(path) + ".bpf.o";
            string to = output is null ? name : Directory.Exists(output) ? Path.Combine(output, name) : output;
            File.WriteAllBytes(to, file);
            if (script.IsQuiet) return 0;
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {Path.GetRelativePath(Environment.CurrentDirectory, to)}, {file.Length:N0} bytes"));
            int nameWidth = plan.Object.Programs.Max(program => program.Name.Length), sectionWidth = plan.Object.Programs.Max(program => program.Section.Length);
            foreach (ProgramDefinition program in plan.Object.Programs)
                text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {program.Name.PadRight(nameWidth)}  {program.Section.PadRight(sectionWidth)}  {program.Entry.Instructions.Length,5:N0} instructions"));
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"BPF {System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
            return 0;
        }
        catch (TraceException problem)
        {
            foreach (Diagnostic diagnostic in problem.Diagnostics) ScriptDiagnostics.Print(diagnostic, Console.Error);
            return 1;
        }
    }
}
