// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Linux.Refusals;

/// <summary>Turns a verifier's log into an explanation: what is wrong in plain words, where in the source, what was known there, what to do.</summary>
public static class VerifierRefusal
{
    /// <summary>Explains why the kernel's verifier refused a program.</summary>
    /// <param name="program">What was loaded; null if only the log is there.</param>
    /// <param name="programName">The program's name.</param>
    /// <param name="log">The log, of level 1 or 2, or the statistics (4) alone.</param>
    /// <param name="errno">What the load answered.</param>
    public static VerificationException Explain(LinkedProgram? program, string programName, string log, Errno errno) => Explain(program, programName, log, errno, askKernel: false);

    /// <summary>As the public one; may ask the running kernel, which refused the program, for more.</summary>
    internal static VerificationException Explain(LinkedProgram? program, string programName, string log, Errno errno, bool askKernel)
    {
        ArgumentNullException.ThrowIfNull(programName);
        ArgumentNullException.ThrowIfNull(log);
        VerifierLog parsed = VerifierLog.Parse(log);
        Explanation explanation = Explain(program, programName, parsed, errno, askKernel);
        return new VerificationException(explanation, programName, log) { ProcessedInstructions = parsed.ProcessedInstructions };
    }

    private static Explanation Explain(LinkedProgram? program, string programName, VerifierLog log, Errno errno, bool askKernel)
    {
        VerifierFinding? finding = VerifierMessages.Find(log.Messages);
        ProgramText? text = program is null ? null : new ProgramText(program);
        int? instruction = finding?.Number("insn") ?? log.Instruction;
        DiagnosticCode code = finding?.Message.Code ?? (log.Messages.Count == 0 && log.Report is null ? VerifierCodes.NoLog : VerifierCodes.Unexplained);
        (ViolationCategory category, string title) = (log.Report is { } report ? VerifierTitles.Parse(report.Title) : null) ?? VerifierTitles.Find(code);
        ImmutableArray<int> registers = RelevantRegisters(text, log, finding, instruction);
        Explanation made = new()
        {
            Code = code,
            Category = finding?.Message.Category ?? category,
            Title = title,
            Reason = Reason(finding, log, errno),
            Suggestion = Suggestion(finding, log, errno, code),
            Program = programName,
            Instruction = instruction,
            Source = LogPlace(log),
            Registers = States(log, registers, instruction, code),
            Facts = VerifierFacts.Find(program, text, log, finding, code, instruction, askKernel),
            KernelText = KernelText(log, finding),
        };
        if (text is null) return WithoutProgram(made, log);
        return new ExplanationBuilder
        {
            Finding = made,
            Program = text,
            Path = log.Path,
            Register = FailedRegister(log, finding, code, registers, instruction),
            StackOffset = code == VerifierCodes.StackAccess ? finding?.SignedNumber("off") : null,
            Frame = log.Frame,
            OtherSlot = finding?.Message.Other is { } other ? finding.Number(other.Hole) : null,
        }.Build().WithSourceFrom(SourceFiles.ReadLines);
    }

    private static string Reason(VerifierFinding? finding, VerifierLog log, Errno errno) =>
        finding is not null ? MessageTemplate.Fill(finding.Message.Explanation, finding.Fields)
        : log.Report is { Reason.Length: > 0 } report ? LowerFirst(report.Reason.TrimEnd('.'))
        : log.Messages.Count > 0 ? $"the kernel's verifier refuses it ({errno}): {log.Messages[^1]}"
        : $"the kernel refuses it ({errno}), and its verifier found nothing wrong";

    private static string Suggestion(VerifierFinding? finding, VerifierLog log, Errno errno, DiagnosticCode code) =>
        finding?.Message.Help is { } help ? MessageTemplate.Fill(help, finding.Fields)
        : log.Report is { Suggestion.Length: > 0 } report ? LowerFirst(report.Suggestion)
        : code == VerifierCodes.NoLog ? $"{errno} came from another part of the kernel than the verifier"
        : "the whole log has the path that led there (--log, VerificationException.Log)";

    /// <summary>The kernel's own words; null where the reason has them already, or there are none.</summary>
    private static string? KernelText(VerifierLog log, VerifierFinding? finding)
    {
        if (log.Report is { } report && finding is null) return report.Title;
        string said = string.Join("; ", log.Messages.TakeLast(3));
        if (log.Report is { Reason.Length: > 0 } words) said = said.Length == 0 ? words.Reason : $"{said}; {words.Reason}";
        return said.Length == 0 ? null : said;
    }

