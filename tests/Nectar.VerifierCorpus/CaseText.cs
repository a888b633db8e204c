// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier;

namespace Nectar.VerifierCorpus;

/// <summary>All about one case, for reading.</summary>
internal static class CaseText
{
    private const int MostLines = 400;

    internal static void Print(CorpusCase @case, TextWriter output)
    {
        VerifierInput input = @case.MakeInput();
        output.WriteLine($"\n##### {@case}: {input.Type} attach {input.AttachType} {input.AttachTarget} flags {input.Flags:x}");
        for (int i = 0; i < input.Maps.Count; i++) output.WriteLine($"  map {i} {input.Maps[i]} flags {input.Maps[i].Flags} {input.Maps[i].Role}");
        foreach (InputFunction function in input.Functions) output.WriteLine($"  function {function}");
        int lines = 0;
        for (int slot = 0; slot < input.Instructions.Length && lines++ < MostLines; slot++)
        {
            Instruction at = input.Instructions[slot];
            output.WriteLine($"{slot,5}: {Disassembler.Format(input.Instructions, slot)}{(input.Kfuncs.TryGetValue(slot, out string? name) ? $"   // {name}" : "")}");
            if (at.IsWide) slot++;
        }

        output.WriteLine($"kernel: {(@case.Kernel.IsAccepted ? "accepted" : $"errno {@case.Kernel.Errno}")} {@case.Kernel.Instructions} insns\n{@case.Kernel.Message}\n{@case.Kernel.Log}");
        Outcome ours = Outcome.Of(@case, Comparison.Options());
        output.WriteLine($"ours: {ours.Agreement} {ours.Ours} {ours.Result?.Statistics.InstructionsWalked} insns {ours.Result?.Refusal}");
        if (ours.Failure is not null) output.WriteLine(ours.Failure);
        if (ours.Result is { IsAccepted: false } refused) output.WriteLine($"path {string.Join(' ', refused.Path.TakeLast(40))}\n{string.Join('\n', refused.Registers)}");
    }
}
