// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Runtime;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Lookup;

namespace Nectar.Bench;

/// <summary>How long a script takes from its text to an object, by stage and by pass of the compiler: medians of runs in one process that is warm.</summary>
internal static class TraceCompileBench
{
    /// <summary>Warm: the runtime has compiled no method any more in as many runs. It goes on for seconds, on the processor that the second worker wants.</summary>
    private const int QuietRuns = 30, MostWarmUp = 600;

    /// <summary>Arguments: the script; runs, default 41; <c>passes</c> for the passes as well, which are run one program after another then.</summary>
    internal static int Run(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            Console.Error.WriteLine("usage: Nectar.Bench trace-compile SCRIPT [RUNS [passes]]");
            return 2;
        }

        string text = File.ReadAllText(arguments[0]), name = Path.GetFileNameWithoutExtension(arguments[0]);
        int runs = arguments.Length > 1 ? int.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture) : 41;
        bool hasPasses = arguments.Length > 2;
        Dictionary<string, List<double>> stages = [];
        long methods = 0;
        for (int i = 0, quiet = 0; i < MostWarmUp && quiet < QuietRuns; i++)
        {
            if (!Compile(text, stages, hasPasses)) return 1;
            quiet = JitInfo.GetCompiledMethodCount() == methods ? quiet + 1 : 0;
            methods = JitInfo.GetCompiledMethodCount();
        }

        stages.Clear();
        for (int i = 0; i < runs; i++) Compile(text, stages, hasPasses);
        foreach ((string stage, List<double> times) in stages)
            Figures.Print($"trace-compile/{name}/{stage}", Measure.Median(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(times)), stage.EndsWith("memory", StringComparison.Ordinal) ? "MiB" : "ms");
        return 0;
    }

    private static bool Compile(string text, Dictionary<string, List<double>> stages, bool hasPasses)
    {
        DiagnosticBag diagnostics = new();
        AttachOptions attach = new();
        Dictionary<string, double> passes = [];
        long before = GC.GetTotalAllocatedBytes();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp(), last = start, lastThread = Clock.Thread();
        void Mark(string stage)
        {
            long now = Stopwatch.GetTimestamp();
            Add(stages, stage, Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
            last = now;
            Add(stages, stage + " (this thread's processor time)", (Clock.Thread() - lastThread) / 1e6);
            lastThread = Clock.Thread();
        }

        Script script = Parser.Parse(new SourceText("script", text), new ParseOptions { IsUnsafe = true }, diagnostics);
        Mark("parse");
        BoundScript? bound = diagnostics.HasErrors ? null : Binder.Bind(script, new BindOptions { IsUnsafe = true, Attach = attach, Warns = false }, diagnostics);
        Mark("bind");
        TracePlan? plan = null;
        long passed = Clock.Thread();
        if (bound is not null && !diagnostics.HasErrors)
        {
            plan = ScriptLowering.Lower(bound, new LoweringOptions
            {
                FindStruct = found => bound.Types.Find(found)?.Struct,
                PidNamespace = FileNumbers.OwnPidNamespace,
                AfterPass = hasPasses ? AfterPass : null,
            }, diagnostics);
        }

        Mark("lower");
        Add(stages, "all", Stopwatch.GetElapsedTime(start, last).TotalMilliseconds);
        Add(stages, "processor time", (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
        Add(stages, "memory", (GC.GetTotalAllocatedBytes() - before) / 1048576.0);
        foreach ((string pass, double time) in passes) Add(stages, "lower/" + pass, time);
        foreach (Diagnostic problem in diagnostics.Items.Where(d => d.Severity == Severity.Error)) Console.Error.WriteLine(problem.Message);
        return plan is not null;

        void AfterPass(string pass, IrFunction function)
        {
            passes[pass] = passes.GetValueOrDefault(pass) + (Clock.Thread() - passed) / 1e6;
            passed = Clock.Thread();
        }
    }

    private static void Add(Dictionary<string, List<double>> stages, string name, double value)
    {
        if (!stages.TryGetValue(name, out List<double>? times)) stages.Add(name, times = []);
        times.Add(value);
    }
}
