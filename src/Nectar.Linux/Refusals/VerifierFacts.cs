// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Vm;
using Nectar.Linux.Features;

namespace Nectar.Linux.Refusals;

/// <summary>What the kernel does not say about its refusal and can be known: versions of helpers, names behind numbers, loops.</summary>
internal static class VerifierFacts
{
    private const int MaxLoops = 3;

    internal static ImmutableArray<string> Find(LinkedProgram? program, ProgramText? text, VerifierLog log, VerifierFinding? finding, DiagnosticCode code, int? instruction, bool askKernel)
    {
        List<string> facts = [];
        if (log.Function is { } checkedAlone) facts.Add($"in global function '{checkedAlone}', which is checked on its own");
        if (code == VerifierCodes.TooComplex || code == VerifierCodes.Loop) AddLoops(facts, text, log);
        if (finding is null) return [.. facts];
        if (finding.Message.Other is { } other && finding.Number(other.Hole) is { } slot)
        {
            string words = text is not null && text.Contains(slot) ? text.Text(slot) : log.CodeAt(slot) ?? "";
            facts.Add($"{other.Words} at {text?.Name(slot) ?? $"insn {slot}"}{(words.Length > 0 ? ": " + words : "")}");
        }

        AddVersions(facts, finding, code);
        if (program is not null && text is not null && instruction is { } at) AddNames(facts, program, text, finding, code, at);
        if (askKernel && code == VerifierCodes.HelperNotAllowed) AddProgramTypes(facts, finding);
        return [.. facts];
    }

    private static void AddLoops(List<string> facts, ProgramText? text, VerifierLog log)
    {
        if (log.Hottest.Times > 8) facts.Add($"on this path {text?.Name(log.Hottest.Instruction) ?? $"insn {log.Hottest.Instruction}"} was passed {log.Hottest.Times} times");
        List<(int From, int To)> loops = text?.Loops() ?? [];
        if (loops.Count == 0) return;
        string shown = string.Join(", ", loops.Take(MaxLoops).Select(loop => $"{text!.Name(loop.From)} back to {text.Name(loop.To)}"));
        facts.Add($"loops of the program: {shown}{(loops.Count > MaxLoops ? $" and {loops.Count - MaxLoops} more" : "")}");
    }

    private static void AddVersions(List<string> facts, VerifierFinding finding, DiagnosticCode code)
    {
        int? id = finding.Number("id") ?? (finding.Fields.TryGetValue("name", out string? name) ? HelperNames.IdOf(name) : null);
        if (code == VerifierCodes.HelperNotAllowed && id is { } helper && HelperNames.NameOf(helper) is { } helperName) facts.Add($"{helperName} is in Linux from {HelperSince.Find(helper)} on");
        if (code == VerifierCodes.KernelFunction && finding.Fields.TryGetValue("name", out string? function) && KfuncSince.Find(function) is var version && version != default) facts.Add($"{function} is in Linux from {version} on");
    }

    private static void AddNames(List<string> facts, LinkedProgram program, ProgramText text, VerifierFinding finding, DiagnosticCode code, int at)
    {
        if (code == VerifierCodes.ContextAccess && finding.Fields.ContainsKey("size") && DescribeContext(program.Definition.Type, finding.Number("off")) is { } context) facts.Add(context);
        if ((code == VerifierCodes.MissingMap || code == VerifierCodes.MissingFunction) && text.Symbol(at) is { } symbol) facts.Add($"it is '{symbol}'");
        if (code == VerifierCodes.MissingField && Array.Find(program.CoreRelocations, relocation => relocation.Instruction == at) is { Access: not null } relocation)
        {
            facts.Add($"the relocation is {(CoreRelocationKind)relocation.Kind} of type {relocation.TypeId} in the object, access '{relocation.Access}'");
        }
    }

    /// <summary>What lies at an offset of a program's context; null where the context is no struct of the kernel's interface.</summary>
    private static string? DescribeContext(ProgramType type, int? offset)
    {
        ContextLayout layout = ContextLayout.For(type);
        if (offset is not { } at || layout.Name is "memory" or "arguments" or "record" or "pt_regs") return null;
        ContextField? field = layout.Fields.FirstOrDefault(candidate => at >= candidate.Offset && at < candidate.Offset + candidate.Size);
        return field is not null ? $"offset {at} lies in '{field.Name}' of struct {layout.Name}, {field.Size} bytes from {field.Offset} on"
            : at >= layout.Size ? $"struct {layout.Name} has {layout.Size} bytes" : null;
    }

    /// <summary>The kinds of program that may call the helper here.</summary>
    private static void AddProgramTypes(List<string> facts, VerifierFinding finding)
    {
        if (!finding.Fields.TryGetValue("name", out string? name) || HelperNames.IdOf(name) is var helper && helper < 0) return;
        List<string> types = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            if (KernelFeatures.ProbeHelper(info.Type, helper).IsYes) types.Add(info.Name);
        }

        if (types.Count > 0) facts.Add($"on this kernel it may be called by {string.Join(", ", types)}");
    }
}
