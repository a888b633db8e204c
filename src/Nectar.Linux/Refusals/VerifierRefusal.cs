// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Vm;
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
    public static VerificationException Explain(LinkedProgram? program, string programName, string log, Errno errno) => Explain(program, programName, log, errno, askKernel: false);

    /// <summary>As the public one; may ask the running kernel, which refused the program, for more.</summary>
    internal static VerificationException Explain(LinkedProgram? program, string programName, string log, Errno errno, bool askKernel)
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
        AddOther(notes, program, parsed, finding);
        AddPath(notes, program, parsed);
        AddFacts(notes, program, parsed, finding, code, instruction);
        if (askKernel && code == VerifierCodes.HelperNotAllowed && finding is not null) AddProgramTypes(notes, finding);
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
        string text = Code(program, log, at) ?? "";
        List<string> states = [];
        if (at == log.Instruction && finding?.Message.Code != VerifierCodes.UnreadRegister) // what such a register held before is gone
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
                bool isAlone = i + 2 >= line.Length || !char.IsAsciiLetterOrDigit(line[i + 2]);
                if (char.IsAsciiDigit(line[i + 1]) && isAlone && (i == 0 || !char.IsAsciiLetterOrDigit(line[i - 1]))) registers.Add(line[i + 1] - '0');
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
        if (log.Instruction is not { } at) return;
        SortedSet<int> relevant = RelevantRegisters(program, log, finding, at);
        int? register = Number(finding, "r") ?? relevant.Cast<int?>().FirstOrDefault(candidate => IsNumber(log, candidate!.Value)) ?? relevant.Cast<int?>().FirstOrDefault();
        if (register is not { } wanted || RegisterOrigin.Find(program.Instructions, log.Path, wanted) is not { } origin || origin == instruction) return;
        string line = program.FindLine(origin) is { Line: > 0 } info ? $" (line {info.Line})" : "";
        notes.Add($"note: r{wanted} comes from insn {origin}{line}: {Code(program, log, origin)}");
    }

    private static bool IsNumber(VerifierLog log, int register) =>
        log.Registers.TryGetValue($"R{register}", out string? state) && (state.Contains("scalar", StringComparison.Ordinal) || state.Contains("inv", StringComparison.Ordinal));

    /// <summary>The instruction as the verifier writes it, but for addresses of the kernel.</summary>
    private static string? Code(LinkedProgram? program, VerifierLog log, int instruction) =>
        log.CodeAt(instruction) is { } code && !code.Contains(" = 0x", StringComparison.Ordinal) && !code.StartsWith("call pc", StringComparison.Ordinal) ? code : ProgramPlace.Text(program, instruction);

    private static void AddOther(List<string> notes, LinkedProgram? program, VerifierLog log, VerifierFinding? finding)
    {
        if (finding?.Message.Other is not { } other || Number(finding, other.Hole) is not { } at) return;
        notes.Add($"note: {other.Words} at {ProgramPlace.Name(program, at)}{(Code(program, log, at) is { } text ? ": " + text : "")}");
    }

    private static void AddPath(List<string> notes, LinkedProgram? program, VerifierLog log)
    {
        if (log.Branches.Count == 0 || log.Messages.Count == 0) return;
        List<(VerifierBranch Branch, int Times)> turns = [];
        foreach (VerifierBranch branch in log.Branches)
        {
            if (turns.Count > 0 && turns[^1].Branch == branch) turns[^1] = (branch, turns[^1].Times + 1);
            else turns.Add((branch, 1));
        }

        IEnumerable<string> last = turns.TakeLast(MaxBranches).Select(turn =>
            $"{ProgramPlace.Name(program, turn.Branch.Instruction)} '{turn.Branch.Code}' {(turn.Branch.IsTaken ? "taken" : "not taken")}{(turn.Times > 1 ? $" {turn.Times} times" : "")}");
        int before = turns.Count - MaxBranches;
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
            notes.Add($"note: {helperName} is in Linux from {HelperSince.Find(helper)} on");
        }

        if (code == VerifierCodes.KernelFunction && finding.Fields.TryGetValue("name", out string? function) && KfuncVersions.Find(function) is { } version) notes.Add($"note: {function} is in Linux from {version.ToString(2)} on");
        if (program is null || instruction is not { } at) return;
        if (code == VerifierCodes.ContextAccess && finding.Fields.ContainsKey("size") && DescribeContext(program.Definition.Type, Number(finding, "off")) is { } context) notes.Add(context);
        if ((code == VerifierCodes.MissingMap || code == VerifierCodes.MissingFunction) && ProgramPlace.Symbol(program, at) is { } symbol) notes.Add($"note: it is '{symbol}'");
        if (code == VerifierCodes.MissingField && Array.Find(program.CoreRelocations, relocation => relocation.Instruction == at) is { Access: not null } relocation)
        {
            notes.Add($"note: the relocation is {(Bpf.Btf.CoreRelocationKind)relocation.Kind} of type {relocation.TypeId} in the object, access '{relocation.Access}'");
        }
    }

    /// <summary>What lies at an offset of a program's context; null where the context is no struct of the kernel's interface.</summary>
    private static string? DescribeContext(ProgramType type, int? offset)
    {
        ContextLayout layout = ContextLayout.For(type);
        if (offset is not { } at || layout.Name is "memory" or "arguments" or "record" or "pt_regs") return null;
        ContextField? field = layout.Fields.FirstOrDefault(candidate => at >= candidate.Offset && at < candidate.Offset + candidate.Size);
        return field is not null ? $"note: offset {at} lies in '{field.Name}' of struct {layout.Name}, {field.Size} bytes from {field.Offset} on"
            : at >= layout.Size ? $"note: struct {layout.Name} has {layout.Size} bytes" : null;
    }

    /// <summary>The kinds of program that may call the helper here.</summary>
    private static void AddProgramTypes(List<string> notes, VerifierFinding finding)
    {
        if (!finding.Fields.TryGetValue("name", out string? name) || HelperNames.IdOf(name) is var helper && helper < 0) return;
        List<string> types = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            if (KernelFeatures.ProbeHelper(info.Type, helper).IsYes) types.Add(info.Name);
        }

        if (types.Count > 0) notes.Add($"note: on this kernel it may be called by {string.Join(", ", types)}");
    }

    /// <summary>The same refusal, with the remark that the verifier was not asked for its path.</summary>
    internal static VerificationException WithoutSteps(VerificationException refusal, TimeSpan? duration)
    {
        Diagnostic first = refusal.Diagnostics[0];
        string took = duration is { } time ? string.Create(CultureInfo.InvariantCulture, $", which took {time.TotalSeconds:0.0} s") : "";
        string note = $"note: the verifier looked at {refusal.ProcessedInstructions} instructions{took}, so its path was not asked for; a log of level 1 has it (--log)";
        return new VerificationException([first with { Notes = first.Notes.Insert(Math.Max(0, first.Notes.Length - 1), note) }], refusal.Program, refusal.Log) { ProcessedInstructions = refusal.ProcessedInstructions };
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
