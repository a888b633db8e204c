// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;

namespace Nectar.Linux.Refusals;

/// <summary>Turns a verifier's log into an explanation: what is wrong in plain words, where in the source, what was known there, what to do.</summary>
public static class VerifierRefusal
{
    private const int MaxBranches = 4, MaxLoops = 3;

    /// <summary>Explains why the kernel's verifier refused a program.</summary>
    /// <param name="program">What was loaded; null if only the log is there.</param>
    /// <param name="programName">The program's name.</param>
    /// <param name="log">The log, of level 1 or 2, or the statistics (4) alone.</param>
    /// <param name="errno">What the load answered.</param>
    public static VerificationException Explain(LinkedProgram? program, string programName, string log, Errno errno)
    {
        ArgumentNullException.ThrowIfNull(programName);
        ArgumentNullException.ThrowIfNull(log);
        VerifierLog parsed = VerifierLog.Parse(log);
        VerifierFinding? finding = VerifierMessages.Find(parsed.Messages);
        int? instruction = finding is not null && Number(finding, "insn") is { } named ? named : parsed.Instruction;
        DiagnosticCode code = finding?.Message.Code ?? (parsed.Messages.Count == 0 && parsed.Report is null ? VerifierCodes.NoLog : VerifierCodes.Unexplained);
        string message = finding is not null ? MessageTemplate.Fill(finding.Message.Explanation, finding.Fields)
            : parsed.Report is { Reason.Length: > 0 } report ? LowerFirst(report.Reason.TrimEnd('.'))
            : parsed.Messages.Count > 0 ? $"the kernel's verifier refuses it ({errno}): {parsed.Messages[^1]}"
            : $"the kernel refuses it ({errno}), and its verifier found nothing wrong";

        List<string> notes = [];
        AddInstruction(notes, program, parsed, finding, instruction);
        if (parsed.Function is { } function) notes.Add($"note: in global function '{function}', which is checked on its own");
        if (finding is not null) notes.Add("note: the verifier says: " + string.Join("; ", parsed.Messages.TakeLast(3)));
        AddOrigin(notes, program, parsed, finding, instruction);
        AddOther(notes, program, finding);
        AddPath(notes, program, parsed);
        AddFacts(notes, program, parsed, finding, code, instruction);
        if (parsed.Report is { } said && finding is not null && said.Reason.Length > 0) notes.Add($"note: the kernel explains: {said.Reason}");
        string? help = finding?.Message.Help is { } row ? MessageTemplate.Fill(row, finding.Fields) : parsed.Report is { Suggestion.Length: > 0 } suggestion ? "help: " + LowerFirst(suggestion.Suggestion) : null;
        if (help is not null) notes.Add(help);
        else if (finding is null) notes.Add(code == VerifierCodes.NoLog ? $"help: {errno} came from another part of the kernel than the verifier" : "help: the whole log has the path that led there (--log, VerificationException.Log)");

        (SourceSpan Span, string Text)? place = ProgramPlace.Find(program, instruction) ?? LogPlace(parsed);
        Diagnostic diagnostic = new(code, Severity.Error, $"program '{programName}': {message}", place?.Span, instruction, [.. notes]) { SourceLine = place?.Text };
        return new VerificationException([diagnostic], programName, log) { ProcessedInstructions = parsed.ProcessedInstructions };
    }

    /// <summary>The instruction, and what was known about the registers that it, or the complaint, names.</summary>
    private static void AddInstruction(List<string> notes, LinkedProgram? program, VerifierLog log, VerifierFinding? finding, int? instruction)
    {
        if (instruction is not { } at) return;
        string text = ProgramPlace.Text(program, at) ?? (at == log.Instruction ? log.Code : null) ?? "";
        List<string> states = [];
        if (at == log.Instruction)
        {
            foreach (int register in RelevantRegisters(program, log, finding, at))
            {
                if (!log.Registers.TryGetValue($"R{register}", out string? state)) continue;
                string words = RegisterWords.OfState(state);
                states.Add(words.Length == 0 ? $"r{register} = {state}" : $"r{register} = {state}: {words}");
            }
        }

        notes.Add($"note: insn {at}{(text.Length > 0 ? ": " + text : "")}{string.Concat(states.Select(state => "; " + state))}");
    }

    private static SortedSet<int> RelevantRegisters(LinkedProgram? program, VerifierLog log, VerifierFinding? finding, int at)
    {
        SortedSet<int> registers = [];
        foreach (string line in log.Messages)
        {
            for (int i = line.IndexOf('R', StringComparison.Ordinal); i >= 0 && i + 1 < line.Length; i = line.IndexOf('R', i + 1))
            {
                if (char.IsAsciiDigit(line[i + 1]) && (i == 0 || !char.IsAsciiLetterOrDigit(line[i - 1]))) registers.Add(line[i + 1] - '0');
            }
        }

        if (finding is not null && Number(finding, "r") is { } named) registers.Add(named);
        if (program is not null && at < program.Instructions.Length && OpcodeTable.Find(program.Instructions[at]) is { IsCall: false } row)
        {
            Instruction instruction = program.Instructions[at];
            if (row.ReadsDestination && instruction.Destination < 10) registers.Add(instruction.Destination);
            if (row.UsesSourceRegister && instruction.Source < 10) registers.Add(instruction.Source);
        }

        return registers;
    }

