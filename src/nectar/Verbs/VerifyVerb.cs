// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Reflection;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Reports;
using Nectar.Build.Sources;
using Nectar.Cli.Views;
using Nectar.Linux.Loading;
using Nectar.Linux.Refusals;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar verify</c>: says which programs of objects are safe, why the others are not, and what that took.</summary>
internal static class VerifyVerb
{
    private static readonly DiagnosticCode s_words = new(5201), s_noFrontEnd = new(5202), s_noBase = new(5203), s_noProgram = new(5204);

    private sealed record Options
    {
        internal required VerifierOptions Verifier { get; init; }

        internal required ReportQuery Query { get; init; }

        internal required IReadOnlyList<KernelVersion> Kernels { get; init; }

        internal bool BesideKernel { get; init; }
    }

    internal static Command Create()
    {
        Argument<string[]> files = new("files") { Description = "Objects, probes in C# (sources, projects, assemblies) or assembly text; - for standard input", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> script = new("-e") { Description = "Verify a script instead of files" };
        Option<string[]> filter = new("--filter", "-f") { Description = "Programs by name (xdp_*, !*_test, prog/xdp_*) or by column (walked>1000, verdict=refuse)" };
        Option<string[]> sort = new("--sort", "-s") { Description = "Columns to sort by, each with :asc or :desc" };
        Option<bool> why = new("--why", "-w") { Description = "Explain refusals in full" };
        Option<bool> json = new("--json", "-j") { Description = "Print everything as JSON" };
        Option<string?> sarif = new("--sarif") { Description = "Write refusals to a SARIF 2.1.0 file" };
        Option<string?> kernel = new("--kernel", "-k") { Description = "The rules of these kernels instead of the newest: 5.4,6.1 or all" };
        Option<bool> states = new("--states") { Description = "Show where the work went by source line" };
        Option<bool> listing = new("--listing") { Description = "Show how often each instruction was walked" };
        Option<string?> cfg = new("--cfg") { Description = "Draw the control flow graph into a file (.svg, .dot)" };
        Option<string?> compare = new("--compare", "-c") { Description = "Compare with an earlier --json output, or with another object" };
        Option<int> tolerance = new("--tolerance") { Description = "With --compare: percent by which an accepted program may walk more", DefaultValueFactory = _ => 10 };
        Option<bool> beside = new("--beside-kernel", "-b") { Description = "Ask the running kernel too" };
        Option<string> mode = new("--mode") { Description = "auto, paths (as the kernel) or widening", DefaultValueFactory = _ => "auto" };
        mode.AcceptOnlyFromAmong("auto", "paths", "widening");
        Option<long> budget = new("--budget") { Description = "Instructions that may be walked", DefaultValueFactory = _ => 1_000_000 };
        Command command = new("verify", "Prove that programs are safe, or explain why not") { files, script, filter, sort, why, json, sarif, kernel, states, listing, cfg, compare, tolerance, beside, mode, budget };
        command.SetAction(result =>
        {
            if (result.GetValue(script) is not null) throw NoFrontEnd("-e", "scripts");
            string[] paths = result.GetValue(files) ?? [];
            if (paths.Length == 0) throw new UsageException(Diagnostic.Error(s_words, "nectar verify: no file was named", "help: nectar verify prog.bpf.o"));
            Options options = new()
            {
                Verifier = RunningVerifier.Options with
                {
                    Mode = Enum.Parse<VerifierMode>(result.GetValue(mode)!, ignoreCase: true),
                    Budget = new VerifierBudget { Instructions = Math.Max(1, result.GetValue(budget)) },
                },
                Query = Query(result.GetValue(filter) ?? [], result.GetValue(sort) ?? []),
                Kernels = Kernels(result.GetValue(kernel)),
                BesideKernel = result.GetValue(beside),
            };
            List<VerifiedProgram> programs = [.. paths.SelectMany(Read).SelectMany(source => Verify(source, options))];
            ProgramReport[] shown = [.. options.Query.Apply(programs.Select(program => program.Report))];
            TextWriter output = result.InvocationConfiguration.Output;
            if (result.GetValue(sarif) is { } sarifFile) WriteSarif(sarifFile, shown);
            if (result.GetValue(cfg) is { } drawing) Draw(drawing, programs);
            if (result.GetValue(compare) is { } baseline) return Compare(baseline, shown, options, result.GetValue(tolerance), result.GetValue(json), output);
            if (result.GetValue(json)) output.WriteLine(ReportJson.ToJson(shown));
            else
            {
                if (options.Kernels.Count > 1) VerifyView.WriteMatrix(shown, [.. options.Kernels.Select(version => version.ToString())], output);
                else VerifyView.WriteTable(shown, output);
                if (result.GetValue(why)) VerifyView.WriteWhy(shown, output);
                if (result.GetValue(states) || result.GetValue(listing))
                {
                    foreach (VerifiedProgram program in programs.Where(program => shown.Contains(program.Report))) VerifyView.WriteStates(program, output, result.GetValue(listing));
                }
            }

            return shown.All(report => report.Verdict == Verdict.Accept) ? 0 : 1;
        });
        return command.WithExamples(
            ("nectar verify prog.bpf.o", "all programs: verdict, instructions walked, states, time, stack"),
            ("nectar verify prog.bpf.o --why", "refusals with place, path and suggestion"),
            ("nectar verify prog.bpf.o --kernel all", "would it load on 5.4, 5.10, …, 6.18?"),
            ("nectar verify new.bpf.o --compare old.json", "regressions against an earlier --json output"),
            ("nectar verify prog.bpf.o --filter 'walked>10000' --sort walked:desc --states", "where the budget of the expensive programs goes"));
    }

    private static IEnumerable<VerifiedProgram> Verify(BpfObject source, Options options)
    {
        foreach (ProgramDefinition program in source.Programs)
        {
            if (!options.Query.Names(source.Name, program.Name)) continue;
            foreach (KernelVersion version in options.Kernels)
            {
                VerifiedProgram made = ObjectVerification.Verify(source, program, options.Verifier with { Kernel = version });
                ProgramReport report = made.Report with { Explanation = made.Report.Explanation?.WithSourceFrom(SourceFiles.ReadLines) };
                yield return made with { Report = options.BesideKernel ? report with { BesideKernel = KernelJudge.Ask(source, program.Name) } : report };
            }
        }
    }

    private static int Compare(string baseline, ProgramReport[] shown, Options options, int tolerance, bool asJson, TextWriter output)
    {
        IReadOnlyList<ProgramReport> before = ReadBase(baseline, options);
        ProgramChange[] changes = [.. Comparison.Of(before, shown)];
        ProgramChange[] regressions = [.. Comparison.Regressions(changes, Math.Max(0, tolerance) / 100.0)];
        if (asJson) output.WriteLine(ReportJson.ToJson(shown));
        else VerifyView.WriteComparison(changes, regressions, output);
        return regressions.Length > 0 ? 1 : 0;
    }

    private static IReadOnlyList<ProgramReport> ReadBase(string path, Options options)
    {
        byte[] bytes = Inputs.ReadBytes(path);
        if (bytes is not [(byte)'[', ..]) return [.. Read(path).SelectMany(source => Verify(source, options)).Select(program => program.Report)];
        return ReportJson.TryRead(System.Text.Encoding.UTF8.GetString(bytes))
            ?? throw new UsageException(Diagnostic.Error(s_noBase, $"'{path}' is no output of nectar verify --json", "help: nectar verify old.bpf.o --json > old.json"));
    }

    private static void WriteSarif(string path, ProgramReport[] shown)
    {
        using Stream output = path == "-" ? Console.OpenStandardOutput() : File.Create(path);
        string version = typeof(VerifyVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        SarifReport.Write(output, shown.Select(report => report.Explanation).OfType<Explanation>(), version);
    }

    private static void Draw(string path, List<VerifiedProgram> programs)
    {
        VerifiedProgram[] drawn = [.. programs.Where(program => program.Linked is not null).DistinctBy(program => (program.Report.Object, program.Report.Program))];
        if (drawn.Length != 1)
        {
            throw new UsageException(Diagnostic.Error(s_noProgram, $"nectar verify: --cfg draws one program, and {drawn.Length} were chosen",
                $"note: programs: {string.Join(", ", drawn.Select(program => program.Report.Program).Distinct())}", "help: choose one: --filter NAME"));
        }

        ControlFlowGraph graph = ControlFlowGraph.Of(drawn[0].Linked!, drawn[0].Visits);
        File.WriteAllText(path, path.EndsWith(".dot", StringComparison.OrdinalIgnoreCase) ? GraphDrawing.ToDot(graph) : GraphDrawing.ToSvg(graph));
    }

    private static IReadOnlyList<BpfObject> Read(string path) => ProbeSource.IsProbeSource(path) ? ProbeInputs.ReadAll(path) : [Inputs.ReadObject(path)];

    private static UsageException NoFrontEnd(string what, string language) =>
        new(Diagnostic.Error(s_noFrontEnd, $"nectar verify: '{what}': {language} cannot be verified yet", "help: compile it to an object, or write assembly: nectar verify prog.bpf.o"));

    private static ReportQuery Query(string[] filters, string[] order) =>
        ReportQuery.TryParse(filters, order.SelectMany(one => one.Split(',')), out ReportQuery? query, out string? problem) ? query
        : throw new UsageException(Diagnostic.Error(s_words, $"nectar verify: {problem}"));

    private static IReadOnlyList<KernelVersion> Kernels(string? text)
    {
        if (text is null) return [KernelVersion.Newest];
        if (text == "all") return ObjectVerification.Kernels;
        List<KernelVersion> kernels = [];
        foreach (string one in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!KernelVersion.TryParse(one, out KernelVersion version) || version < KernelVersion.Oldest)
            {
                throw new UsageException(Diagnostic.Error(s_words, $"nectar verify: '{one}' is no kernel version", $"help: --kernel {string.Join(',', ObjectVerification.Kernels)} or all"));
            }

            kernels.Add(version);
        }

        return kernels.Count > 0 ? kernels : throw new UsageException(Diagnostic.Error(s_words, "nectar verify: --kernel names no version"));
    }
}
