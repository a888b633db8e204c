// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>
/// Turns text into instructions or objects. Both common spellings are read, mixed freely: that of llvm-objdump, clang and
/// bpftool (<c>r0 = *(u32 *)(r1 + 4)</c>) and that of bpf_conformance, uBPF and rbpf (<c>ldxw %r0, [%r1+4]</c>); the
/// columns that these tools print before an instruction are skipped. docs/assembly.md describes the language.
/// </summary>
public static class Assembler
{
    /// <summary>Assembles an object.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">The name that diagnostics show; its stem becomes the object's name.</param>
    /// <exception cref="CompileException">The text has errors; all of them are listed.</exception>
    public static BpfObject Assemble(string text, string fileName = "-")
    {
        DiagnosticBag diagnostics = new();
        return TryAssemble(text, fileName, diagnostics, out BpfObject? result) ? result : throw new CompileException(diagnostics.ToImmutable());
    }

    /// <summary>Assembles an object and collects what is wrong.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">The name that diagnostics show; its stem becomes the object's name.</param>
    /// <param name="diagnostics">Receives errors and warnings.</param>
    /// <param name="result">The object, or null if there was an error.</param>
    public static bool TryAssemble(string text, string fileName, DiagnosticBag diagnostics, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BpfObject? result)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(fileName);
        ArgumentNullException.ThrowIfNull(diagnostics);
        DiagnosticBag found = new();
        result = new ObjectAssembler(text, fileName, found).Assemble();
        Report(found, diagnostics);
        return result is not null;
    }

    /// <summary>Assembles bare instructions: labels, helpers and <c>.equ</c>, but no maps, sections or other functions. They need not form a whole program.</summary>
    /// <exception cref="CompileException">The text has errors; all of them are listed.</exception>
    public static Instruction[] AssembleInstructions(string text)
    {
        DiagnosticBag diagnostics = new();
        return TryAssembleInstructions(text, "-", diagnostics, out Instruction[] code) ? code : throw new CompileException(diagnostics.ToImmutable());
    }

    /// <summary>Assembles bare instructions and collects what is wrong.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">The name that diagnostics show.</param>
    /// <param name="diagnostics">Receives errors and warnings.</param>
    /// <param name="code">The slots; empty if there was an error.</param>
    public static bool TryAssembleInstructions(string text, string fileName, DiagnosticBag diagnostics, out Instruction[] code)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(fileName);
        ArgumentNullException.ThrowIfNull(diagnostics);
        DiagnosticBag found = new();
        Instruction[]? result = new BareAssembler(text, fileName, found).Assemble();
        Report(found, diagnostics);
        code = result ?? [];
        return result is not null;
    }

    /// <summary>Hands out what was found in the order of the text: names are resolved last, but belong to their lines.</summary>
    private static void Report(DiagnosticBag found, DiagnosticBag diagnostics)
    {
        foreach (Diagnostic diagnostic in found.Items.OrderBy(d => d.Span?.Line ?? 0).ThenBy(d => d.Span?.Column ?? 0)) diagnostics.Add(diagnostic);
    }
}
