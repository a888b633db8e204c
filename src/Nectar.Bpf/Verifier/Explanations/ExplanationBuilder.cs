// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>
/// Puts an explanation together from what a verifier knows when it stops. The one builder for both: this library's verifier and the logs of the kernel's.
/// </summary>
internal sealed class ExplanationBuilder
{
    private const int Around = 2;

    /// <summary>What is explained: code, category, title, reason and suggestion, without the place.</summary>
    internal required Explanation Finding { get; init; }

    /// <summary>The program; null if only a log is known.</summary>
    internal ProgramText? Program { get; init; }

    /// <summary>The slots that were executed, from the entry to the failure; empty where unknown.</summary>
    internal IReadOnlyList<int> Path { get; init; } = [];

    /// <summary>The register that failed; -1 for none.</summary>
    internal int Register { get; init; } = -1;

    /// <summary>The stack slot that failed, from the frame pointer; null for none.</summary>
    internal int? StackOffset { get; init; }

    /// <summary>The call depth of register and stack slot; null for that of the failure.</summary>
    internal int? Frame { get; init; }

    /// <summary>Another instruction that matters: where something was acquired; null for none.</summary>
    internal int? OtherSlot { get; init; }

    /// <summary>Explains a violation that this library's verifier found.</summary>
    /// <param name="program">The program as it was verified.</param>
    /// <param name="name">Its name; null if it has none.</param>
    /// <param name="violation">What was found.</param>
    /// <param name="path">The executed slots in order, from the entry to the failure.</param>
    /// <param name="registers">What was known about the registers involved.</param>
    internal static Explanation Build(ProgramText program, string? name, Violation violation, IReadOnlyList<int> path, IEnumerable<RegisterKnowledge>? registers = null)
    {
        ViolationRow row = ViolationTable.Find(violation.Kind);
        return new ExplanationBuilder
        {
            Finding = new Explanation
            {
                Code = row.Code,
                Category = row.Category,
                Title = row.Title,
                Reason = violation.Sentence,
                Suggestion = violation.Suggestion ?? row.Suggestion,
                Program = name,
                Instruction = violation.Slot >= 0 ? violation.Slot : null,
                Registers = [.. registers ?? []],
            },
            Program = program,
            Path = path,
            Register = violation.Register,
            StackOffset = violation.StackOffset,
            Frame = violation.Frame,
            OtherSlot = violation.OtherSlot,
        }.Build();
    }

    /// <summary>The explanation with place, code and path.</summary>
    internal Explanation Build()
    {
        if (Program is null) return Finding;
        if (Finding.Instruction is not { } slot || !Program.Contains(slot)) return Finding;
        (ImmutableArray<CausalEvent> events, int omitted) = CausalPath.Find(Program, UpTo(slot), Finding.Category, Register, StackOffset, Frame, OtherSlot);
        return Finding with
        {
            Source = SourceReader.Find(Program, slot) ?? Finding.Source,
            Instructions = [.. Program.Excerpt(slot, Around)],
            Path = events,
            OmittedEvents = omitted,
        };
    }

    /// <summary>The path up to the failure; a path that does not get there ends with it.</summary>
    private IReadOnlyList<int> UpTo(int slot)
    {
        if (Path.Count > 0 && Path[^1] == slot) return Path;
        for (int i = Path.Count - 1; i >= 0; i--)
        {
            if (Path[i] == slot) return [.. Path.Take(i + 1)];
        }

        return [.. Path, slot];
    }
}
