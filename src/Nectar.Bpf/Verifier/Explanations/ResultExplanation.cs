// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>Explains what this library's verifier found.</summary>
internal static class ResultExplanation
{
    /// <summary>The explanation of a refusal.</summary>
    /// <param name="input">What was verified.</param>
    /// <param name="violation">What was found.</param>
    /// <param name="path">The executed slots, from the entry to the failure.</param>
    /// <param name="registers">What r0 to r10 held there, in words; empty where unknown.</param>
    /// <param name="visits">How often each slot was walked, which tells where a budget went.</param>
    internal static Explanation Make(VerifierInput input, Violation violation, IReadOnlyList<int> path, IReadOnlyList<string> registers, IReadOnlyList<int> visits)
    {
        ProgramText text = TextOf(input);
        Explanation made = ExplanationBuilder.Build(text, input.Name, violation, path, Involved(text, violation, registers));
        return violation.Kind is ViolationKind.TooComplex or ViolationKind.TooManyBranches or ViolationKind.BudgetSpent or ViolationKind.InfiniteLoop ? made with { Facts = [.. Spent(text, visits)] } : made;
    }

    /// <summary>Where the work went: the lines that were walked most, or instructions where there are no lines.</summary>
    private static IEnumerable<string> Spent(ProgramText text, IReadOnlyList<int> visits)
    {
        const int Most = 3;
        long all = visits.Sum(count => (long)count);
        if (all == 0) yield break;
        var costs = Enumerable.Range(0, visits.Count).Where(slot => visits[slot] > 0)
            .GroupBy(slot => text.Line(slot) is { } line ? $"line {line.Line}" : $"insn {slot}")
            .Select(group => (Place: group.Key, Walked: group.Sum(slot => (long)visits[slot]))).OrderByDescending(cost => cost.Walked).Take(Most);
        yield return $"of {all} instructions walked, {string.Join(", ", costs.Select(cost => $"{cost.Walked} are of {cost.Place}"))}";
        foreach ((int from, int to) in text.Loops().Take(Most)) yield return $"loop: {text.Name(from)} back to {text.Name(to)}, walked {(from < visits.Count ? visits[from] : 0)} times";
    }

    /// <summary>The code of an input with the names of what it refers to.</summary>
    internal static ProgramText TextOf(VerifierInput input) => new(input.Instructions)
    {
        Lines = [.. input.Lines],
        Functions = [.. input.Functions.Select((function, i) => new ProgramFunction(function.Name, function.Start, i + 1 < input.Functions.Count ? input.Functions[i + 1].Start : input.Instructions.Length))],
        NameOf = slot => NameOf(input, slot),
    };

    private static string? NameOf(VerifierInput input, int slot)
    {
        if (input.Kfuncs.TryGetValue(slot, out string? kfunc)) return kfunc;
        if (input.Variables.TryGetValue(slot, out InputVariable variable)) return variable.Name;
        Instruction instruction = input.Instructions[slot];
        if (instruction.IsWide && (PseudoSource)instruction.Source is PseudoSource.MapIndex or PseudoSource.MapIndexValue && (uint)instruction.Immediate < (uint)input.Maps.Count)
        {
            return input.Maps[instruction.Immediate].Name;
        }

        int target = (instruction.IsWide && (PseudoSource)instruction.Source == PseudoSource.Function) || OpcodeTable.Find(instruction)?.Operation == Operation.CallLocal ? slot + 1 + instruction.Immediate : -1;
        foreach (InputFunction function in input.Functions)
        {
            if (function.Start == target && target >= 0) return function.Name;
        }

        return null;
    }

    /// <summary>The register that failed, and those that the instruction reads.</summary>
    private static List<RegisterKnowledge> Involved(ProgramText text, Violation violation, IReadOnlyList<string> registers)
    {
        SortedSet<int> numbers = [];
        if (violation.Register is >= 0 and < 10) numbers.Add(violation.Register);
        if (text.Contains(violation.Slot) && OpcodeTable.Find(text.Code[violation.Slot]) is { IsCall: false } row)
        {
            Instruction instruction = text.Code[violation.Slot];
            if (row.ReadsDestination) numbers.Add(instruction.Destination);
            if (row.UsesSourceRegister) numbers.Add(instruction.Source);
        }

        return [.. numbers.Where(number => number < 10 && number < registers.Count && registers[number].Length > 0).Select(number => new RegisterKnowledge($"r{number}", registers[number], ""))];
    }
}