    /// <summary>Where a pointer that may be null, or a number without bounds, comes from.</summary>
    private static void AddOrigin(List<string> notes, LinkedProgram? program, VerifierLog log, VerifierFinding? finding, int? instruction)
    {
        if (program is null || finding is null || instruction != log.Instruction) return;
        if (finding.Message.Code != VerifierCodes.NullPointer && finding.Message.Code != VerifierCodes.InvalidPointer && finding.Message.Code != VerifierCodes.UnboundedValue) return;
        int? register = Number(finding, "r") ?? RelevantRegisters(program, log, finding, log.Instruction!.Value).Cast<int?>().FirstOrDefault();
        if (register is not { } wanted || RegisterOrigin.Find(program.Instructions, log.Path, wanted) is not { } origin || origin == instruction) return;
        string line = program.FindLine(origin) is { Line: > 0 } info ? $" (line {info.Line})" : "";
        notes.Add($"note: its value comes from insn {origin}{line}: {ProgramPlace.Text(program, origin)}");
    }

    private static void AddOther(List<string> notes, LinkedProgram? program, VerifierFinding? finding)
    {
        if (finding?.Message.Other is not { } other || Number(finding, other.Hole) is not { } at) return;
        notes.Add($"note: {other.Words} at {ProgramPlace.Name(program, at)}{(ProgramPlace.Text(program, at) is { } text ? ": " + text : "")}");
    }

    private static void AddPath(List<string> notes, LinkedProgram? program, VerifierLog log)
    {
        if (log.Branches.Count == 0 || log.Messages.Count == 0) return;
        IEnumerable<string> last = log.Branches.TakeLast(MaxBranches).Select(branch => $"{ProgramPlace.Name(program, branch.Instruction)} '{branch.Code}' {(branch.IsTaken ? "taken" : "not taken")}");
        int before = log.Branches.Count - MaxBranches;
        notes.Add($"note: path: {(before > 0 ? $"… {before} more, " : "")}{string.Join(", ", last)}");
    }

    /// <summary>What the kernel does not say and can be known: versions of helpers, names behind numbers, loops.</summary>
    private static void AddFacts(List<string> notes, LinkedProgram? program, VerifierLog log, VerifierFinding? finding, DiagnosticCode code, int? instruction)
    {
        if (code == VerifierCodes.TooComplex || code == VerifierCodes.Loop)
        {
            if (log.Hottest.Times > 8) notes.Add($"note: on this path {ProgramPlace.Name(program, log.Hottest.Instruction)} was passed {log.Hottest.Times} times");
            List<(int From, int To)> loops = program is null ? [] : ProgramPlace.Loops(program);
            if (loops.Count > 0) notes.Add("note: loops of the program: " + string.Join(", ", loops.Take(MaxLoops).Select(loop => $"{ProgramPlace.Name(program, loop.From)} back to {ProgramPlace.Name(program, loop.To)}")) + (loops.Count > MaxLoops ? $" and {loops.Count - MaxLoops} more" : ""));
        }

        if (finding is null) return;
        if (code == VerifierCodes.HelperNotAllowed && (Number(finding, "id") ?? (finding.Fields.TryGetValue("name", out string? name) ? HelperNames.IdOf(name) : null)) is { } helper && HelperNames.NameOf(helper) is { } helperName)
        {
            notes.Add($"note: {helperName} is in Linux from {HelperVersions.Find(helper)!.ToString(2)} on");
        }

        if (code == VerifierCodes.KernelFunction && finding.Fields.TryGetValue("name", out string? function) && KfuncVersions.Find(function) is { } version) notes.Add($"note: {function} is in Linux from {version.ToString(2)} on");
        if (program is null || instruction is not { } at) return;
        if ((code == VerifierCodes.MissingMap || code == VerifierCodes.MissingFunction) && ProgramPlace.Symbol(program, at) is { } symbol) notes.Add($"note: it is '{symbol}'");
        if (code == VerifierCodes.MissingField && Array.Find(program.CoreRelocations, relocation => relocation.Instruction == at) is { Access: not null } relocation)
        {
            notes.Add($"note: the relocation is {(Bpf.Btf.CoreRelocationKind)relocation.Kind} of type {relocation.TypeId} in the object, access '{relocation.Access}'");
        }
    }

    /// <summary>Kernels from 6.8 on name file and line of the source lines that they quote: <c>text @ file.c:12</c>.</summary>
    private static (SourceSpan, string)? LogPlace(VerifierLog log)
    {
        if (log.SourceLine is not { } line) return null;
        int at = line.LastIndexOf(" @ ", StringComparison.Ordinal), colon = line.LastIndexOf(':');
        if (at <= 0 || colon < at || !int.TryParse(line.AsSpan(colon + 1), CultureInfo.InvariantCulture, out int number) || number < 1) return null;
        return (new SourceSpan(line[(at + 3)..colon], number, 1, number, 2), line[..at]);
    }

    private static int? Number(VerifierFinding finding, string hole) =>
        finding.Fields.TryGetValue(hole, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static string LowerFirst(string text) => text.Length > 1 && char.IsAsciiLetterLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
