// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Verifier;
using Nectar.Bpf.Verifier.States;
using Nectar.KernelTests.Verifier.Fuzzing;
using Nectar.Tests.Verifier.Fuzzing;

int programs = Option("--programs", 10_000), first = Option("--seed", 0);
Stopwatch watch = Stopwatch.StartNew();
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args.Length > 0 ? args[0] : "")
{
    case "verdicts":
        return Verdicts();
    case "contain":
        return Contain();
    case "soup":
        return Soup();
    case "show":
        Show(args.Contains("--soup") ? FuzzGenerator.Soup(first) : FuzzGenerator.Structured(first));
        return 0;
    default:
        Console.Error.WriteLine("usage: verifier-fuzz verdicts|contain|soup [--programs N] [--seed FIRST], or verifier-fuzz show [--soup] --seed S");
        return 2;
}

int Verdicts()
{
    using KernelJudge judge = new();
    VerdictComparison comparison = new(judge, VerdictComparison.ReadKnown(Path.Combine(AppContext.BaseDirectory, "known-disagreements.txt")));
    for (int seed = first; seed < first + programs; seed++) comparison.Compare(FuzzGenerator.Structured(seed));
    Console.WriteLine($"verdicts: {comparison.Programs} programs, both accept {comparison.BothAccept}, both refuse {comparison.BothRefuse}; ours {comparison.OurTime.TotalSeconds:F1} s, kernel (with its compiler) {comparison.KernelTime.TotalSeconds:F1} s");
    foreach ((string name, (int count, int seed, string? reason)) in comparison.Classes.OrderByDescending(c => c.Value.Count)) Console.WriteLine($"{count,6} {name} (seed {seed}) {(reason is null ? "UNKNOWN" : "known: " + reason)}");
    return comparison.UnknownUnsound.Any() ? 1 : 0;
}

int Contain()
{
    FuzzContainment containment = new();
    for (int seed = first; seed < first + programs && containment.Violations.Count < 10; seed++)
    {
        containment.Try(seed % 3 == 0 ? FuzzGenerator.Structured(seed) : FuzzGenerator.Careful(seed, FuzzProfile.All[seed % FuzzProfile.All.Length]), 4);
    }
    Console.WriteLine($"contain: {containment.Programs} accepted programs, {containment.Runs} runs, {containment.Steps} steps in {watch.Elapsed.TotalSeconds:F0} s, {containment.Violations.Count} violations");
    foreach (string violation in containment.Violations) Console.WriteLine(violation);
    return containment.Violations.Count == 0 ? 0 : 1;
}

int Soup()
{
    FuzzSoup soup = new();
    for (int seed = first; seed < first + programs && soup.Failures.Count < 10; seed++) soup.Try(seed % 4 == 0 ? FuzzGenerator.Structured(seed) : FuzzGenerator.Soup(seed));
    Console.WriteLine($"soup: {soup.Programs} programs in {watch.Elapsed.TotalSeconds:F0} s ({soup.Programs / watch.Elapsed.TotalSeconds:F0} a second), {soup.Accepted} accepted, slowest {soup.SlowestMs:F0} ms (seed {soup.SlowestSeed}), {soup.Failures.Count} failures");
    foreach (string failure in soup.Failures) Console.WriteLine(failure);
    return soup.Failures.Count == 0 ? 0 : 1;
}

// The kernel's log of a program, and what we know at each instruction.
void Show(FuzzProgram program)
{
    using KernelJudge judge = new();
    Console.WriteLine($"{program.Type} {program.Attach}\n{judge.Log(program, 2)}");
    VerificationResult result = FuzzVerification.Verify(program, new VerifierOptions { Mode = VerifierMode.Paths, KeepStates = true, Budget = new VerifierBudget { Instructions = 50_000 } });
    for (int slot = 0; slot < program.Code.Length; slot++)
    {
        Console.WriteLine($"slot {slot}: {Disassembler.Format(program.Code[slot])}");
        foreach (VerifierState state in result.States?[slot] ?? []) Console.WriteLine("    " + string.Join(' ', Enumerable.Range(0, 10).Where(r => state.Registers[r].Kind != RegisterKind.NotInit).Select(r => $"r{r}={state.Registers[r]}")));
    }
    Console.WriteLine($"{result.Statistics.InstructionsWalked} instructions, {result.Statistics.States} states, {result.Statistics.Time.TotalMilliseconds:F1} ms");
    Console.WriteLine(result.IsAccepted ? "accepted" : $"{result.Refusal!.Kind} at slot {result.Refusal.Slot}: {result.Refusal.Sentence}");
}

int Option(string name, int otherwise)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
