// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Compiler;
using Nectar.CompilerBench;

// report CLANG-OBJECTS ROUNDS OUTPUT [NECTAR]   prints and writes the tables
string samples = typeof(Samples.BlockHttp).Assembly.Location, twins = typeof(Twins.Twin).Assembly.Location;
if (args is not ["report", string objects, string rounds, string output, .. string[] rest]) return 2;
StringBuilder report = new("# The compiler beside clang-19 -O2\n\nPrinted by `bench/compiler/run`, in one run on one machine.\n");
Counting(CpuVersion.V3);
Counting(CpuVersion.V4);
Running();
Compiling();
File.WriteAllText(output, report.ToString());
return 0;

void Say(FormattableString line)
{
    string text = line.ToString(CultureInfo.InvariantCulture);
    Console.WriteLine(text);
    report.Append(text).Append('\n');
}

BpfObject Ours(string probe, CpuVersion cpu) => ProbeCompiler.Compile(twins, "Twins." + probe, new CompilerOptions { Cpu = cpu, Verify = false }).Object!;

BpfObject? Clang(string source, CpuVersion cpu)
{
    string path = Path.Combine(objects, $"{source}.{cpu.ToString().ToLowerInvariant()}.o");
    return File.Exists(path) ? ObjectReader.Read(File.ReadAllBytes(path), source.Replace('.', '_')) : null;
}

void Counting(CpuVersion cpu)
{
    Say($"");
    Say($"## Instructions and what this kernel's verifier processed, cpu {cpu.ToString().ToLowerInvariant()}");
    Say($"");
    Say($"| program | ours | clang | ratio | processed | clang | ratio |");
    Say($"|---|---|---|---|---|---|---|");
    int ours = 0, clang = 0, processed = 0, clangProcessed = 0;
    double worst = 0, worstProcessed = 0;
    foreach (Twins.Twin twin in Twins.Twin.All)
    {
        Count mine = Count.Of(Ours(twin.Class, cpu), twin.Program, twin.LoadsHere);
        Count? theirs = Clang(twin.Source, cpu) is { } source ? Count.Of(source, twin.Program, twin.LoadsHere) : null;
        double ratio = theirs is null ? double.NaN : (double)mine.Instructions / theirs.Instructions;
        double processedRatio = mine.Processed is { } a && theirs?.Processed is { } b ? (double)a / b : double.NaN;
        Say($"| {twin.Source} {twin.Program} | {mine.Instructions} | {theirs?.Instructions} | {ratio:F2} | {mine.Processed?.ToString(CultureInfo.InvariantCulture) ?? mine.Problem ?? "-"} | {theirs?.Processed?.ToString(CultureInfo.InvariantCulture) ?? theirs?.Problem ?? "-"} | {processedRatio:F2} |");
        if (theirs is null) continue;
        (ours, clang, worst) = (ours + mine.Instructions, clang + theirs.Instructions, Math.Max(worst, ratio));
        if (double.IsNaN(processedRatio)) continue;
        (processed, clangProcessed, worstProcessed) = (processed + mine.Processed!.Value, clangProcessed + theirs.Processed!.Value, Math.Max(worstProcessed, processedRatio));
    }

    Say($"| **total** | {ours} | {clang} | **{(double)ours / clang:F3}** (worst {worst:F2}) | {processed} | {clangProcessed} | **{(double)processed / clangProcessed:F3}** (worst {worstProcessed:F2}) |");
}

void Running()
{
    Say($"");
    Say($"## Run time in the kernel");
    Say($"BPF_PROG_TEST_RUN, {rounds} rounds in turn, nanoseconds a run: medians; the ratio is the median of the rounds' ratios.");
    Say($"");
    Say($"| program | packet | ours | clang | ratio |");
    Say($"|---|---|---|---|---|");
    double product = 0;
    int cases = 0;
    foreach (RunCase test in RunCase.All)
    {
        if (Clang(test.Twin.Source, CpuVersion.V3) is not { } clang) continue;
        try
        {
            (double ours, double theirs, double ratio) = RunTime.Measure(test, Ours(test.Twin.Class, CpuVersion.V3), clang, int.Parse(rounds, CultureInfo.InvariantCulture));
            Say($"| {test.Twin.Source} | {test.Name} | {ours:F1} | {theirs:F1} | {ratio:F3} |");
            product += Math.Log(ratio);
            cases++;
        }
        catch (Nectar.Bpf.Diagnostics.NectarException problem)
        {
            Say($"| {test.Twin.Source} | {test.Name} | {problem.Message.Split('\n')[0]} | | |");
        }
    }

    if (cases > 0) Say($"| **geometric mean** | | | | **{Math.Exp(product / cases):F3}** |");
}

void Compiling()
{
    Say($"");
    Say($"## Compile time of block_http, verified");
    Say($"");
    CompilerOptions options = new();
    List<double> warm = [];
    long start = Stopwatch.GetTimestamp();
    ProbeCompiler.Compile(samples, "Samples.BlockHttp", options);
    Say($"- first time in a process that compiles just in time: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
    for (int i = 0; i < 100; i++)
    {
        start = Stopwatch.GetTimestamp();
        ProbeCompiler.Compile(samples, "Samples.BlockHttp", options);
        warm.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    start = Stopwatch.GetTimestamp();
    for (int i = 0; i < 100; i++) ProbeCompiler.Compile(samples, "Samples.BlockHttp", options);
    Say($"- 100 times, warm: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
    Say($"- once, warm: {RunTime.Median(warm):F1} ms (median of 100)");
    if (rest is not [string nectar] || !File.Exists(nectar)) return;
    List<double> cold = [];
    string made = Path.Combine(objects, "cold.bpf.o");
    for (int i = 0; i < 12; i++)
    {
        start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(nectar, ["build", "samples/BlockHttp.cs", "-o", made]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string printed = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            Say($"- the command: {printed.Split('\n')[0]}");
            return;
        }

        if (i > 0) cold.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    Say($"- the native command, cold (`nectar build samples/BlockHttp.cs`, whose assembly it has kept): {RunTime.Median(cold):F0} ms (median of 11)");
}
