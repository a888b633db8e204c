// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nectar.Linux.Loading;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Faults;

/// <summary>
/// Scripts that are nearly right: each compiles, or there is a diagnostic; what compiles, the kernel takes or refuses with a reason. More than what each run
/// tries: <c>NECTAR_FUZZ_SCRIPTS=20000 NECTAR_FUZZ_SEED=7</c>; <c>NECTAR_FUZZ_REPORT=FILE</c> has the refusals and the slowest.
/// </summary>
public class ScriptFuzzTests
{
    private static readonly int s_rounds = Setting("NECTAR_FUZZ_SCRIPTS", 400), s_seed = Setting("NECTAR_FUZZ_SEED", 5300);

    [KernelFact]
    public void Scripts_ThatAreNearlyRight_CompileOrAreRefused()
    {
        ScriptMutator mutator = new(s_seed);
        List<string> failures = [], slow = [];
        SortedDictionary<string, (int Count, string Script)> refusals = new(StringComparer.Ordinal);
        int compiled = 0, loaded = 0;
        Assert.True(ScriptMutator.Corpus.Length > 150);
        for (int i = 0; i < s_rounds && failures.Count < 20; i++)
        {
            string text = mutator.Next();
            DiagnosticBag bag = new();
            long start = Stopwatch.GetTimestamp();
            try
            {
                TracePlan? plan = Compile(text, bag);
                double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (ms > 1000) slow.Add($"{ms:F0} ms\n{text}");
                if (plan is null != bag.HasErrors) failures.Add($"{(plan is null ? "no plan and no error" : "a plan and errors: " + bag.Items[0].Message)}\n{text}");
                if (bag.Items.FirstOrDefault(item => item.Message.Length == 0 || item.Span is { Line: <= 0 } or { Column: <= 0 }) is { } strange) failures.Add($"no place: {strange.Message}\n{text}");
                foreach (Diagnostic item in bag.Items) ScriptDiagnostics.Print(item, TextWriter.Null);
                if (plan is null) continue;
                compiled++;
                if (Refusal(plan) is not { } reason) loaded++;
                else refusals[reason] = refusals.TryGetValue(reason, out (int Count, string Script) known) ? (known.Count + 1, known.Script) : (1, text);
            }
            catch (Exception problem) when (problem is not OutOfMemoryException)
            {
                failures.Add($"{problem}\n{text}");
            }
        }

        if (Environment.GetEnvironmentVariable("NECTAR_FUZZ_REPORT") is { } file) Report(file, compiled, loaded, refusals, slow, failures);
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.True(compiled > s_rounds / 100 && loaded > compiled / 2, $"{compiled} compiled, {loaded} loaded of {s_rounds}");
    }

    private static TracePlan? Compile(string text, DiagnosticBag bag) => TraceCompiler.Compile(
        new SourceText("stdin", text), new ParseOptions { IsUnsafe = true }, new BindOptions { IsUnsafe = true, Attach = new AttachOptions { IsUnsafe = true } }, new LoweringOptions(), bag);

    /// <summary>What the kernel has against a script that compiles; null if nothing.</summary>
    private static string? Refusal(TracePlan plan)
    {
        try
        {
            KernelObject.Load(plan.Object).Dispose();
            return null;
        }
        catch (NectarException problem)
        {
            return problem.Diagnostics.Length == 0 ? problem.GetType().Name : $"{problem.GetType().Name} {problem.Diagnostics[0].Code}: {problem.Diagnostics[0].Message} | {string.Join(" | ", problem.Diagnostics[0].Notes)}";
        }
    }

    private static void Report(string file, int compiled, int loaded, SortedDictionary<string, (int Count, string Script)> refusals, List<string> slow, List<string> failures)
    {
        StringBuilder report = new($"{compiled} compiled, {loaded} loaded\n");
        foreach ((string reason, (int count, string script)) in refusals) report.Append(CultureInfo.InvariantCulture, $"==== refused {count}: {reason}\n{script}\n");
        foreach (string one in slow) report.Append("==== slow ").Append(one).Append('\n');
        foreach (string one in failures) report.Append("==== failed ").Append(one).Append('\n');
        File.WriteAllText(file, report.ToString());
    }

    private static int Setting(string name, int otherwise) => int.Parse(Environment.GetEnvironmentVariable(name) ?? otherwise.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