    /// <summary>The register whose life is told: the one that the complaint names, else the first that may be meant.</summary>
    private static int FailedRegister(VerifierLog log, VerifierFinding? finding, DiagnosticCode code, ImmutableArray<int> registers, int? instruction)
    {
        if (finding?.Number("r") is { } named) return named;
        if (code == VerifierCodes.ReturnValue) return 0;
        if (instruction != log.Instruction || registers.IsEmpty) return -1;
        if (code != VerifierCodes.UnboundedValue) return code == VerifierCodes.NullPointer || code == VerifierCodes.InvalidPointer || code == VerifierCodes.PacketBounds ? registers[0] : -1;
        foreach (int register in registers)
        {
            if (log.Registers.TryGetValue($"R{register}", out string? state) && (state.Contains("scalar", StringComparison.Ordinal) || state.Contains("inv", StringComparison.Ordinal))) return register;
        }

        return registers[0];
    }

    private static ImmutableArray<RegisterKnowledge> States(VerifierLog log, ImmutableArray<int> registers, int? instruction, DiagnosticCode code)
    {
        if (instruction is null || instruction != log.Instruction || code == VerifierCodes.UnreadRegister) return []; // what such a register held before is gone
        return [.. registers.Where(register => log.Registers.ContainsKey($"R{register}")).Select(register => new RegisterKnowledge($"r{register}", log.Registers[$"R{register}"], RegisterWords.OfState(log.Registers[$"R{register}"])))];
    }

    /// <summary>The registers that the complaint names and that the instruction reads.</summary>
    private static ImmutableArray<int> RelevantRegisters(ProgramText? program, VerifierLog log, VerifierFinding? finding, int? at)
    {
        SortedSet<int> registers = [];
        foreach (string line in log.Messages)
        {
            for (int i = line.IndexOf('R', StringComparison.Ordinal); i >= 0 && i + 1 < line.Length; i = line.IndexOf('R', i + 1))
            {
                bool isAlone = i + 2 >= line.Length || !char.IsAsciiLetterOrDigit(line[i + 2]);
                if (char.IsAsciiDigit(line[i + 1]) && isAlone && (i == 0 || !char.IsAsciiLetterOrDigit(line[i - 1]))) registers.Add(line[i + 1] - '0');
            }
        }

        if (finding?.Number("r") is { } named) registers.Add(named);
        if (program is not null && at is { } slot && program.Contains(slot) && OpcodeTable.Find(program.Code[slot]) is { IsCall: false } row)
        {
            Instruction instruction = program.Code[slot];
            if (row.ReadsDestination && instruction.Destination < 10) registers.Add(instruction.Destination);
            if (row.UsesSourceRegister && instruction.Source < 10) registers.Add(instruction.Source);
        }

        return [.. registers];
    }

    /// <summary>A log alone has the refused instruction and the branches on the way to it.</summary>
    private static Explanation WithoutProgram(Explanation made, VerifierLog log)
    {
        List<CausalEvent> events = [];
        foreach (VerifierBranch branch in log.Branches)
        {
            string text = $"{branch.Code}: {(branch.IsTaken ? "taken" : "not taken")}";
            if (events.Count > 0 && events[^1].Slot == branch.Instruction && events[^1].IsTaken == branch.IsTaken) events[^1] = events[^1] with { Times = events[^1].Times + 1 };
            else events.Add(new CausalEvent(CausalKind.Branch, branch.Instruction, null, 0, text, 1) { IsTaken = branch.IsTaken });
        }

        return made with
        {
            Instructions = made.Instruction is { } slot && log.CodeAt(slot) is { } code ? [new CodeLine(slot, code, IsMarked: true)] : [],
            Path = log.Messages.Count == 0 ? [] : [.. events.TakeLast(CausalPath.MaxEvents)],
            OmittedEvents = log.Messages.Count == 0 ? 0 : Math.Max(0, events.Count - CausalPath.MaxEvents),
        };
    }

    /// <summary>The same refusal, with the remark that the verifier was not asked for its path.</summary>
    internal static VerificationException WithoutSteps(VerificationException refusal, TimeSpan? duration)
    {
        string took = duration is { } time ? string.Create(CultureInfo.InvariantCulture, $", which took {time.TotalSeconds:0.0} s") : "";
        string fact = $"the verifier looked at {refusal.ProcessedInstructions} instructions{took}, so its path was not asked for; a log of level 1 has it (--log)";
        Explanation made = refusal.Explanation!;
        return new VerificationException(made with { Facts = made.Facts.Add(fact) }, refusal.Program, refusal.Log) { ProcessedInstructions = refusal.ProcessedInstructions };
    }

    /// <summary>Kernels from 6.8 on name file and line of the source lines that they quote: <c>text @ file.c:12</c>.</summary>
    private static SourceExcerpt? LogPlace(VerifierLog log)
    {
        if (log.SourceLine is not { } line) return null;
        int at = line.LastIndexOf(" @ ", StringComparison.Ordinal), colon = line.LastIndexOf(':');
        if (at <= 0 || colon < at || !int.TryParse(line.AsSpan(colon + 1), CultureInfo.InvariantCulture, out int number) || number < 1) return null;
        return SourceReader.Make(line[(at + 3)..colon], number, line[..at]);
    }

    private static string LowerFirst(string text) => text.Length > 1 && char.IsAsciiLetterLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
